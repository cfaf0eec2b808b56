//! The registry of checks: everything that a finding can say, written down beforehand.
//!
//! A finding is a key and an entry of this table, so it can't hold anything that was made from a
//! value. A code is never given a second meaning: a check that goes takes its code with it.

mod cause;
mod checks;
mod entry;
mod index;

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_in_order() {
        let names: BTreeSet<_> = ALL.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
        for Check { code, .. } in ALL {
            let digits = code.strip_prefix("PF").expect("a code begins with PF");
            assert!(
                digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()),
                "{code}"
            );
        }
    }

    #[test]
    fn every_text_is_a_sentence_and_a_remedy_says_what_to_do() {
        for Check { code, name, message, remedy, .. } in ALL {
            for text in [message, remedy] {
                assert!(text.ends_with('.') && !text.contains('\n'), "{code}: {text}");
                assert!(text.starts_with(|c: char| c.is_ascii_uppercase()), "{code}: {text}");
            }
            let plain = |byte: u8| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte);
            assert!(name.bytes().all(plain), "{name}");
        }
    }

    /// A line may be added. One that changes or goes breaks what somebody ignores or searches by.
    #[test]
    fn no_code_is_ever_given_a_second_meaning() {
        let line = |check: &Check| format!("{} {} {:?}", check.code, check.name, check.severity);
        insta::assert_snapshot!(ALL.iter().map(line).collect::<Vec<_>>().join("\n"));
    }
}
