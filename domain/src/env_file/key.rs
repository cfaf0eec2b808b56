//! The left side of a statement.

use super::Quirk;
use super::character::{is_blank, is_key};

/// What stands where a statement begins. Places are bytes of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key<'t> {
    /// `KEY=` or `KEY:`; `behind` is what follows it.
    Assigned { name: &'t str, at: usize, behind: usize, colon: bool },
    /// A name and the end of the line, `behind` which it goes on.
    Bare { name: &'t str, at: usize, behind: usize },
    /// A name and the end of the file, without a newline: Compose takes it for a *value* without a name.
    Nameless { at: usize },
    /// Compose refuses it, at this place.
    Refused { at: usize, quirk: Quirk },
}

impl<'t> Key<'t> {
    /// Reads the one at `at`, where neither white space nor a comment stands.
    pub(super) fn read(text: &'t str, at: usize) -> Self {
        let at = match behind_export(text, at) {
            Some(behind) if behind == text.len() => {
                return Self::Refused { at, quirk: Quirk::KeyMissing };
            }
            Some(behind) => behind,
            None => at,
        };
        let source = &text[at..];
        for (offset, character) in source.char_indices() {
            let behind = at + offset + 1;
            match character {
                '=' | ':' => {
                    let name = source[..offset].trim_end();
                    return Self::Assigned { name, at, behind, colon: character == ':' };
                }
                '\n' => {
                    let name = source[..offset].trim_end();
                    return Self::Bare { name, at, behind };
                }
                _ if is_blank(character) || is_key(character) => {}
                _ => {
                    return Self::Refused { at: at + offset, quirk: Quirk::KeyCharacter };
                }
            }
        }
        Self::Nameless { at }
    }

    /// Where Compose refuses it, and why.
    pub(super) fn fault(&self) -> Option<(usize, Quirk)> {
        match self {
            Self::Assigned { name, at, .. } | Self::Bare { name, at, .. } => {
                name.find(' ').map(|offset| (at + offset, Quirk::KeySpace))
            }
            Self::Refused { at, quirk } => Some((*at, *quirk)),
            Self::Nameless { .. } => None,
        }
    }
}

/// Where the name begins behind an `export` at `at`.
fn behind_export(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].strip_prefix("export")?;
    // Not every blank will do behind it.
    if !rest.starts_with(['\t', '\n', '\u{c}', '\r', ' ']) {
        return None;
    }
    Some(text.len() - rest.trim_start_matches(is_blank).len())
}

/// Whether a line looks like one of its own, and not like a part of a longer value: it is empty, a
/// comment, or sets a variable.
pub(super) fn looks_like_a_line(line: &str) -> bool {
    let behind = behind_name(line);
    behind.is_none_or(|behind| behind.starts_with('='))
}

/// Whether the line so far is `KEY=`.
pub(super) fn opens_a_value(line: &str) -> bool {
    behind_name(line).is_some_and(|behind| behind.trim_end_matches(is_blank) == "=")
}

/// What stands behind the name that the line begins with; `None` where it is empty or a comment.
fn behind_name(line: &str) -> Option<&str> {
    let line = line.trim_start_matches(is_blank);
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start_matches(is_blank);
    let behind = line.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    // Without a name it is no line, whatever follows.
    Some(if behind.len() == line.len() { "" } else { behind.trim_start_matches(is_blank) })
}
