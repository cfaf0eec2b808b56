//! The registry of checks: everything that a finding can say, written down beforehand.
//!
//! A finding is a key and an entry of this table, so it can't hold anything that was made from a
//! value. A code is never given a second meaning: a check that goes takes its code with it.

mod table;

use domain::configuration::{Rule, Severity};
use platform::env::Mistake;

pub use table::ALL;

/// What preflight looks for, as people and machines are told about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Stable code, `PFnnn`.
    pub code: &'static str,
    /// Short name, for people to talk about it.
    pub name: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// What is wrong.
    pub message: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Why a variable gave no value at all, beside being unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceFault {
    /// The value is not UTF-8.
    NotUnicode,
    /// Both `KEY` and `KEY_FILE` are set.
    BothSet,
    /// `KEY_FILE` is set to nothing, or is not UTF-8.
    FileNameInvalid,
    /// The file does not exist.
    FileMissing,
    /// The file can't be read.
    FileUnreadable,
    /// The file is too large.
    FileTooLarge,
    /// The file is not UTF-8.
    FileNotUnicode,
}

impl SourceFault {
    #[expect(clippy::unused_self, reason = "the table asks every kind of cause alike")]
    const fn severity(self) -> Severity {
        Severity::Error
    }

    /// The fault that looking a variable up has met. Mistakes of parsing are none: those are the
    /// domain's rules.
    #[must_use]
    pub const fn of(mistake: &Mistake) -> Option<Self> {
        match mistake {
            Mistake::NotUnicode => Some(Self::NotUnicode),
            Mistake::BothSet => Some(Self::BothSet),
            Mistake::FileNameInvalid => Some(Self::FileNameInvalid),
            Mistake::FileMissing => Some(Self::FileMissing),
            Mistake::FileUnreadable => Some(Self::FileUnreadable),
            Mistake::FileTooLarge => Some(Self::FileTooLarge),
            Mistake::FileNotUnicode => Some(Self::FileNotUnicode),
            Mistake::Unset | Mistake::Empty | Mistake::Expected(_) => None,
        }
    }
}

/// What a finding comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The variable gave no value.
    Source(SourceFault),
    /// The value breaks a rule of the data model.
    Rule(Rule),
}

impl Cause {
    /// Its entry in the table.
    #[must_use]
    pub const fn check(self) -> Check {
        match self {
            Self::Source(fault) => table::of_fault(fault),
            Self::Rule(rule) => table::of_rule(rule),
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
