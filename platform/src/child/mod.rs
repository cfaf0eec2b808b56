//! Child processes: an environment that is given and not inherited, a deadline, a polite end, and
//! a standard error that stays inside. And becoming another program, which is none of these.

mod command;
mod exec;
mod run;

use std::fmt;
use std::io;

pub use command::Command;
pub use exec::{ExecError, exec};
pub use run::{End, Limits};

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

/// Why a child gave no good answer. `E` is what can go wrong with the reader of its output.
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
    /// The reader of the program's output failed, and the program was ended.
    #[error("the output of {program} could not be taken")]
    Output {
        /// The program's name.
        program: String,
        /// What the reader said.
        source: E,
        /// What the program said on standard error.
        stderr: Stderr,
    },
}
