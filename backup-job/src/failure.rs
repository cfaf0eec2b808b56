//! Everything that can go wrong, each with its closed code and its exit code.
//!
//! No failure holds a message of `pg_dump`, of the server or of the driver: they may name hosts and
//! users.

use std::path::PathBuf;

use platform::atomic_file::AtomicFileError;
use platform::catalog::CatalogError;
use platform::exit::ExitCode;
use platform::folder::FolderError;
use platform::lock::LockError;
use platform::postgres;
use platform::secret_file::SecretFileError;

use crate::archive::NoKey;
use crate::code::Code;
use crate::dump::DumpError;
use crate::offsite::OffsiteError;
use crate::proof::{ProofError, ServerError};
use crate::restore::RestoreError;
use crate::stop::{Ended, Stop};

/// Why there is no backup, or no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The folder is missing or not writable; `remedy` is what an operator types.
    #[error("BACKUP_DIR is not usable; {remedy}")]
    Folder {
        /// What is wrong.
        source: FolderError,
        /// What an operator types.
        remedy: String,
    },
    /// The lock was not to be had.
    #[error("no other backup may run at the same time")]
    Lock(#[from] LockError),
    /// The index can't be read or replaced.
    #[error("the index of the backups is not usable")]
    Index(#[from] CatalogError),
    /// PostgreSQL gave no answer.
    #[error("PostgreSQL gave no answer")]
    Postgres(#[from] postgres::Code),
    /// PostgreSQL was not there within `BACKUP_CONNECT_TIMEOUT_SECONDS`.
    #[error("PostgreSQL was not there in time")]
    PostgresLate(#[source] postgres::Code),
    /// `pg_dump` is older than the server, and would refuse or leave things out.
    #[error(
        "pg_dump {pg_dump} is older than the server, {server}: build the image on the server's"
    )]
    PgDumpTooOld {
        /// `pg_dump`'s major version.
        pg_dump: u32,
        /// The server's major version.
        server: u32,
    },
    /// There is not enough room for another backup.
    #[error("a backup needs about {needed_bytes} bytes, and {available_bytes} are free")]
    NoRoom {
        /// What the backup is expected to need.
        needed_bytes: u64,
        /// What is free.
        available_bytes: u64,
    },
    /// `pg_dump` failed, or what it wrote could not be kept.
    #[error("the dump failed")]
    Dump(#[source] DumpError),
    /// The file was not proven.
    #[error("the backup could not be proven")]
    Proof(#[source] ProofError),
    /// The file could not be given its name.
    #[error("the backup can't be published")]
    Publish(#[source] AtomicFileError),
    /// The folder could not be searched.
    #[error("{} can't be searched", path.display())]
    Scan {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An index that can't be read could not be kept under another name.
    #[error("{} can't be renamed", path.display())]
    SetAside {
        /// The index.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Files past their retention could not be deleted.
    #[error("{} can't be deleted", path.display())]
    Delete {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no copy off-site, or nothing came back.
    #[error("the off-site copy failed")]
    Offsite(#[from] OffsiteError),
    /// No listed backup has the id that was asked for.
    #[error("no listed backup has this id")]
    NotListed,
    /// There is no verified backup.
    #[error("there is no verified backup")]
    NoneVerified,
    /// The file of the identity can't be read.
    #[error("the file of the identity can't be read")]
    Identity(#[source] SecretFileError),
    /// The file of the identity holds none.
    #[error(transparent)]
    NoIdentity(#[from] NoKey),
    /// Nothing was restored.
    #[error("the restore failed")]
    Restore(#[source] RestoreError),
    /// Its time was over, or the program was asked to stop.
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl Failure {
    /// The closed code, as logs and failed records show it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Folder { source: FolderError::Missing { .. }, .. } => Code::DIR_MISSING,
            Self::Folder { .. } => Code::DIR_NOT_WRITABLE,
            Self::Lock(LockError::Held { .. }) => Code::LOCKED,
            Self::Lock(_) => Code::LOCK_UNUSABLE,
            Self::Index(CatalogError::Missing { .. }) => Code::INDEX_MISSING,
            Self::Index(CatalogError::Corrupt { .. }) => Code::INDEX_CORRUPT,
            Self::Index(CatalogError::Newer { .. }) => Code::INDEX_NEWER,
            Self::Index(CatalogError::Unwritable(_)) | Self::SetAside { .. } => {
                Code::INDEX_UNWRITABLE
            }
            Self::Index(CatalogError::Lock(_)) => Code::INDEX_LOCKED,
            Self::Index(_) => Code::INDEX_UNREADABLE,
            Self::Postgres(code) | Self::PostgresLate(code) => (*code).into(),
            Self::PgDumpTooOld { .. } => Code::PG_DUMP_TOO_OLD,
            Self::NoRoom { .. } => Code::NO_ROOM,
            Self::Dump(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Publish(_) => Code::UNPUBLISHED,
            Self::Scan { .. } => Code::DIR_UNREADABLE,
            Self::Delete { .. } => Code::NOT_DELETED,
            Self::Offsite(error) => error.code(),
            Self::NotListed => Code::NOT_LISTED,
            Self::NoneVerified => Code::NONE_VERIFIED,
            Self::Identity(_) | Self::NoIdentity(_) => Code::IDENTITY_UNREADABLE,
            Self::Restore(error) => error.code(),
            Self::Ended(ended) => ended.code(),
        }
    }

    /// The code that the program exits with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Folder { .. }
            | Self::NotListed
            | Self::Identity(_)
            | Self::NoIdentity(_)
            | Self::Index(
                CatalogError::Missing { .. }
                | CatalogError::Unreadable { .. }
                | CatalogError::Corrupt { .. }
                | CatalogError::Newer { .. },
            ) => ExitCode::Usage,
            Self::Lock(LockError::Held { .. }) | Self::Index(CatalogError::Lock(_)) => {
                ExitCode::Locked
            }
            Self::PostgresLate(_)
            | Self::Offsite(OffsiteError::Late)
            | Self::Ended(Ended::Deadline) => ExitCode::Deadline,
            Self::Restore(error) => error.exit_code(),
            _ => ExitCode::Bad,
        }
    }

    /// Whether a failed backup is worth a record: not where nothing was tried, and not where the
    /// operator stopped it.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        !matches!(
            self,
            Self::Folder { .. } | Self::Lock(_) | Self::Index(_) | Self::Ended(Ended::Cancelled)
        )
    }

    /// The reason to stop, where that is what ended the wait for an answer or for a proof.
    #[must_use]
    pub fn or_ended(self, stop: &Stop) -> Self {
        let is_of_waiting = matches!(
            self,
            Self::Postgres(postgres::Code::Timeout)
                | Self::Proof(
                    ProofError::Stopped
                        | ProofError::Server(ServerError::Postgres(postgres::Code::Timeout))
                )
        );
        stop.reason().filter(|_| is_of_waiting).map_or(self, Self::Ended)
    }

    /// Says in the log what did not happen, with the causes.
    pub fn log(&self, message: &str) {
        let error = self as &dyn std::error::Error;
        tracing::error!(error_code = self.code().as_str(), error, "{message}");
    }
}

impl From<DumpError> for Failure {
    fn from(error: DumpError) -> Self {
        match error {
            DumpError::Ended(ended) => Self::Ended(ended),
            error => Self::Dump(error),
        }
    }
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
        error.ended().map_or(Self::Proof(error), Self::Ended)
    }
}

impl From<AtomicFileError> for Failure {
    fn from(error: AtomicFileError) -> Self {
        match error {
            AtomicFileError::Unwritable { source, .. } => DumpError::of_file(source).into(),
            exists @ AtomicFileError::Exists { .. } => Self::Publish(exists),
        }
    }
}
