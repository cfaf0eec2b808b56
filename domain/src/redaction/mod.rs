//! Takes secrets out of lines that an application wrote, before anybody keeps or shows them.
//!
//! Two nets, one behind the other: the values that are known to be secret, in each form in which a
//! program may have written them; and what looks like a secret, whoever's it is. It can't know a
//! secret that is neither known nor looks like one.

mod assignment;
mod base64;
mod known;
mod pem;
mod shape;
mod terminal;
mod view;

use std::fmt;
use std::ops::Range;

use secrecy::SecretString;

use known::Known;

/// What stands in a secret's place.
const MARK: &str = "[redacted]";

/// A longer line is cut: the engine keeps none that is longer than this.
const MOST_BYTES: usize = 16 << 10;

/// Knows the secrets of a stack, and shows none of them.
pub struct Redactor {
    known: Known,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// Knows these secrets, each line of one that has several, and of a connection string its user,
    /// its password and the hosts that are no services of the stack. What has fewer than 4 characters
    /// is not searched for: it stands in every other word.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        Self { known: Known::new(secrets) }
    }

    /// The line without secrets, control characters and terminal escapes, and no longer than 16 KiB.
    #[must_use]
    pub fn line(&self, text: &str) -> String {
        // A known secret that begins before the cut is seen whole.
        let window = MOST_BYTES.saturating_add(self.known.reach());
        let text = &text[..text.floor_char_boundary(window)];
        let text = replaced(text, self.known.ranges(text), MOST_BYTES);
        // Without the escapes between its parts there may be another.
        let text = terminal::plain(&text);
        let text = replaced(&text, self.known.ranges(&text), usize::MAX);
        let text = replaced(&text, pem::ranges(&text), usize::MAX);
        let mut text = replaced(&text, shape::ranges(&text), usize::MAX);
        text.truncate(cut(&text));
        text
    }

    /// The lines, one after the other, without the inside of a private key that goes over several.
    pub fn lines<'a>(&self, lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut is_in_key = false;
        let mut redacted = Vec::new();
        for line in lines {
            // What is no part of a key ends it: a program may only have named its first line.
            let is_inside = is_in_key && pem::may_be_inside(line);
            is_in_key = pem::is_open_behind(line, is_inside);
            redacted.push(if is_inside { MARK.to_owned() } else { self.line(line) });
        }
        redacted
    }
}

/// The text with the mark in the place of each range, up to the byte `end`.
fn replaced(text: &str, mut ranges: Vec<Range<usize>>, end: usize) -> String {
    ranges.sort_unstable_by_key(|range| range.start);
    let end = text.floor_char_boundary(end);
    let mut output = String::with_capacity(end);
    let mut at = 0;
    let mut ranges = ranges.into_iter().peekable();
    while let Some(mut range) = ranges.next().filter(|range| range.start < end) {
        while let Some(next) = ranges.next_if(|next| next.start <= range.end) {
            range.end = range.end.max(next.end);
        }
        output.push_str(&text[at..text.floor_char_boundary(range.start)]);
        output.push_str(MARK);
        at = text.ceil_char_boundary(range.end);
    }
    output.push_str(text.get(at..end).unwrap_or_default());
    output
}

/// Where a line that marks have made too long ends: not inside of a mark.
fn cut(text: &str) -> usize {
    let end = text.floor_char_boundary(MOST_BYTES);
    let mark = (end.saturating_sub(MARK.len() - 1)..end)
        .find(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(MARK)));
    if end < text.len() { mark.unwrap_or(end) } else { end }
}

#[cfg(test)]
mod tests;
