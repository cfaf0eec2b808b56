//! Sets values in an environment file, and leaves everything else in it as it was, byte for byte.
//!
//! Nothing is given back before it was read again and found to say what it should. Compose's own
//! environment is taken to be empty, here and in [`value_of`]: whoever runs Compose on the file sees
//! to it that none of the names is set there.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::reader::comment_behind;
use super::{EnvFile, parse};

/// Why a file was not changed. It holds no text of the file, and no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Compose refuses the file as it is.
    #[error("the file has a mistake for which Compose refuses it")]
    Refused,
    /// A value can't be set without changing another one, most often because a line below refers to
    /// it by `${NAME}`; or the name or the value is one that no line can give.
    #[error("a value can't be set without changing another one, which refers to it")]
    Entangled,
}

/// The value that `key` has in a file with this text. `None` where nothing gives it one, and where
/// Compose refuses the file.
#[must_use]
pub fn value_of(text: &str, key: &str) -> Option<String> {
    let file = parse(text, &nothing);
    if file.is_accepted() { values(&file).remove(key)?.map(str::to_owned) } else { None }
}

/// The text of the file in which each of these names has this value.
///
/// The last of several lines that set a name is the one in force, and is changed where it stands. A
/// name that no line sets is set by a line of its own at the end, and so is one whose last line is
/// bare, for Compose's own environment could take its value from any line before. A line below that
/// refers to a changed value by `${NAME}`, and is not to be changed itself, would change with it:
/// this is refused.
///
/// # Errors
/// [`EditError`]; the file is to be left as it is.
pub fn with_values(text: &str, values: &[(&str, &str)]) -> Result<String, EditError> {
    let before = parse(text, &nothing);
    if !before.is_accepted() {
        return Err(EditError::Refused);
    }
    let edited = values.iter().fold(text.to_owned(), |text, (key, value)| set(&text, key, value));
    let after = parse(&edited, &nothing);
    let mut wanted = self::values(&before);
    wanted.extend(values.iter().map(|(key, value)| (*key, Some(*value))));
    // Of a name that is given twice, both values would have to be in force.
    let agree = values.iter().all(|(key, value)| wanted.get(key) == Some(&Some(*value)));
    if agree && after.is_accepted() && self::values(&after) == wanted {
        Ok(edited)
    } else {
        Err(EditError::Entangled)
    }
}

fn nothing(_: &str) -> Option<String> {
    None
}

/// Every name with the value that is in force.
fn values(file: &EnvFile) -> BTreeMap<&str, Option<&str>> {
    let value = |index: usize| file.statements.get(index)?.value.as_ref();
    let exposed = |index| value(index).map(ExposeSecret::expose_secret);
    file.in_force().into_iter().map(|(key, index)| (key, exposed(index))).collect()
}

fn set(text: &str, key: &str, value: &str) -> String {
    let file = parse(text, &nothing);
    let last = file.statements.iter().rfind(|statement| statement.key == key);
    let Some(last) = last.filter(|last| !last.is_bare()) else {
        return appended(text, key, value);
    };
    let (before, behind) = (&text[..last.value_at.start], &text[last.value_at.end..]);
    let rest = behind.split('\n').next().unwrap_or_default();
    let is_free = rest[..comment_behind(rest).unwrap_or(rest.len())].trim().is_empty();
    [before, &written(value, is_free), behind].concat()
}

fn appended(text: &str, key: &str, value: &str) -> String {
    let end_of_line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    let missing = if content.is_empty() || content.ends_with('\n') { "" } else { end_of_line };
    [text, missing, key, "=", &written(value, true), end_of_line].concat()
}

/// The value as it is to stand in the file: plain where it `may_be_plain` for what follows it, and has
/// no character that means something to anyone; in single quotes otherwise; and in double quotes,
/// which alone can give all of them, where it has a backslash.
fn written(value: &str, may_be_plain: bool) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@+".contains(&byte);
    if may_be_plain && !value.is_empty() && value.bytes().all(is_plain) {
        return value.to_owned();
    }
    let quote = if value.contains('\\') { '"' } else { '\'' };
    let mut text = String::from(quote);
    for character in value.chars() {
        if character == quote || (quote == '"' && matches!(character, '\\' | '$')) {
            text.push('\\');
        }
        text.push(character);
    }
    text.push(quote);
    text
}
