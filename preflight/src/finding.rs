//! What was found in the environment: the name of a variable and an entry of the registry.

use domain::configuration::{Attribute, Severity};
use domain::env_file::Position;
use platform::env::Variable;

use crate::registry::{Cause, Check};
use crate::variables::Key;

/// Something wrong with one variable or one line. It has no place for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Finding {
    /// The variable.
    pub key: Key,
    /// Where it is in the file, when it was read from one.
    pub position: Option<Position>,
    /// What it comes from.
    pub cause: Cause,
    /// Whether somebody has asked to ignore it, and may.
    pub waived: bool,
}

impl Finding {
    /// A finding about a variable.
    #[must_use]
    pub const fn new(key: Key, cause: Cause) -> Self {
        Self { key, position: None, cause, waived: false }
    }

    /// The same finding at a place of the file.
    #[must_use]
    pub const fn at(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    /// What is said about it.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.cause.check()
    }

    /// How bad it is, what was waived considered.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        if self.waived { Severity::Warning } else { self.check().severity }
    }

    /// Whether it stops the stack from starting.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }
}

/// The variables of the Deployment Configuration.
pub fn variables() -> impl Iterator<Item = Variable> {
    Attribute::ALL.iter().map(|attribute| {
        let plain = Variable::plain(attribute.key(), attribute.description());
        let file = attribute.allows_file();
        Variable { secret: file, file, ..plain }
    })
}
