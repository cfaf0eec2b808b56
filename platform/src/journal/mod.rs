//! An append-only file of JSON lines, each a whole record.
//!
//! A line is written with one write and synced, under the lock `PATH.lock`. Nothing is ever cut
//! off or moved: a line torn by a power cut stays where it is, ended by the newline that the next
//! append puts before its own line, and every reader skips and reports it.

mod append;
mod backwards;
mod follow;
mod line;
mod read;

use std::io;
use std::path::{Path, PathBuf};

pub use append::{update, update_followed};
pub use backwards::{Reached, read_back};
pub use follow::{Follower, Item};
pub use read::{Fault, FaultKind, Journal, read};

use crate::lock::LockError;

/// The longest line that is written or read, in bytes: 1 MiB.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// Why a journal gave no answer. None of these ever makes an empty journal of an old one.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The journal.
        path: PathBuf,
    },
    /// The file is there, but can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The journal.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has content, but not one line that can be read.
    #[error("{} is no journal: not one of its lines can be read", path.display())]
    Corrupt {
        /// The journal.
        path: PathBuf,
    },
    /// A line was written by a newer version of the program.
    #[error("line {line} of {} has schema version {found}, newer than {known}", path.display())]
    Newer {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The line's version.
        found: u64,
        /// The newest version that the caller knows.
        known: u64,
    },
    /// The line can't be written; the journal is as it was.
    #[error("{} can't be written", path.display())]
    Unwritable {
        /// The journal.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The record can't be a line: it is no JSON, or longer than [`MAX_LINE_BYTES`].
    #[error("the record does not fit into a line of {}", path.display())]
    Unfit {
        /// The journal.
        path: PathBuf,
    },
    /// The lock was not to be had.
    #[error("the journal can't be locked")]
    Lock(#[from] LockError),
}

fn unreadable(path: &Path, source: io::Error) -> JournalError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => JournalError::Missing { path },
        _ => JournalError::Unreadable { path, source },
    }
}
