//! The proof that a file is a backup. Nothing else makes a record `verified`.
//!
//! By reading: it shows that the file is whole and that no row is missing. By restoring: it shows
//! that PostgreSQL takes it as well, and how long that lasts.

pub mod read;

use crate::archive::ReadError;
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
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(ReadError::Unreadable(_)) => "backup_unreadable",
            Self::File(ReadError::Damaged) => "backup_damaged",
            Self::File(ReadError::WrongKey) => "backup_wrong_key",
            Self::Changed => "backup_changed",
            Self::Script(ScriptError::NotADump) => "dump_unknown",
            Self::Script(ScriptError::Truncated) => "dump_truncated",
            Self::Script(ScriptError::CopyUnterminated) => "dump_copy_unterminated",
            Self::Script(ScriptError::CopyUnreadable) => "dump_copy_unreadable",
            Self::Script(ScriptError::Trailing) => "dump_trailing_content",
            Self::Rows { .. } => "dump_row_counts_differ",
            Self::Stopped => "backup_proof_stopped",
        }
    }
}
