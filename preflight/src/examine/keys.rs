//! The key that a name of the file is about.

use crate::variables::Key;

/// The key that a statement of this name is about; the file itself where nobody knows the name.
pub(super) fn of(name: &str) -> Key {
    Key::find(name).or_else(|| of_file(name)).unwrap_or(Key::EnvFile)
}

/// The key whose `_FILE` form this is.
pub(super) fn of_file(name: &str) -> Option<Key> {
    Key::find(name.strip_suffix("_FILE")?).filter(|key| key.allows_file())
}
