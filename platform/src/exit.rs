//! The exit codes that every program shares.

use std::fmt::Write;

/// What a program's exit code means to the script, the init system or the person that ran it.
///
/// A program that a second signal stopped exits with 128 + the signal's number instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Done, and good.
    Good = 0,
    /// What was checked or done turned out bad.
    Bad = 1,
    /// Wrong usage, or configuration or input that can't be read.
    Usage = 2,
    /// A fault of the program.
    Fault = 3,
    /// A deadline passed.
    Deadline = 4,
    /// Another process holds the lock.
    Locked = 5,
}

impl ExitCode {
    /// Every code, in order.
    pub const ALL: [Self; 6] =
        [Self::Good, Self::Bad, Self::Usage, Self::Fault, Self::Deadline, Self::Locked];

    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What the code means, for `--help`.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Good => "done and good",
            Self::Bad => "what was checked or done turned out bad",
            Self::Usage => "wrong usage, or configuration or input that can't be read",
            Self::Fault => "a fault of the program",
            Self::Deadline => "a deadline passed",
            Self::Locked => "another process holds the lock",
        }
    }

    /// The section of `--help` that lists the codes.
    #[must_use]
    pub fn help() -> String {
        let mut text = String::from("Exit codes:\n");
        for code in Self::ALL {
            let _ = writeln!(text, "  {}  {}", code.code(), code.meaning());
        }
        text
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}

#[cfg(test)]
mod tests {
    use super::ExitCode;

    #[test]
    fn the_codes_are_those_of_the_contract() {
        assert_eq!(ExitCode::ALL.map(ExitCode::code), [0, 1, 2, 3, 4, 5]);
    }
}
