//! What stands beside the file, and may give a variable another value.

use domain::env_file::Statement;
use secrecy::ExposeSecret;

use super::given::Given;
use crate::variables::Key;

/// What stands beside the file.
pub(super) enum Outside<'a> {
    /// The environment of the container, as Compose has made it.
    Container(&'a Given),
    /// The shell that will run Compose.
    Shell(&'a dyn Fn(&str) -> Option<String>),
}

impl Outside<'_> {
    /// Whether a `_FILE` form that is set gives a value. To a container it does, where a Compose file
    /// hands it on; ours does not.
    pub(super) const fn reads_files(&self) -> bool {
        matches!(self, Self::Container(_))
    }

    /// Whether it gives the statement's variable another value than the statement does.
    pub(super) fn overrides(&self, statement: &Statement) -> bool {
        match self {
            Self::Container(given) => match Key::find(&statement.key) {
                Some(key) => !given.is_faulty(key) && !given.comes_from(key, statement),
                None => false,
            },
            Self::Shell(value) => {
                let Some(own) = &statement.value else { return false };
                value(&statement.key).is_some_and(|value| own.expose_secret() != value)
            }
        }
    }
}
