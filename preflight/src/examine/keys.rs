//! The key that a name of the file is about.

use crate::variables::Key;

/// The key that a statement of this name is about; the file itself where nobody knows the name.
pub(super) fn of(name: &str) -> Key {
    let of_file = || Key::find(name.strip_suffix("_FILE")?).filter(|key| key.allows_file());
    Key::find(name).or_else(of_file).unwrap_or(Key::EnvFile)
}
