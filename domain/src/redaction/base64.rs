//! Base64 (RFC 4648), to know a secret in it.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The bytes in both alphabets, without padding.
pub(super) fn encoded(bytes: &[u8]) -> [Vec<u8>; 2] {
    [STANDARD, URL]
        .map(|alphabet| bytes.chunks(3).flat_map(|three| digits(three, alphabet)).collect())
}

fn digits(bytes: &[u8], alphabet: &[u8; 64]) -> Vec<u8> {
    let byte = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let bits = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
    let digit = |shift: u32| alphabet[(bits >> shift) as usize & 63];
    [18, 12, 6, 0].map(digit)[..=bytes.len().min(3)].to_vec()
}

/// Whether it may stand in base64 of any kind.
pub(super) const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}
