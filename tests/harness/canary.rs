//! Secrets that a test can recognise wherever they turn up, also when they have been encoded.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::scratch::unique;

/// A secret of a test's own.
#[derive(Debug, Clone)]
pub struct Canary {
    name: String,
    value: String,
}

impl Canary {
    /// Watches for a value that the test has from elsewhere.
    ///
    /// # Panics
    /// For a value under eight bytes: it would be found by chance.
    #[must_use]
    pub fn of(name: &str, value: &str) -> Self {
        assert!(value.len() >= 8, "{name} is too short to be told from chance");
        Self { name: name.to_owned(), value: value.to_owned() }
    }

    /// A new password with characters that a URL must escape.
    #[must_use]
    pub fn password(name: &str) -> Self {
        Self::of(name, &format!("p/{}@:+é", unique()))
    }

    /// A new token of Telegram's form.
    #[must_use]
    pub fn telegram_token() -> Self {
        Self::of("TELEGRAM_BOT_TOKEN", &format!("7123456789:AA{}_", unique()))
    }

    /// A new Stripe key of the live kind.
    #[must_use]
    pub fn stripe_key() -> Self {
        Self::of("STRIPE_API_KEY", &format!("sk_live_{}", unique()))
    }

    /// Whose secret it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The secret as it is.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The secret as it stands in a URL.
    #[must_use]
    pub fn in_url(&self) -> String {
        utf8_percent_encode(&self.value, NON_ALPHANUMERIC).to_string()
    }

    /// How the secret stands in `bytes`, if it does: raw, percent-encoded, base64 or hexadecimal.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let lower = bytes.to_ascii_lowercase();
        let url = self.in_url().to_ascii_lowercase();
        let hex = self.value.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        // Letter case carries no meaning in the two, so both sides are compared in lower case.
        let folded = [("percent-encoded", url), ("hexadecimal", hex)];
        let found = folded.iter().find(|(_, form)| contains(&lower, form.as_bytes()));
        if contains(bytes, self.value.as_bytes()) {
            return Some("raw");
        }
        if let Some((form, _)) = found {
            return Some(form);
        }
        let plain: Vec<u8> = bytes
            .iter()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect();
        base64_cores(self.value.as_bytes())
            .iter()
            .any(|core| contains(&plain, core))
            .then_some("base64")
    }
}

/// Asserts that none of the secrets stands in `bytes`.
///
/// # Panics
/// With the secret's name and `place` when one does.
pub fn assert_absent(canaries: &[Canary], place: &str, bytes: &[u8]) {
    for canary in canaries {
        let found = canary.found_in(bytes);
        assert!(found.is_none(), "{} stands in {place}, {}", canary.name, found.unwrap_or(""));
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The part of the base64 text that depends on the secret alone, for each of the three ways it
/// can lie in the groups of three bytes.
fn base64_cores(secret: &[u8]) -> Vec<Vec<u8>> {
    (0..3)
        .map(|shift| {
            let start = (3 - shift) % 3;
            let whole = (secret.len() - start) / 3 * 3;
            base64(&secret[start..start + whole])
        })
        .collect()
}

fn base64(groups: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    groups
        .chunks_exact(3)
        .flat_map(|group| {
            let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
            [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let canary = Canary::of("PASSWORD", "s3cret/pass+wörd");
        for (text, form) in [
            ("url=s3cret/pass+wörd;", "raw"),
            ("s3cret%2Fpass%2Bw%C3%B6rd", "percent-encoded"),
            ("s3cret%2fpass%2bw%c3%b6rd", "percent-encoded"),
            ("7333637265742F706173732B77C3B67264", "hexadecimal"),
            ("czNjcmV0L3Bhc3Mrd8O2cmQ=", "base64"),
            ("eHMzY3JldC9wYXNzK3fDtnJk", "base64"),
            ("eHhzM2NyZXQvcGFzcyt3w7ZyZA==", "base64"),
        ] {
            assert_eq!(canary.found_in(text.as_bytes()), Some(form), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let canary = Canary::password("PASSWORD");
        assert_eq!(canary.found_in(b"p/@:+ and nothing else"), None);
        assert_eq!(canary.found_in(b""), None);
    }
}
