//! `PASSWORD=…`, `"token": "…"`, `api_key => '…'`: a value whose name says that it is secret.

use std::ops::Range;

use super::shape::{is_quote, word_end};

/// What such a name ends with, without regard to case and to what joins its words.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
];

/// A header whose value has several words.
const HEADER: &str = "authorization";

/// Where the values of such names are. Quotes around them stay.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    // Where the word ends that was looked at last.
    let mut seen = 0;
    while let Some(offset) = text[at..].find(['=', ':']) {
        let sign = at + offset;
        at = sign + 1;
        let name = name_before(&text[..sign]);
        let is_header = name.ends_with(HEADER);
        if !is_header && !NAMES.iter().any(|known| name.ends_with(known)) {
            continue;
        }
        let value = text[at..].trim_start_matches([' ', '=', ':', '>']);
        let start = text.len() - value.len();
        if let Some(inside) = quoted(value) {
            at = start + inside.end;
            ranges.push(start + inside.start..at);
        } else if is_header {
            at = start + value.find(is_quote).unwrap_or(value.len());
            ranges.push(start..at);
        } else {
            // A name may stand in another's value, and both have one: `token: password: …`.
            if seen <= start {
                seen = start + word_end(value);
            }
            ranges.push(start..seen);
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

/// The name that the text ends with, in small letters, without what joins its words, and without the
/// quote and the bracket that may stand behind it.
fn name_before(text: &str) -> String {
    let text = text.trim_end_matches(' ');
    let text = text.strip_suffix(']').unwrap_or(text);
    let text = text.trim_end_matches(|c| is_quote(c) || c == '\\');
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name = &text[text.trim_end_matches(is_part).len()..];
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// What is inside of the quotes that the value begins with, up to the end where they are not closed.
/// In JSON within JSON the quotes have backslashes themselves.
fn quoted(value: &str) -> Option<Range<usize>> {
    let behind = value.trim_start_matches('\\');
    let escapes = value.len() - behind.len();
    let quote = behind.chars().next().filter(|c| is_quote(*c))?;
    let start = escapes + 1;
    let mut backslashes = 0;
    for (offset, byte) in value.bytes().enumerate().skip(start) {
        match byte {
            b'\\' => backslashes += 1,
            // Of so many backslashes at a time, each stands for one; what is over is the quote's.
            _ if byte == quote as u8 && backslashes % (2 * (escapes + 1)) == escapes => {
                return Some(start..offset - escapes);
            }
            _ => backslashes = 0,
        }
    }
    Some(start..value.len())
}
