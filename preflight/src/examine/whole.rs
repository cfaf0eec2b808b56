//! The file as a whole: whether there is text in it that can be read at all.

use std::str;

use domain::env_file::Position;
use platform::env_file::Raw;

use crate::finding::Finding;
use crate::registry::{Cause, FileFault};
use crate::variables::Key;

/// The text of the file, where there is one; what is wrong with the whole of it goes to `findings`.
/// Of a file that is no text, nothing else is told.
pub(super) fn text<'a>(raw: &'a Raw, findings: &mut Vec<Finding>) -> Option<&'a str> {
    let fault = |fault| Finding::new(Key::EnvFile, Cause::File(fault));
    if raw.is_exposed {
        findings.push(fault(FileFault::Exposed));
    }
    if raw.is_too_large {
        findings.push(fault(FileFault::TooLarge));
        return None;
    }
    match str::from_utf8(&raw.bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let position = behind(&raw.bytes[..error.valid_up_to()]);
            findings.push(fault(FileFault::NotUnicode).at(position));
            None
        }
    }
}

/// The place behind `before`, which is UTF-8.
fn behind(before: &[u8]) -> Position {
    let text = str::from_utf8(before).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (above, line) = text.rsplit_once('\n').unwrap_or(("", text));
    let lines = if line.len() == text.len() { 0 } else { above.matches('\n').count() + 1 };
    let place = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
    Position { line: place(lines), column: place(line.chars().count()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(bytes: &[u8]) -> Vec<Finding> {
        let raw = Raw { bytes: bytes.to_vec(), is_too_large: false, is_exposed: false };
        let mut findings = Vec::new();
        let text = text(&raw, &mut findings);
        assert_eq!(text.is_some(), findings.is_empty());
        findings
    }

    #[test]
    fn the_place_of_the_first_byte_that_is_no_utf8_is_told() {
        for (bytes, line, column) in [
            (&b"\xff\xfeA\0=\0"[..], 1, 1),
            (b"A=\xe9\n", 1, 3),
            (b"A=1\nB=\xc3\xa9\xe9", 2, 4),
            (b"\nA=1\n\xff", 3, 1),
            (b"\xef\xbb\xbfA=\xff", 1, 3),
            (b"A=\xed\xa0\x80", 1, 3),
            (b"A=cut\xe2\x82", 1, 6),
        ] {
            let place = Some(Position { line, column });
            assert_eq!(findings(bytes)[0].position, place, "{bytes:?}");
        }
        assert!(findings("A=é\u{feff}".as_bytes()).is_empty());
    }
}
