//! Which characters are what to Compose. It is written in Go, whose classes these are.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// White space inside of a line. Fewer than Unicode has: the rest is skipped before a name only.
pub(super) const fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// Whether it may stand in the name of a variable. (Compose knows the letters of the Unicode version
/// that it was built with; ones that are newer than it are not worth a table here.)
pub(super) fn is_key(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric()
            || matches!(character, '_' | '.' | '-' | '[' | ']');
    }
    matches!(
        character.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
    )
}

/// Whether a name behind `$` may begin with it. The two that are not ASCII are the other forms of
/// `s` and `k`: Compose compares without regard to case.
pub(super) const fn begins_name(character: char) -> bool {
    matches!(character, '_' | 'a'..='z' | 'A'..='Z' | '\u{17f}' | '\u{212a}')
}

/// How long the name at the start of `text` is, in bytes; 0 where there is none.
pub(super) fn name_length(text: &str) -> usize {
    if !text.starts_with(begins_name) {
        return 0;
    }
    text.find(|character: char| !begins_name(character) && !character.is_ascii_digit())
        .unwrap_or(text.len())
}

/// Quotes as word processors write them; to Compose they are letters like any other.
pub(super) const fn is_curly_quote(character: char) -> bool {
    matches!(character, '\u{2018}'..='\u{201f}')
}
