//! Every variable of `.env.production`: what the template says of it, and the closed list that a
//! finding's key comes from.

use domain::configuration::Attribute;

/// A variable of the stack that is no attribute of the Deployment Configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackVariable {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a line.
    pub description: &'static str,
    /// What the template holds: the default, or a placeholder in angle brackets.
    pub sample: &'static str,
}

/// The variables of the stack beside the attributes, in the template's order.
pub const STACK: &[StackVariable] = &[
    StackVariable {
        name: "POSTGRES_USER",
        description: "The database's owner; used when the database is first made.",
        sample: "toogoodtogo",
    },
    StackVariable {
        name: "POSTGRES_DB",
        description: "The database's name; used when the database is first made.",
        sample: "toogoodtogo",
    },
    StackVariable {
        name: "REDIS_PASSWORD",
        description: "The password that Redis asks for, the same as in REDIS_URL.",
        sample: "<redis password>",
    },
];

/// The key of a finding: an attribute, a variable of the stack, or the file itself. It is never made
/// from what somebody wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// The file itself, under the variable that names it.
    EnvFile,
    /// An attribute of the Deployment Configuration.
    Attribute(Attribute),
    /// A variable of the stack: an index into [`STACK`].
    Stack(usize),
    /// What a live check looks at and no variable of the file names.
    Certificate,
}

impl Key {
    /// The key that is called `name`, where there is one.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let attribute = Attribute::ALL.iter().find(|attribute| attribute.key() == name);
        attribute
            .copied()
            .map(Self::Attribute)
            .or_else(|| STACK.iter().position(|variable| variable.name == name).map(Self::Stack))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EnvFile => "ENV_FILE",
            Self::Attribute(attribute) => attribute.key(),
            Self::Stack(index) => STACK[index].name,
            Self::Certificate => "TLS_CERTIFICATE",
        }
    }
}
