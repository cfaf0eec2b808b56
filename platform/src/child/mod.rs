//! Child processes: an environment that is given and not inherited, a deadline, a polite end, and
//! a standard error that stays inside. And becoming another program, which is none of these.

mod command;
mod exec;
mod feed;
mod run;
mod service;

use std::fmt;
use std::io;

pub use command::Command;
pub use exec::{ExecError, exec};
pub use feed::Input;
pub use run::{End, Limits};
pub use rustix::process::Signal;
pub use service::Service;

/// The end of a child's standard error, at most [`Stderr::MAX_BYTES`]. It may hold what a server
/// said, so it can be searched, but not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Stderr(Vec<u8>);

impl Stderr {
    /// How much is kept, in bytes: 64 KiB.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Whether `text` stands in it, to give a failure its code.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        !text.is_empty() && self.0.windows(text.len()).any(|part| part == text.as_bytes())
    }

    /// The capital letters and digits, at most eight, that stand right after `mark`: a code of an
    /// error, or the number of a line, and never more of what was said.
    #[must_use]
    pub fn code_after(&self, mark: &str) -> Option<String> {
        let found = self.0.windows(mark.len()).position(|part| part == mark.as_bytes())?;
        let rest = &self.0[found + mark.len()..];
        let is_code = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let code: String =
            rest.iter().take_while(is_code).take(8).map(|byte| char::from(*byte)).collect();
        (!code.is_empty()).then_some(code)
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        let excess = self.0.len().saturating_sub(Self::MAX_BYTES);
        self.0.drain(..excess);
    }
}

impl fmt::Debug for Stderr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Stderr({} bytes)", self.0.len())
    }
}

/// Why a child gave no good answer. `E` is what can go wrong with the reader of its
/// output, or the writer of its input.
#[derive(Debug, thiserror::Error)]
pub enum ChildError<E> {
    /// There is no such program.
    #[error("there is no program {program}")]
    NotFound {
        /// The program's name.
        program: String,
    },
    /// The program can't be started.
    #[error("{program} can't be started")]
    NotStarted {
        /// The program's name.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The program ended, but not well.
    #[error("{program} ended with {end}")]
    Failed {
        /// The program's name.
        program: String,
        /// How it ended.
        end: End,
        /// What it said on standard error.
        stderr: Stderr,
    },
    /// The program did not end in time, and was ended.
    #[error("{program} did not end in time")]
    Deadline {
        /// The program's name.
        program: String,
        /// What it said on standard error.
        stderr: Stderr,
    },
    /// The caller asked to stop, and the program was ended.
    #[error("{program} was stopped")]
    Stopped {
        /// The program's name.
        program: String,
    },
    /// The reader of the program's output, or the writer of its input, failed, and the program was ended.
    #[error("what passes to or from {program} broke off")]
    Output {
        /// The program's name.
        program: String,
        /// What the reader or the writer said.
        source: E,
        /// What the program said on standard error.
        stderr: Stderr,
    },
}
