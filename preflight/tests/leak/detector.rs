//! Finds a trace of a secret in what a program wrote: as it is, percent-encoded, in base64 however it
//! lies in the groups of three, in hexadecimal, or spelt backwards.

use std::collections::HashSet;

use crate::canary;

/// Looks at texts, and at each line of them once.
#[derive(Default)]
pub(crate) struct Detector {
    clean: HashSet<Vec<u8>>,
}

impl Detector {
    /// How a secret stands in `text`, if it does.
    pub(crate) fn found_in(&mut self, text: &[u8]) -> Option<&'static str> {
        text.split(|byte| *byte == b'\n').find_map(|line| {
            if self.clean.contains(line) {
                return None;
            }
            let found = form(line);
            if found.is_none() && self.clean.len() < 100_000 {
                self.clean.insert(line.to_vec());
            }
            found
        })
    }
}

fn form(line: &[u8]) -> Option<&'static str> {
    let backwards = || line.iter().rev().copied().collect::<Vec<u8>>();
    let forms: [(&str, &dyn Fn() -> bool); 5] = [
        ("raw", &|| canary::is_in(line)),
        ("percent-encoded", &|| canary::is_in(&percent_decoded(line))),
        ("base64", &|| base64_decoded(line).iter().any(|bytes| canary::is_in(bytes))),
        ("hexadecimal", &|| hex_decoded(line).iter().any(|bytes| canary::is_in(bytes))),
        ("backwards", &|| canary::is_in(&backwards())),
    ];
    forms.iter().find(|(_, holds)| holds()).map(|(form, _)| *form)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn percent_decoded(line: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((first, behind)) = rest.split_first() {
        let escape = match behind {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = escape {
            decoded.push(high << 4 | low);
            rest = &behind[2..];
        } else {
            decoded.push(*first);
            rest = behind;
        }
    }
    decoded
}

/// What each run of hexadecimal digits says, from its first digit and from its second.
fn hex_decoded(line: &[u8]) -> Vec<Vec<u8>> {
    let runs = line.split(|byte| hex(*byte).is_none()).filter(|run| run.len() >= 2 * canary::LEAK);
    let decoded = |digits: &[u8]| {
        let pairs = digits.chunks_exact(2);
        pairs.filter_map(|pair| Some(hex(pair[0])? << 4 | hex(pair[1])?)).collect::<Vec<u8>>()
    };
    runs.flat_map(|run| [decoded(run), decoded(&run[1..])]).collect()
}

/// What each run of base64 says, from each of the four places where a group can begin.
fn base64_decoded(line: &[u8]) -> Vec<Vec<u8>> {
    let runs = line.split(|byte| sextet(*byte).is_none()).filter(|run| run.len() > canary::LEAK);
    let decoded = |digits: &[u8]| {
        let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
        for sextet in digits.iter().filter_map(|byte| sextet(*byte)) {
            bits = bits << 6 | u32::from(sextet);
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count & 0xff) as u8);
            }
        }
        bytes
    };
    runs.flat_map(|run| (0..4).map(move |start| decoded(&run[start..]))).collect()
}

const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The base64 of a text, without padding.
pub(crate) fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut digits) = (0_u32, 0, String::new());
    for byte in text.bytes() {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            digits.push(char::from(DIGITS[(bits >> count & 0x3f) as usize]));
        }
    }
    digits
}

/// The bytes of a text in hexadecimal digits, `before` in front of each.
pub(crate) fn hex_after(before: &str, text: &str) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let byte =
        |byte: u8| [before.to_owned(), [digit(byte >> 4), digit(byte & 15)].iter().collect()];
    text.bytes().flat_map(byte).collect()
}
