//! Reads a file statement after statement, and goes on where Compose gives up.

use std::borrow::Cow;
use std::ops::Range;

use secrecy::SecretString;

use super::character::{is_blank, is_curly_quote};
use super::key::{Key, looks_like_a_line, opens_a_value};
use super::quoted::Quoted;
use super::reference::expand;
use super::scope::{Draft, Scope};
use super::{Mark, Quirk};

/// Stands at a byte of the text.
pub(super) struct Reader<'t, 'o> {
    text: &'t str,
    at: usize,
    pub(super) scope: Scope<'t, 'o>,
    /// Whether Compose is known to refuse the file: no value of it will ever be in force, and what
    /// matters is only to find the mistakes.
    refused: bool,
    /// Whether a quote may have been forgotten before that was known, so that its value reached into
    /// other lines: then it is to be read again.
    swallows: bool,
    /// The statement whose closing quote stands in this line, before what is read now.
    quoted: Option<usize>,
    pub(super) marks: Vec<Mark>,
}

impl<'t, 'o> Reader<'t, 'o> {
    pub(super) fn new(
        text: &'t str,
        outer: &'o dyn Fn(&str) -> Option<String>,
        refused: bool,
    ) -> Self {
        Self {
            text,
            at: 0,
            scope: Scope::new(outer),
            refused,
            swallows: false,
            quoted: None,
            marks: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Self {
        while self.skip_to_statement() {
            let marked = self.marks.len();
            let key = Key::read(self.text, self.at);
            let quoted = self.quoted.take();
            if let Some((at, quirk)) = key.fault() {
                let kept = self.keep_name(&key);
                self.marks.push(Mark { at, statement: quoted.or(kept), quirk });
            } else {
                self.statement(&key);
            }
            // What is told of a statement comes in some order; no two of them overlap.
            let told = &mut self.marks[marked..];
            told.sort_by_key(|mark| mark.at);
            if !self.refused && told.iter().any(|mark| mark.quirk.is_refused()) {
                self.refused = true;
                if self.swallows {
                    break;
                }
            }
        }
        self
    }

    /// Whether it stopped where Compose does, to be read again by one who knows that.
    pub(super) fn is_to_be_read_again(&self) -> bool {
        self.refused && self.swallows
    }

    /// Goes on to what is neither white space nor a comment; `false` at the end of the text.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            let rest = &self.text[self.at..];
            let start = rest.trim_start();
            if rest[..rest.len() - start.len()].contains('\n') {
                self.quoted = None;
            }
            self.at = self.text.len() - start.len();
            if !start.starts_with('#') {
                return !start.is_empty();
            }
            self.at = self.line_end(self.at);
        }
    }

