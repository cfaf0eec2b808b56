//! The proof that a file is a backup. Nothing else makes a record `verified`.
//!
//! By reading: it shows that the file is whole and that no row is missing. By restoring: it shows
//! that PostgreSQL takes it as well, and how long that lasts.

pub mod read;

use crate::archive::ReadError;
use crate::code::Code;
use crate::script::ScriptError;

/// How a new backup is proven (`BACKUP_VERIFY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Its file is read.
    Read,
    /// It is restored into a throw-away server as well.
    Restore,
}

/// Why a file is not proven.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The file can't be read, or is no whole file of its kind.
    #[error(transparent)]
    File(#[from] ReadError),
    /// Size or sum are not those of what was written.
    #[error("the file is not what was written")]
    Changed,
    /// The dump in it is not whole.
    #[error("the dump is not whole")]
    Script(#[from] ScriptError),
    /// Rows are missing or too many.
    #[error("{tables} tables have other row counts than the database had")]
    Rows {
        /// How many tables differ.
        tables: usize,
    },
    /// It was not read to its end, because there was a reason to stop.
    #[error("the file was not read to its end")]
    Stopped,
}

impl ProofError {
    /// The closed code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::File(ReadError::Unreadable(_)) => Code::UNREADABLE,
            Self::File(ReadError::Damaged) => Code::DAMAGED,
            Self::File(ReadError::WrongKey) => Code::WRONG_KEY,
            Self::Changed => Code::CHANGED,
            Self::Script(ScriptError::NotADump) => Code::DUMP_UNKNOWN,
            Self::Script(ScriptError::Truncated) => Code::DUMP_TRUNCATED,
            Self::Script(ScriptError::CopyUnterminated) => Code::DUMP_COPY_UNTERMINATED,
            Self::Script(ScriptError::CopyUnreadable) => Code::DUMP_COPY_UNREADABLE,
            Self::Script(ScriptError::Trailing) => Code::DUMP_TRAILING_CONTENT,
            Self::Rows { .. } => Code::DUMP_ROW_COUNTS_DIFFER,
            Self::Stopped => Code::PROOF_STOPPED,
        }
    }
}
