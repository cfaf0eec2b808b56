//! What a terminal would obey, taken out: escapes (ECMA-48) and control characters.

/// The text as it may be shown. White space that is a control character becomes a space; a line's end
/// goes.
pub(super) fn plain(text: &str) -> String {
    let mut rest = text.trim_end_matches(['\r', '\n']);
    let mut output = String::with_capacity(rest.len());
    while let Some(at) = rest.find(is_obeyed) {
        output.push_str(&rest[..at]);
        let control = rest[at..].chars().next().unwrap_or_default();
        rest = &rest[at + control.len_utf8()..];
        match control {
            '\t'..='\r' => output.push(' '),
            '\u{1b}' => rest = behind_escape(rest),
            '\u{9b}' => rest = behind_sequence(rest),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => rest = behind_string(rest),
            _ => {}
        }
    }
    output.push_str(rest);
    output
}

/// Control characters, and those that turn the direction of what follows.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// What follows an escape; the text is what stands behind the ESC.
fn behind_escape(text: &str) -> &str {
    match text.chars().next() {
        Some('[') => behind_sequence(&text[1..]),
        Some('P' | 'X' | ']' | '^' | '_') => behind_string(&text[1..]),
        _ => {
            let last = text.trim_start_matches(|c| matches!(c, ' '..='/'));
            last.strip_prefix(|c| matches!(c, '0'..='~')).unwrap_or(last)
        }
    }
}

/// What follows `ESC [`: parameters, and one character that says what to do.
fn behind_sequence(text: &str) -> &str {
    let last = text.trim_start_matches(|c| matches!(c, ' '..='?'));
    last.strip_prefix(|c| matches!(c, '@'..='~')).unwrap_or(last)
}

/// What follows a string that only the terminal reads: it ends with the next control character. One
/// that never ends is text.
fn behind_string(text: &str) -> &str {
    text.find(char::is_control).map_or(text, |end| &text[end..])
}
