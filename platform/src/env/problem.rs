//! What is wrong with the environment, in words that can't hold a value.

use std::fmt;

use super::parse::Expected;

/// One thing wrong with one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub name: &'static str,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// The kinds of mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// A required variable is unset.
    Unset,
    /// The variable is set, but to nothing.
    Empty,
    /// The value is not UTF-8.
    NotUnicode,
    /// Both `NAME` and `NAME_FILE` are set.
    BothSet,
    /// `NAME_FILE` is set to nothing, or to what is not UTF-8.
    FileNameInvalid,
    /// The file of `NAME_FILE` does not exist.
    FileMissing,
    /// The file of `NAME_FILE` can't be read.
    FileUnreadable,
    /// The file of `NAME_FILE` is larger than [`crate::secret_file::MAX_BYTES`].
    FileTooLarge,
    /// The file of `NAME_FILE` is not UTF-8.
    FileNotUnicode,
    /// The value is not what is expected, such as "a whole number from 1 to 9".
    Expected(Expected),
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        match &self.mistake {
            Mistake::Unset => write!(out, "{name} is not set"),
            Mistake::Empty => write!(out, "{name} is set, but empty"),
            Mistake::NotUnicode => write!(out, "{name} is not valid UTF-8"),
            Mistake::BothSet => write!(out, "{name} and {name}_FILE are both set"),
            Mistake::FileNameInvalid => write!(out, "{name}_FILE is not the path of a file"),
            Mistake::FileMissing => write!(out, "the file that {name}_FILE names does not exist"),
            Mistake::FileUnreadable => write!(out, "the file that {name}_FILE names can't be read"),
            Mistake::FileTooLarge => {
                write!(out, "the file that {name}_FILE names is larger than 64 KiB")
            }
            Mistake::FileNotUnicode => {
                write!(out, "the file that {name}_FILE names is not valid UTF-8")
            }
            Mistake::Expected(what) => write!(out, "{name} must be {what}"),
        }
    }
}

/// Everything that is wrong with the environment, in the order in which it was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("the configuration is incomplete");
        }
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str("; ")?;
            }
            write!(out, "{problem}")?;
        }
        Ok(())
    }
}
