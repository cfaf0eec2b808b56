//! Secrets that are told from everything that the program says by the order of their characters:
//! Z, then k, then 7, round and round, each one of a few of its kind.
//!
//! Any four characters of such a secret stand in that order. No text of the program holds four
//! characters that do (a test says so), so that whatever does is a leak: no list of exceptions, and
//! no comparing with the one secret of the case.

use crate::random::Random;

const KINDS: [&[u8]; 3] = [b"QXZJV", b"qxzjkvw", b"23456789"];

/// How many characters in a row are a leak.
pub(crate) const LEAK: usize = 4;

/// A new secret of `length` characters.
pub(crate) fn canary(random: &mut Random, length: usize) -> String {
    let phase = random.below(KINDS.len());
    let kinds = (phase..phase + length).map(|index| KINDS[index % KINDS.len()]);
    kinds.map(|kind| char::from(random.pick(kind))).collect()
}

/// The kind of a byte, in either case; none for most.
const fn kind(byte: u8) -> u8 {
    match byte {
        b'Q' | b'X' | b'Z' | b'J' | b'V' => 0b001,
        b'q' | b'x' | b'z' | b'j' | b'k' | b'v' | b'w' => 0b010,
        b'2'..=b'9' => 0b100,
        _ => 0,
    }
}

/// Whether four characters of a secret stand in `bytes`, in a row.
pub(crate) fn is_in(bytes: &[u8]) -> bool {
    let (mut row, mut expected) = (0, 0);
    for byte in bytes {
        let kind = kind(*byte);
        if kind == 0 {
            row = 0;
            continue;
        }
        row = if row > 0 && kind == expected { row + 1 } else { 1 };
        expected = if kind == 0b100 { 0b001 } else { kind << 1 };
        if row == LEAK {
            return true;
        }
    }
    false
}
