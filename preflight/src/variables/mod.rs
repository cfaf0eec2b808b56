//! Every variable of `.env.production`: what the template says of it, and the closed list that a
//! finding's key comes from.

mod names;
mod stack;
mod template;

use domain::configuration::Attribute;

pub use names::{is_known, nearest};
pub use stack::{STACK, Section, StackVariable};
pub use template::template;

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
    /// Every variable of the template, in its order: the attributes, then the stack's own.
    pub fn all() -> impl Iterator<Item = Self> {
        let attributes = Attribute::ALL.iter().map(|attribute| Self::Attribute(*attribute));
        attributes.chain((0..STACK.len()).map(Self::Stack))
    }

    /// The variable of the template that is called `name`, where there is one.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|key| key.name() == name)
    }

    /// The key that is called `name`, for names that are written in this program: where it is a
    /// constant, another name does not compile.
    ///
    /// # Panics
    /// There is no such key.
    #[must_use]
    pub const fn named(name: &str) -> Self {
        let mut index = 0;
        while index < Attribute::ALL.len() {
            if is_same(Attribute::ALL[index].key(), name) {
                return Self::Attribute(Attribute::ALL[index]);
            }
            index += 1;
        }
        index = 0;
        while index < STACK.len() {
            if is_same(STACK[index].name, name) {
                return Self::Stack(index);
            }
            index += 1;
        }
        if is_same(Self::Certificate.name(), name) {
            return Self::Certificate;
        }
        assert!(is_same(Self::EnvFile.name(), name), "no such variable");
        Self::EnvFile
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnvFile => "ENV_FILE",
            Self::Attribute(attribute) => attribute.key(),
            Self::Stack(index) => STACK[index].name,
            Self::Certificate => "TLS_CERTIFICATE",
        }
    }

    /// Whether the stack can't start without a value: there is no default.
    #[must_use]
    pub fn is_required(self) -> bool {
        match self {
            Self::Attribute(attribute) => attribute != Attribute::AllowedOrigins,
            Self::Stack(index) => STACK[index].is_required,
            Self::EnvFile | Self::Certificate => false,
        }
    }

    /// Whether `KEY_FILE` may name a file with the value.
    #[must_use]
    pub const fn allows_file(self) -> bool {
        matches!(self, Self::Attribute(attribute) if attribute.allows_file())
    }
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_name_and_by_no_other() {
        for key in Key::all() {
            assert_eq!((Key::find(key.name()), Key::named(key.name())), (Some(key), key));
            assert_eq!(Key::find(&key.name()[1..]), None, "{}", key.name());
        }
        assert_eq!(Key::named("ENV_FILE"), Key::EnvFile);
        assert_eq!(Key::named("TLS_CERTIFICATE"), Key::Certificate);
    }

    #[test]
    #[should_panic(expected = "no such variable")]
    fn a_name_that_nobody_has_is_no_key() {
        let _ = Key::named("DATABASE_URLS");
    }

    #[test]
    fn what_has_no_default_is_required() {
        let optional: Vec<_> = Key::all().filter(|key| !key.is_required()).collect();
        assert!(optional.contains(&Key::named("ALLOWED_ORIGINS")));
        assert!(!optional.contains(&Key::named("REDIS_PASSWORD")));
        assert_eq!(optional.len(), STACK.len());
    }
}
