//! What looks like a secret, whoever's it is.

use std::ops::Range;

use super::{assignment, base64};

/// How keys begin that are secret whole (Stripe's, and age's, which is written in either case).
const KEYS: &[&str] =
    &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "age-secret-key-"];
const FEWEST_OF_A_TOKEN: usize = 30;
/// A line of a private key has 64; what is shorter is more often a name.
const FEWEST_OF_A_KEY: usize = 60;

/// Where the text has such a thing.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    // Of the same length, so that places are the same.
    let lower = text.to_ascii_lowercase();
    let mut ranges = assignment::ranges(text);
    ranges.extend(words(text).filter_map(|(at, word)| url(at, word)));
    ranges.extend(bearers(&lower));
    for key in KEYS {
        keys(&lower, key, &mut ranges);
    }
    for colon in [":", "%3a"] {
        ranges.extend(lower.match_indices(colon).filter_map(|(at, _)| token(&lower, at, colon)));
    }
    ranges.extend(key_lines(text));
    ranges
}

/// Where the word ends that the text begins with, and with it a value that is not quoted: the
/// backslashes of a quote behind it are the quote's.
pub(super) fn word_end(text: &str) -> usize {
    let end = text.find(ends_word).unwrap_or(text.len());
    let is_quoted = text[end..].starts_with(is_quote);
    if is_quoted { text[..end].trim_end_matches('\\').len() } else { end }
}

const fn ends_word(character: char) -> bool {
    character.is_whitespace() || is_quote(character)
}

pub(super) const fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`')
}

/// The words of the text, with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive(ends_word).scan(0, |at, word| {
        let start = *at;
        *at += word.len();
        Some((start, &word[..word_end(word)]))
    })
}

/// `scheme://user:password@host`, and `scheme://token@host`: the rest of the word from the scheme on.
/// Where a `/` stands in the password as it is, nobody can tell where the host begins.
fn url(at: usize, word: &str) -> Option<Range<usize>> {
    let (scheme, rest) = word.split_once("://").or_else(|| word.split_once(":\\/\\/"))?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_password = rest.split_once(':').is_some_and(|(_, behind)| behind.contains('@'));
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let start = scheme.trim_end_matches(is_scheme).len();
    (has_password || place.contains('@')).then_some(at + start..at + word.len())
}

/// `Bearer …`: the word behind it.
fn bearers(lower: &str) -> impl Iterator<Item = Range<usize>> {
    lower.match_indices("bearer ").filter_map(|(at, sign)| {
        if lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let rest = lower[at + sign.len()..].trim_start_matches(' ');
        let start = lower.len() - rest.len();
        let end = start + word_end(rest);
        (start < end).then_some(start..end)
    })
}

fn keys(lower: &str, sign: &str, ranges: &mut Vec<Range<usize>>) {
    let mut end = 0;
    for (at, _) in lower.match_indices(sign) {
        if at < end {
            continue;
        }
        let start = at + sign.len();
        let part = |byte: &u8| base64::is_digit(*byte) || matches!(byte, b'_' | b'-' | b'=');
        end = start + lower.as_bytes()[start..].iter().take_while(|byte| part(byte)).count();
        if start < end {
            ranges.push(at..end);
        }
    }
}

/// A Telegram bot's token, whose colon is at `at`: digits before it, and many characters behind it.
fn token(lower: &str, at: usize, colon: &str) -> Option<Range<usize>> {
    let start = lower[..at].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &lower.as_bytes()[at + colon.len()..];
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = rest.iter().take_while(|byte| part(byte)).count();
    // `sha256:…` is a digest.
    let is_token = start < at && length >= FEWEST_OF_A_TOKEN && !lower[..start].ends_with("sha");
    is_token.then(|| start..at + colon.len() + length)
}

/// A long text in base64, such as each line of a private key. A digest in hex is none.
fn key_lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_part = |byte: &u8| base64::is_digit(*byte) || *byte == b'=';
    let mut end = 0;
    text.as_bytes().chunk_by(move |a, b| is_part(a) == is_part(b)).filter_map(move |run| {
        let start = end;
        end += run.len();
        let has = |what: fn(&u8) -> bool| run.iter().any(what);
        let is_key = run.len() >= FEWEST_OF_A_KEY
            && run.first().is_some_and(is_part)
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
            && has(|byte| base64::is_digit(*byte) && !byte.is_ascii_hexdigit());
        is_key.then_some(start..end)
    })
}
