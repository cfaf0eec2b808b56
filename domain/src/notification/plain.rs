//! Texts of others, made harmless.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// `text` on one line, of at most `most` characters: what would break a line, hide or reorder text
/// becomes a space, and what is too long ends in `…`.
#[must_use]
pub fn plain(text: &str, most: usize) -> String {
    let cleaned = |c: char| if is_odd(c) { ' ' } else { c };
    let mut kept: String = text.chars().take(most).map(cleaned).collect();
    if text.chars().nth(most).is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

fn is_odd(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_on_its_line_and_within_its_length() {
        for (text, expected) in [
            ("v1.2.3", "v1.2.3"),
            ("a\r\nBcc: x", "a  Bcc: x"),
            ("a\u{2028}b\u{202e}c\u{0}d\u{200b}", "a b c d "),
            ("Jürgen Müller", "Jürgen Müller"),
            ("12345678901234", "123456789012…"),
        ] {
            assert_eq!(plain(text, 13), expected, "{text:?}");
        }
        assert_eq!(plain("ab", 1), "…");
    }
}
