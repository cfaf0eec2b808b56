//! What a reference can see.

use std::collections::HashMap;

use secrecy::{ExposeSecret as _, SecretString};

/// How much text references may bring into the values of one file. Linux hands a program no more
/// than this (a quarter of the usual 8 MiB of stack); `A=$B$B`, `B=$C$C`, … would go on for ever.
const REFERENCE_BYTES: usize = 2 << 20;

/// Compose's own environment first, then what the file has set so far.
pub(super) struct Scope<'t, 'o> {
    outer: &'o dyn Fn(&str) -> Option<String>,
    /// The values of the file; `None` for one that was refused.
    earlier: HashMap<&'t str, Option<SecretString>>,
    left: usize,
}

/// What there is behind a name.
pub(super) enum Found {
    /// This value.
    Value(String),
    /// A line of the file sets it, and Compose refuses that line.
    Unknown,
    /// The values of all references together are too long.
    TooLong,
    /// Nothing.
    Nothing,
}

impl<'t, 'o> Scope<'t, 'o> {
    pub(super) fn new(outer: &'o dyn Fn(&str) -> Option<String>) -> Self {
        Self { outer, earlier: HashMap::new(), left: REFERENCE_BYTES }
    }

    /// Compose's own variable.
    pub(super) fn outer(&self, name: &str) -> Option<String> {
        (self.outer)(name)
    }

    /// Puts a statement in force; says whether the name was there before.
    pub(super) fn set(&mut self, name: &'t str, value: Option<SecretString>) -> bool {
        self.earlier.insert(name, value).is_some()
    }

    /// What the reference to `name` gives.
    pub(super) fn find(&mut self, name: &str) -> Found {
        let value = match (self.outer(name), self.earlier.get(name)) {
            (Some(value), _) => value,
            (None, Some(Some(value))) => {
                let value = value.expose_secret();
                if value.len() > self.left {
                    return Found::TooLong;
                }
                value.to_owned()
            }
            (None, Some(None)) => return Found::Unknown,
            (None, None) => return Found::Nothing,
        };
        match self.left.checked_sub(value.len()) {
            Some(left) => {
                self.left = left;
                Found::Value(value)
            }
            None => Found::TooLong,
        }
    }
}
