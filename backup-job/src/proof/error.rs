//! Why a file is not proven.

use std::io;

use platform::child::End;
use platform::postgres;
use platform::scratch::ScratchError;

use crate::archive::ReadError;
use crate::code::Code;
use crate::restore::psql::PsqlError;
use crate::script::ScriptError;
use crate::stop::Ended;

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
    /// There is no throw-away server.
    #[error("there is no throw-away PostgreSQL to restore into")]
    Server(#[from] ServerError),
    /// The roles can't be restored.
    #[error("the roles can't be restored")]
    Roles(#[source] Box<PsqlError>),
    /// The dump can't be restored.
    #[error("the dump can't be restored")]
    Restore(#[source] Box<PsqlError>),
    /// There is no manifest, which would tell what a restored copy has to be.
    #[error("the backup has no manifest")]
    NoManifest,
    /// Only the holder of the private key can restore it.
    #[error("the backup is encrypted: give the file of the private key with --identity")]
    IdentityNeeded,
    /// The manifest's names can't be found in a restored copy.
    #[error("the manifest has names that a restored copy can't be compared with")]
    NamesUnreadable,
    /// It could not be restored when that was tried, and only its files were read now.
    #[error("a restore has failed that was to prove the backup: reading it proves it no more")]
    Refuted,
    /// The disk has not enough room for a restored copy.
    #[error("a proof by restore needs about {needed_bytes} bytes, and {available_bytes} are free")]
    NoRoom {
        /// What it is expected to need.
        needed_bytes: u64,
        /// What is free.
        available_bytes: u64,
    },
    /// It was not brought to its end, because there was a reason to stop.
    #[error("the proof was not brought to its end")]
    Stopped,
}

/// Why there is no throw-away server, or no more.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// `initdb` refuses root.
    #[error("PostgreSQL does not run as root: run this program as another user")]
    Root,
    /// The user has no name on this machine.
    #[error("the user that this program runs as has no line in /etc/passwd")]
    NoUserName,
    /// A socket's path can't be so long.
    #[error(
        "a socket's path would have {length} bytes, and 107 are the most: set BACKUP_SCRATCH_DIR"
    )]
    PathTooLong {
        /// How long it would be, in bytes.
        length: usize,
    },
    /// There is no server of this version.
    #[error("initdb, postgres and psql of pg_dump's version are not to be found")]
    Missing,
    /// One of the programs can't be started.
    #[error("one of PostgreSQL's programs can't be started")]
    NotStarted,
    /// The folder can't be used.
    #[error("BACKUP_SCRATCH_DIR can't be used")]
    Folder(#[source] io::Error),
    /// Its own folder can't be made, or not be removed.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// The disk became full.
    #[error("the disk became full")]
    DiskFull,
    /// It ended by itself.
    #[error("the throw-away PostgreSQL ended with {end}")]
    Ended {
        /// How.
        end: End,
    },
    /// It gave no answer.
    #[error("the throw-away PostgreSQL gave no answer")]
    Postgres(#[source] postgres::Code),
    /// There was a reason to stop.
    #[error(transparent)]
    Stopped(#[from] Ended),
}

impl ProofError {
    /// The closed code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::File(ReadError::Unreadable(_)) => Code::UNREADABLE,
            Self::File(ReadError::Damaged) => Code::DAMAGED,
            Self::File(ReadError::WrongKey) => Code::WRONG_KEY,
            Self::Changed => Code::CHANGED,
            Self::Script(ScriptError::NotADump) => Code::DUMP_UNKNOWN,
            Self::Script(ScriptError::Truncated) => Code::DUMP_TRUNCATED,
            Self::Script(ScriptError::CopyUnterminated) => Code::DUMP_COPY_UNTERMINATED,
            Self::Script(ScriptError::CopyUnreadable) => Code::DUMP_COPY_UNREADABLE,
            Self::Script(ScriptError::Command) => Code::DUMP_COMMAND_UNKNOWN,
            Self::Script(ScriptError::Trailing) => Code::DUMP_TRAILING_CONTENT,
            Self::Rows { .. } => Code::DUMP_ROW_COUNTS_DIFFER,
            Self::Server(error) => error.code(),
            Self::Roles(error) if error.code() == Code::RESTORE_REFUSED => Code::ROLES_REFUSED,
            Self::Roles(error) | Self::Restore(error) => error.code(),
            Self::NoManifest => Code::MANIFEST_MISSING,
            Self::IdentityNeeded => Code::RESTORE_IDENTITY_NEEDED,
            Self::NamesUnreadable => Code::PROOF_NAMES_UNREADABLE,
            Self::Refuted => Code::PROOF_RESTORE_NEEDED,
            Self::NoRoom { .. } => Code::PROOF_NO_ROOM,
            Self::Stopped => Code::PROOF_STOPPED,
        }
    }

    /// Whether it is about what the files hold, and not about what hindered the look at them.
    #[must_use]
    pub fn is_of_the_content(&self) -> bool {
        match self {
            Self::File(ReadError::Damaged)
            | Self::Changed
            | Self::Script(_)
            | Self::Rows { .. } => true,
            Self::Roles(error) | Self::Restore(error) => error.is_a_refusal(),
            Self::File(ReadError::Unreadable(_) | ReadError::WrongKey)
            | Self::Server(_)
            | Self::NoManifest
            | Self::IdentityNeeded
            | Self::NamesUnreadable
            | Self::Refuted
            | Self::NoRoom { .. }
            | Self::Stopped => false,
        }
    }

    /// The reason to stop, where that was it.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        match self {
            Self::Server(ServerError::Stopped(ended)) => Some(*ended),
            Self::Roles(error) | Self::Restore(error) => error.ended(),
            _ => None,
        }
    }
}

impl ServerError {
    /// The closed code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Root => Code::PROOF_AS_ROOT,
            Self::NoUserName => Code::PROOF_USER_UNNAMED,
            Self::PathTooLong { .. } => Code::PROOF_PATH_TOO_LONG,
            Self::Missing => Code::PROOF_SERVER_MISSING,
            Self::NotStarted | Self::Ended { .. } | Self::Postgres(_) => Code::PROOF_SERVER_FAILED,
            Self::Folder(_) | Self::Scratch(_) => Code::PROOF_DIR_UNUSABLE,
            Self::DiskFull => Code::PROOF_DISK_FULL,
            Self::Stopped(ended) => ended.code(),
        }
    }
}
