//! Private keys in PEM (RFC 7468).

use std::ops::Range;

use super::base64;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Where the text has a private key, or what it has of one: the end of one alone ends what began in
/// another line.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut is_open) = (0, false);
    for (at, sign) in signs(text) {
        if sign == BEGIN {
            start = if is_open { start } else { at };
            is_open = true;
        } else {
            let label = at + sign.len();
            let close = text[label..].find(DASHES).map(|dashes| label + dashes + DASHES.len());
            ranges.push(start..close.unwrap_or(text.len()));
            (start, is_open) = (ranges.last().map_or(0, |range| range.end), false);
        }
    }
    ranges.extend(is_open.then_some(start..text.len()));
    ranges
}

/// Whether a key goes on in the next line.
pub(super) fn is_open_behind(line: &str, is_open: bool) -> bool {
    signs(line).last().map_or(is_open, |(_, sign)| *sign == BEGIN)
}

/// Whether a line may stand inside of a key: base64, a header (RFC 1421), or its end.
pub(super) fn may_be_inside(line: &str) -> bool {
    let line = line.trim();
    let is_body = line.bytes().all(|byte| base64::is_digit(byte) || byte == b'=');
    is_body || [END, "Proc-Type:", "DEK-Info:"].iter().any(|sign| line.starts_with(sign))
}

/// Every `-----BEGIN … PRIVATE KEY` and `-----END … PRIVATE KEY`, in the order of the text.
fn signs(text: &str) -> Vec<(usize, &'static str)> {
    let found = |sign| text.match_indices(sign).map(move |(at, _)| (at, sign));
    let is_key = |at: usize, sign: &str| {
        let behind = &text[at + sign.len()..];
        let is_label = |c: char| c.is_ascii_uppercase() || c == ' ';
        behind[..behind.len() - behind.trim_start_matches(is_label).len()].contains("PRIVATE KEY")
    };
    let mut signs: Vec<_> = found(BEGIN).chain(found(END)).collect();
    signs.retain(|(at, sign)| is_key(*at, sign));
    signs.sort_unstable_by_key(|(at, _)| *at);
    signs
}
