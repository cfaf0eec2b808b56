//! An environment file as Docker Compose reads it (compose-go, `dotenv` and `template`), with the
//! place of everything that is not what it looks like.
//!
//! It never stops at the first mistake: where Compose would give up, it goes on with the next line.

mod brace;
mod character;
mod edit;
mod key;
mod position;
mod quoted;
mod reader;
mod reference;
mod remark;
mod scope;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use secrecy::SecretString;

pub use edit::{EditError, value_of, with_values};
use position::Counter;
pub use position::Position;
use reader::Reader;
pub use remark::{Quirk, Remark};

/// One `KEY=value`, in the order of the file.
pub struct Statement {
    /// The name. It can be part of a secret whose quote was broken: it is never shown, only compared.
    pub key: String,
    /// Where the name begins.
    pub position: Position,
    /// Where the value begins, its quote included; the name's place for a bare key.
    pub value_position: Position,
    /// What Compose makes of the value; `None` for a bare key that nothing gives a value, and where
    /// Compose refuses the value.
    pub value: Option<SecretString>,
    /// Whether a line below refers to it, by `$NAME` or `${NAME…}`.
    pub is_asked_for: bool,
    /// The bytes of the value in the text, its quotes included.
    value_at: Range<usize>,
}

impl Statement {
    /// Whether it is a name without `=`.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.position == self.value_position
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("position", &self.position).finish_non_exhaustive()
    }
}

/// A file, read whole.
#[derive(Debug, Default)]
pub struct EnvFile {
    /// Every statement, in the order of the file.
    pub statements: Vec<Statement>,
    /// What there is to say, in the order of the places.
    pub remarks: Vec<Remark>,
}

impl EnvFile {
    /// Whether Compose accepts the file.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        !self.remarks.iter().any(|remark| remark.quirk.is_refused())
    }

    /// The statement that gives each name its value, an index into `statements`: the last one. A bare
    /// key that nothing gives a value takes nothing away from an earlier line.
    #[must_use]
    pub fn in_force(&self) -> HashMap<&str, usize> {
        let mut last = HashMap::new();
        for (index, statement) in self.statements.iter().enumerate() {
            let takes = statement.value.is_some() || !statement.is_bare();
            if takes || !last.contains_key(statement.key.as_str()) {
                last.insert(statement.key.as_str(), index);
            }
        }
        last
    }
}

/// Something to say, at a byte of the text.
struct Mark {
    at: usize,
    statement: Option<usize>,
    quirk: Quirk,
}

/// Reads `text`; `outer` is Compose's own environment, which references and bare keys see before
/// what the file has set.
#[must_use]
pub fn parse(text: &str, outer: &dyn Fn(&str) -> Option<String>) -> EnvFile {
    let (marked, text) =
        text.strip_prefix('\u{feff}').map_or((false, text), |behind| (true, behind));
    let read = Reader::new(text, outer, false).run();
    // Where Compose stops, a forgotten quote is looked for, which would hide the lines behind it.
    let read = if read.is_to_be_read_again() { Reader::new(text, outer, true).run() } else { read };
    let Reader { scope, mut marks, .. } = read;
    if let Some(at) = text.find("\r\n") {
        let before = marks.partition_point(|mark| mark.at < at);
        marks.insert(before, Mark { at, statement: None, quirk: Quirk::CarriageReturn });
    }
    if marked {
        marks.insert(0, Mark { at: 0, statement: None, quirk: Quirk::ByteOrderMark });
    }
    let mut counter = Counter::new(text);
    let remarks = marks
        .into_iter()
        .map(|Mark { at, statement, quirk }| Remark {
            position: counter.place(at),
            statement,
            quirk,
        })
        .collect();
    let mark = if marked { '\u{feff}'.len_utf8() } else { 0 };
    let mut counter = Counter::new(text);
    let statements = scope
        .drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| Statement {
            key: draft.key,
            position: counter.place(draft.at),
            value_position: counter.place(draft.value_at.start),
            value: draft.value,
            is_asked_for: scope.asked.contains(&index),
            value_at: draft.value_at.start + mark..draft.value_at.end + mark,
        })
        .collect();
    EnvFile { statements, remarks }
}
