//! The registry of checks: everything that a finding can say, written down beforehand.
//!
//! A finding is a key and an entry of this table, so it can't hold anything that was made from a
//! value. A code is never given a second meaning: a check that goes takes its code with it.

mod cause;
mod checks;
mod entry;
mod index;
#[cfg(test)]
mod tests;

use std::str::FromStr;

pub use cause::{AcrossFault, Cause, FileFault, LiveFault, SourceFault};
pub use entry::{Check, Keys, Phase, Waiver};
pub use index::{ALL, CAUSES};

/// The code of a check, as it is typed: one that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub &'static str);

impl Code {
    /// Its entry.
    #[must_use]
    pub fn check(self) -> &'static Check {
        let entry = ALL.binary_search_by_key(&self.0, |check| check.code);
        &ALL[entry.unwrap_or_default()]
    }
}

impl FromStr for Code {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ALL.iter()
            .map(|check| check.code)
            .find(|code| code.eq_ignore_ascii_case(text))
            .map(Self)
            .ok_or("a code that `preflight explain` lists")
    }
}

impl Cause {
    /// Its entry in the table.
    #[must_use]
    pub const fn check(self) -> Check {
        match self {
            Self::Line(quirk) => index::of_quirk(quirk),
            Self::File(fault) => index::of_file(fault),
            Self::Source(fault) => index::of_source(fault),
            Self::Rule(rule) => index::of_rule(rule),
            Self::Across(fault) => index::of_across(fault),
            Self::Live(fault) => index::of_live(fault),
        }
    }
}
