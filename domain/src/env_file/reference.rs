//! `$NAME` and `${NAME…}` in a value, nested as deep as the file has it: no recursion.

use std::borrow::Cow;

use super::brace::Braces;
use super::character::name_length;
use super::scope::{Found, Scope};
use super::{Mark, Quirk};

#[derive(Clone, Copy)]
enum Operator {
    Default,
    Required,
    Alternative,
}

/// A reference with an operator, whose other side is being read.
struct Frame<'v> {
    name: &'v str,
    operator: Operator,
    /// With a colon: an empty value is as good as none.
    or_empty: bool,
    /// Where its `$` is.
    at: usize,
    /// What had been put out, and remarked upon, before the other side.
    written: usize,
    eaten: usize,
    /// Where it goes on behind the reference, and up to where.
    behind: usize,
    end: usize,
}

/// Puts values in the place of references.
pub(super) struct Expansion<'v, 's, 't, 'o> {
    text: &'v str,
    scope: &'s mut Scope<'t, 'o>,
    braces: Braces,
    frames: Vec<Frame<'v>>,
    output: String,
    eaten: Vec<usize>,
    faults: Vec<(usize, Quirk)>,
    /// Whether the value can be told at all.
    known: bool,
}

/// What a value has become.
pub(super) struct Expanded<'v> {
    /// `None` where Compose refuses it, or refuses what it refers to, or where it is too long.
    pub(super) value: Option<Cow<'v, str>>,
    /// The places are bytes of the text that was expanded.
    pub(super) faults: Vec<(usize, Quirk)>,
}

impl Expanded<'_> {
    /// What the faults are to the statement of this number, with their places in the file.
    pub(super) fn marks(
        &self,
        statement: usize,
        origin: impl Fn(usize) -> usize,
    ) -> impl Iterator<Item = Mark> {
        self.faults.iter().map(move |(at, quirk)| Mark {
            at: origin(*at),
            statement: Some(statement),
            quirk: *quirk,
        })
    }
}

/// Puts values in the place of the references of `text`.
pub(super) fn expand<'v>(text: &'v str, scope: &mut Scope<'_, '_>) -> Expanded<'v> {
    if !text.contains('$') {
        return Expanded { value: Some(text.into()), faults: Vec::new() };
    }
    let expansion = Expansion {
        text,
        scope,
        braces: Braces::default(),
        frames: Vec::new(),
        output: String::with_capacity(text.len()),
        eaten: Vec::new(),
        faults: Vec::new(),
        known: true,
    };
    expansion.run()
}

impl<'v> Expansion<'v, '_, '_, '_> {
    fn run(mut self) -> Expanded<'v> {
        let (mut at, mut end) = (0, self.text.len());
        loop {
            let rest = &self.text[at..end];
            if let Some(plain) = rest.find('$') {
                self.output.push_str(&rest[..plain]);
                (at, end) = self.dollar(at + plain, end);
                continue;
            }
            self.output.push_str(rest);
            let Some(frame) = self.frames.pop() else { break };
            (at, end) = (frame.behind, frame.end);
            self.close(&frame);
        }
        self.faults.extend(self.eaten.drain(..).map(|at| (at, Quirk::DollarEaten)));
        let value = self.known.then_some(self.output.into());
        Expanded { value, faults: self.faults }
    }

    /// Reads what the `$` at `at` begins; says where it goes on, and up to where.
    fn dollar(&mut self, at: usize, end: usize) -> (usize, usize) {
        let rest = &self.text[at + 1..end];
        if rest.starts_with('$') {
            self.output.push('$');
            return (at + 2, end);
        }
        if let Some(inside) = rest.strip_prefix('{') {
            return self.braced(at, inside, end);
        }
        match name_length(rest) {
            // Not a reference: `$1`, `$ `, or the last character.
            0 => {
                self.output.push('$');
                (at + 1, end)
            }
            length => {
                self.substitute(at, &rest[..length]);
                (at + 1 + length, end)
            }
        }
    }

    fn braced(&mut self, at: usize, inside: &'v str, end: usize) -> (usize, usize) {
        let (name, rest) = inside.split_at(name_length(inside));
        let start = at + 2 + name.len();
        if !name.is_empty() && rest.starts_with('}') {
            self.substitute(at, name);
            return (start + 1, end);
        }
        let (or_empty, rest) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest));
        let operator = match rest.chars().next() {
            Some('-') => Operator::Default,
            Some('?') => Operator::Required,
            Some('+') => Operator::Alternative,
            _ => return self.malformed(at, end),
        };
        let start = start + usize::from(or_empty) + 1;
        if name.is_empty() {
            return self.malformed(at, end);
        }
        let Some(close) = self.braces.close(self.text, at + 1, start, end) else {
            return self.malformed(at, end);
        };
        self.frames.push(Frame {
            name,
            operator,
            or_empty,
            at,
            written: self.output.len(),
            eaten: self.eaten.len(),
            behind: close + 1,
            end,
        });
        (start, close)
    }

    /// One is enough: what follows it may belong to it.
    fn malformed(&mut self, at: usize, end: usize) -> (usize, usize) {
        if !self.faults.iter().any(|(_, quirk)| *quirk == Quirk::ReferenceMalformed) {
            self.faults.push((at, Quirk::ReferenceMalformed));
        }
        self.known = false;
        (at + 2, end)
    }

    /// A reference without an operator.
    fn substitute(&mut self, at: usize, name: &str) {
        match self.scope.find(name) {
            Found::Value(value) => self.output.push_str(&value),
            Found::Nothing => self.eaten.push(at),
            Found::Unknown => self.known = false,
            Found::TooLong => self.too_long(at),
        }
    }

    fn too_long(&mut self, at: usize) {
        if std::mem::take(&mut self.known) {
            self.faults.push((at, Quirk::ReferenceTooLong));
        }
    }

    /// The other side has been put out: it stays, or the variable's value takes its place.
    fn close(&mut self, frame: &Frame<'_>) {
        let value = match self.scope.find(frame.name) {
            Found::Value(value) => Some(value),
            Found::Nothing => None,
            Found::Unknown => {
                self.known = false;
                return;
            }
            Found::TooLong => return self.too_long(frame.at),
        };
        let given = value.as_ref().is_some_and(|value| !frame.or_empty || !value.is_empty());
        let stays = match frame.operator {
            Operator::Default => !given,
            Operator::Alternative => given,
            Operator::Required => false,
        };
        if stays {
            return;
        }
        // What was eaten in text that is not used does no harm.
        self.output.truncate(frame.written);
        self.eaten.truncate(frame.eaten);
        if matches!(frame.operator, Operator::Required) && !given {
            self.faults.push((frame.at, Quirk::ReferenceRequired));
            self.known = false;
        }
        self.output.push_str(value.as_deref().unwrap_or_default());
    }
}
