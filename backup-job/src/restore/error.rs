//! What can go wrong with a restore into a database that people use.

use platform::exit::ExitCode;
use platform::postgres;

use super::psql::PsqlError;
use crate::code::Code;
use crate::proof::ProofError;
use crate::stop::Ended;

/// Why nothing was restored. The target is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// `--into` is neither a connection string nor the name of a database beside a `DATABASE_URL`.
    #[error(
        "--into has to be a connection string, or the name of a database on DATABASE_URL's server"
    )]
    IntoInvalid,
    /// The target holds something.
    #[error(
        "the database is not empty: give another name, or --swap to put the backup in its place"
    )]
    NotEmpty,
    /// Another restore into the same database is under way.
    #[error("another restore into this database is under way")]
    Running,
    /// The backup was made by a newer `pg_dump` than the server understands.
    #[error("the server is PostgreSQL {server}, and the backup needs {backup} or later")]
    ServerTooOld {
        /// The server's major version.
        server: u32,
        /// The major version that wrote the backup.
        backup: u32,
    },
    /// Only the holder of the private key can read it.
    #[error("the backup is encrypted: give the file of the private key with --identity")]
    IdentityNeeded,
    /// The dump names roles that the server lacks.
    #[error("the server lacks roles of the backup, which --roles creates: {}", missing.join(", "))]
    RolesMissing {
        /// All that the backup has and the server lacks, quoted for SQL.
        missing: Vec<String>,
    },
    /// The roles are not to be had.
    #[error("the backup has no roles beside it")]
    NoRoles,
    /// Statements of the roles were refused.
    #[error("the roles can't be created")]
    Roles(#[source] PsqlError),
    /// The dump was refused, or is not whole.
    #[error("the dump can't be restored")]
    Dump(#[source] PsqlError),
    /// The files are not what was written, or the restored rows are not those of the backup.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The server did not answer, or refused.
    #[error("PostgreSQL gave no answer")]
    Postgres(#[from] postgres::Code),
    /// Connections to the database did not end, so it could not be renamed.
    #[error("the databases could not be renamed, and are as they were")]
    NotSwapped(#[source] postgres::Code),
    /// There was a reason to stop.
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl RestoreError {
    /// The closed code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::IntoInvalid => Code::CONFIGURATION_INVALID,
            Self::NotEmpty => Code::RESTORE_NOT_EMPTY,
            Self::Running => Code::RESTORE_RUNNING,
            Self::ServerTooOld { .. } => Code::RESTORE_SERVER_TOO_OLD,
            Self::IdentityNeeded => Code::RESTORE_IDENTITY_NEEDED,
            Self::RolesMissing { .. } => Code::RESTORE_ROLES_MISSING,
            Self::NoRoles => Code::RESTORE_NO_ROLES,
            Self::Roles(PsqlError::Failed { code, .. }) if *code == Code::RESTORE_REFUSED => {
                Code::ROLES_REFUSED
            }
            Self::Roles(error) | Self::Dump(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Postgres(code) => (*code).into(),
            Self::NotSwapped(_) => Code::RESTORE_NOT_SWAPPED,
            Self::Ended(ended) => ended.code(),
        }
    }

    /// The code that the program exits with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::IntoInvalid | Self::IdentityNeeded => ExitCode::Usage,
            Self::Running => ExitCode::Locked,
            Self::Ended(Ended::Deadline)
            | Self::Roles(PsqlError::Ended(Ended::Deadline))
            | Self::Dump(PsqlError::Ended(Ended::Deadline)) => ExitCode::Deadline,
            _ => ExitCode::Bad,
        }
    }
}