    /// Where the newline behind `at` is, or the end of the text.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |length| at + length)
    }

    fn mark(&mut self, at: usize, quirk: Quirk) {
        self.marks.push(Mark { at, statement: Some(self.scope.drafts.len()), quirk });
    }

    /// A name that Compose refuses: what it was to be set to is passed over, a name that can be told
    /// is kept without a value.
    fn keep_name(&mut self, key: &Key<'t>) -> Option<usize> {
        let (name, at, behind) = match *key {
            Key::Assigned { name, at, behind, .. } => (name, at, Some(behind)),
            Key::Bare { name, at, .. } => (name, at, None),
            Key::Nameless { at } | Key::Refused { at, .. } => {
                self.at = self.line_end(at);
                return None;
            }
        };
        let value_at = behind.map_or(at, |behind| self.value_start(behind));
        let close = match behind {
            Some(_) if self.is_quoted(value_at) => Quoted::read(self.text, value_at),
            _ => None,
        };
        self.at = self.line_end(close.map_or(value_at, |quoted| quoted.close));
        let value_at = value_at..self.at;
        Some(self.scope.keep(Draft { key: name.to_owned(), at, value_at, value: None }))
    }

    fn statement(&mut self, key: &Key<'t>) {
        match *key {
            Key::Assigned { name, at, behind, colon } => {
                if name.is_empty() {
                    self.mark(at, Quirk::EmptyKey);
                } else if colon {
                    self.mark(behind - 1, Quirk::ColonAssignment);
                }
                let start = self.value_start(behind);
                let (value, end) = if self.is_quoted(start) {
                    let value = self.quoted_value(start);
                    (value, self.at)
                } else {
                    self.plain_value(behind, start)
                };
                // An empty value is right behind the sign, and not where the blanks end.
                let value_at = if start == self.at { behind..behind } else { start..end };
                self.set(name, at, value_at, value);
            }
            Key::Bare { name, at, behind } => {
                self.mark(at, Quirk::BareKey);
                self.at = behind;
                if let Some(value) = self.scope.outer(name) {
                    self.set(name, at, at..at, Some(value.into()));
                } else {
                    let value_at = at..at;
                    self.scope.keep(Draft { key: name.to_owned(), at, value_at, value: None });
                }
            }
            Key::Nameless { at } => {
                self.mark(at, Quirk::EmptyKey);
                let (value, end) = self.plain_value(at, at);
                self.set("", at, at..end, value);
            }
            Key::Refused { .. } => {}
        }
    }

    fn set(
        &mut self,
        key: &'t str,
        at: usize,
        value_at: Range<usize>,
        value: Option<SecretString>,
    ) {
        let statement = Some(self.scope.drafts.len());
        if self.scope.set(key, Draft { key: key.to_owned(), at, value_at, value })
            && !key.is_empty()
        {
            self.marks.push(Mark { at, statement, quirk: Quirk::DuplicateKey });
        }
    }

    fn value_start(&self, behind: usize) -> usize {
        self.text.len() - self.text[behind..].trim_start_matches(is_blank).len()
    }

    fn is_quoted(&self, at: usize) -> bool {
        self.text[at..].starts_with(['"', '\''])
    }

    /// A value without quotes, which ends with the line, and where it ends itself. `behind` is where
    /// the name's sign ends.
    fn plain_value(&mut self, behind: usize, at: usize) -> (Option<SecretString>, usize) {
        self.at = self.line_end(at);
        let line = &self.text[at..self.at];
        let comment = comment_behind(line);
        let body = &line[..comment.unwrap_or(line.len())];
        let value = body.trim_end();
        let cut_off = &body[value.len()..];
        if comment.is_none() && !value.is_empty() && cut_off.contains(|cut: char| cut != '\r') {
            self.mark(at + value.len(), Quirk::TrailingSpace);
        }
        if let Some(offset) = comment_in(value, at > behind) {
            self.mark(at + offset, Quirk::CommentAsValue);
        }
        if let Some(offset) = value.find('\r') {
            self.mark(at + offset, Quirk::CarriageReturnKept);
        }
        if value.starts_with(is_curly_quote) {
            self.mark(at, Quirk::CurlyQuote);
        }
        let expanded = expand(value, &mut self.scope);
        self.marks.extend(expanded.marks(self.scope.drafts.len(), |offset| at + offset));
        (expanded.value.map(secret), at + value.len())
    }

    /// The value whose opening quote is at `open`.
    fn quoted_value(&mut self, open: usize) -> Option<SecretString> {
        let quoted = Quoted::read(self.text, open).filter(|quoted| {
            // Only up to the quote: a line may be as long as the file, and full of values.
            let newline = self.text[open..quoted.close].find('\n');
            let end_of_line = newline.map(|length| open + length);
            let swallows = end_of_line.is_some_and(|end| self.is_swallowing(end, quoted.close));
            self.swallows |= swallows && !self.refused;
            !(swallows && self.refused)
        });
        let Some(quoted) = quoted else {
            self.mark(open, Quirk::QuoteUnterminated);
            self.at = self.line_end(open);
            return None;
        };
        self.at = quoted.close + 1;
        self.look_at_padding(open + 1, quoted.close);
        self.look_behind_quote();
        if self.text[open..].starts_with('\'') {
            return Some(secret(quoted.text));
        }
        let expanded = expand(&quoted.text, &mut self.scope);
        self.marks.extend(expanded.marks(self.scope.drafts.len(), |offset| quoted.origin(offset)));
        expanded.value.map(secret)
    }

    /// Whether a value of several lines, the first of which ends at `end_of_line`, is more likely one
    /// whose quote was forgotten: a line of its own follows, and the quote at `close` opens the value
    /// of another line, or Compose refuses what stands behind it.
    fn is_swallowing(&self, end_of_line: usize, close: usize) -> bool {
        let line = |from: usize| self.text[from..].split('\n').next().unwrap_or_default();
        if !looks_like_a_line(line(end_of_line + 1)) {
            return false;
        }
        let last_line = self.text[..close].rfind('\n').map_or(0, |newline| newline + 1);
        if opens_a_value(&self.text[last_line..close]) {
            return true;
        }
        let behind = &self.text[close + 1..];
        let start = behind.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        !start.is_empty()
            && !start.starts_with(['\n', '#'])
            && Key::read(self.text, self.text.len() - start.len()).fault().is_some()
    }

    fn look_at_padding(&mut self, start: usize, close: usize) {
        let inside = &self.text[start..close];
        let end = inside.trim_end().len();
        if inside.starts_with(char::is_whitespace) {
            self.mark(start, Quirk::PaddedValue);
        } else if end < inside.len() {
            self.mark(start + end, Quirk::PaddedValue);
        }
        if let Some(offset) = inside.find('\r') {
            self.mark(start + offset, Quirk::CarriageReturnKept);
        }
    }

    /// Looks at what stands in the line behind a closing quote.
    fn look_behind_quote(&mut self) {
        let rest = &self.text[self.at..];
        let start = rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        if !start.is_empty() && !start.starts_with(['\n', '#']) {
            self.mark(self.text.len() - start.len(), Quirk::StatementAfterQuote);
            self.quoted = Some(self.scope.drafts.len());
        }
    }
}

fn secret(value: Cow<'_, str>) -> SecretString {
    value.into_owned().into()
}

/// Where a comment begins that is one to Compose, with the space before it.
pub(super) fn comment_behind(line: &str) -> Option<usize> {
    let signs = line.match_indices('#').map(|(offset, _)| offset);
    signs
        .filter_map(|offset| offset.checked_sub(1))
        .find(|before| line.as_bytes().get(*before) == Some(&b' '))
}

/// Where a comment begins that has become a part of the value: Compose knows one only behind a value
/// and a space. A `#` right behind the `=` may be meant (`blank` says that it is not there).
fn comment_in(value: &str, blank: bool) -> Option<usize> {
    let mut before = if blank { ' ' } else { '=' };
    for (offset, character) in value.char_indices() {
        if character == '#' && (before.is_whitespace() || is_lone_hash(value, offset)) {
            return Some(offset);
        }
        before = character;
    }
    None
}

/// `KEY=# note`: no value begins like this.
fn is_lone_hash(value: &str, offset: usize) -> bool {
    offset == 0 && value[1..].chars().next().is_none_or(char::is_whitespace)
}
