//! What the document is allowed: its own style and its own script, by their hashes, and to ask for
//! itself again. Nothing is loaded from anywhere else, framed, or sent.

use std::sync::LazyLock;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// The style sheet, as it stands in the document.
pub(super) const STYLE: &str = include_str!("../../templates/page.css");
/// The script, as it stands in the document.
pub(super) const SCRIPT: &str = include_str!("../../templates/page.js");

static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT),
    )
});

/// The Content-Security-Policy that the document is served with.
#[must_use]
pub fn policy() -> &'static str {
    &POLICY
}

/// By W3C's Content Security Policy Level 3, section 2.3.1, "hash-source".
fn hash(text: &str) -> String {
    format!("sha256-{}", Base64::encode_string(&Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_what_a_browser_computes() {
        // `printf "alert('Hello, world.');" | openssl dgst -sha256 -binary | base64`: the example in
        // the specification.
        let expected = "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=";
        assert_eq!(hash("alert('Hello, world.');"), expected);
    }

    #[test]
    fn nothing_can_end_the_style_or_the_script_early() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--") && !text.contains('\r'));
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"), "no outside asset");
    }
}
