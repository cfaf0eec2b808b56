//! `pg_dump` as a child: its version, and one dump streamed into a file.
//!
//! The connection goes in its environment, never in its arguments. What it says on standard error
//! is only searched, to give a failure its code.
//!
//! A `pg_dump` of 2025-08 or later (13.22, 14.19, 15.14, 16.10, 17.6) writes `\restrict` lines, which
//! a psql from before then refuses: restore with the psql of the image that made the dump.

use std::fs::File;
use std::io;
use std::time::Duration;

use domain::configuration::PostgresUrl;
use platform::child::{ChildError, Command, End, Limits, Stderr};
use platform::tls::Trust;
use tokio::process::ChildStdout;

use super::connection::connection;
use super::known;
use super::snapshot::LOCK_TIMEOUT_SECONDS;
use crate::archive::{self, Settings, WriteError, Written};
use crate::code::Code;
use crate::stop::{Ended, Stop};

const VERSION_DEADLINE: Duration = Duration::from_secs(10);

/// Why there is no dump.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// There is no `pg_dump`, or it can't be started.
    #[error("pg_dump can't be started")]
    NotStarted,
    /// It does not tell its version.
    #[error("pg_dump does not tell its version")]
    VersionUnknown,
    /// It failed, for the reason that the code says.
    #[error("pg_dump failed ({end})")]
    Failed {
        /// How it ended.
        end: End,
        /// The closed code.
        code: Code,
    },
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The file can't be written.
    #[error("the backup file can't be written")]
    Unwritable(#[source] io::Error),
    /// What `pg_dump` writes can't be read.
    #[error("the output of pg_dump can't be read")]
    Unreadable(#[source] io::Error),
    /// There was a reason to stop.
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl DumpError {
    /// The closed code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::NotStarted => Code::PG_DUMP_MISSING,
            Self::VersionUnknown => Code::PG_DUMP_VERSION_UNKNOWN,
            Self::Failed { code, .. } => *code,
            Self::DiskFull => Code::DISK_FULL,
            Self::Unwritable(_) => Code::UNWRITABLE,
            Self::Unreadable(_) => Code::PG_DUMP_UNREADABLE,
            Self::Ended(ended) => ended.code(),
        }
    }

    /// The failure of a file, where a full disk has its own name.
    #[must_use]
    pub fn of_file(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Unwritable(error),
        }
    }
}

/// Where `pg_dump` is looked for: the `PATH` of this process, where it has one.
#[derive(Debug, Clone, Default)]
pub struct PgDump {
    path: Option<String>,
    grace: Duration,
}

impl PgDump {
    /// The first `pg_dump` of `path`, which is given `grace` from SIGTERM to SIGKILL.
    #[must_use]
    pub const fn on(path: Option<String>, grace: Duration) -> Self {
        Self { path, grace }
    }

    fn command(&self, program: &str) -> Command {
        let command = Command::new(program);
        match &self.path {
            Some(path) => command.env("PATH", path),
            None => command,
        }
    }

    /// Its version, such as `17.6`.
    ///
    /// # Errors
    /// [`DumpError`].
    pub async fn version(&self, stop: &Stop) -> Result<String, DumpError> {
        let limits = Limits { deadline: VERSION_DEADLINE.min(stop.left()), grace: self.grace };
        let asked = self.command("pg_dump").arg("--version");
        let said = asked.output(limits, stop.shutdown().requested(), 4096).await;
        let said = said.map_err(|error| match error {
            ChildError::Stopped { .. } => Ended::Cancelled.into(),
            // The time that was over may have been the run's own.
            ChildError::Deadline { .. } if stop.left().is_zero() => Ended::Deadline.into(),
            ChildError::NotFound { .. } | ChildError::NotStarted { .. } => DumpError::NotStarted,
            _ => DumpError::VersionUnknown,
        })?;
        // "pg_dump (PostgreSQL) 17.6 (Debian 17.6-1)"
        let said = String::from_utf8_lossy(&said);
        let version = said.split_whitespace().nth(2).filter(|word| super::major(word).is_some());
        Ok(version.ok_or(DumpError::VersionUnknown)?.to_owned())
    }

    /// Writes a dump of the database at `url`, as it was in `snapshot`, to `file`.
    ///
    /// # Errors
    /// [`DumpError`]; `pg_dump` has ended then.
    pub async fn write(
        &self,
        (url, trust): (&PostgresUrl, &Trust),
        snapshot: &str,
        (file, settings): (File, &Settings),
        stop: &Stop,
    ) -> Result<Written, DumpError> {
        let command = connection(self.command("pg_dump"), url, trust)
            .args(["--format=plain", "--no-password"])
            .arg(format!("--lock-wait-timeout={}", LOCK_TIMEOUT_SECONDS * 1000))
            .arg(format!("--snapshot={snapshot}"));
        self.take(command, file, settings, stop).await
    }

    /// Writes the roles of the server at `url` to `file`: with their passwords, where the user may
    /// read them.
    ///
    /// # Errors
    /// [`DumpError`]; `pg_dumpall` has ended then.
    pub async fn write_roles(
        &self,
        (url, trust): (&PostgresUrl, &Trust),
        with_passwords: bool,
        (file, settings): (File, &Settings),
        stop: &Stop,
    ) -> Result<Written, DumpError> {
        let command = connection(self.command("pg_dumpall"), url, trust)
            .args(["--roles-only", "--no-password"])
            .arg(format!("--database=dbname='{}'", escaped(&url.database)))
            .args((!with_passwords).then_some("--no-role-passwords"));
        self.take(command, file, settings, stop).await
    }

    async fn take(
        &self,
        command: Command,
        file: File,
        settings: &Settings,
        stop: &Stop,
    ) -> Result<Written, DumpError> {
        let limits = Limits { deadline: stop.left(), grace: self.grace };
        let stopped = stop.shutdown().requested();
        let taken = command.run(limits, stopped, async |output| take(output, file, settings).await);
        taken.await.map_err(failure)
    }
}

/// Compression is work for a thread of its own: this one goes on counting rows and hearing signals.
async fn take(output: ChildStdout, file: File, settings: &Settings) -> Result<Written, WriteError> {
    let dump = File::from(output.into_owned_fd().map_err(WriteError::Read)?);
    let settings = settings.clone();
    let writing = tokio::task::spawn_blocking(move || archive::write(dump, file, &settings));
    writing.await.unwrap_or_else(|gone| Err(WriteError::Read(io::Error::other(gone))))
}

/// For a connection string in quotes: a name with `=` in it would be taken for one itself.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('\'', "\\'")
}

fn failure(error: ChildError<WriteError>) -> DumpError {
    match error {
        ChildError::NotFound { .. } | ChildError::NotStarted { .. } => DumpError::NotStarted,
        ChildError::Failed { end, stderr, .. } => {
            DumpError::Failed { end, code: code_of(end, &stderr) }
        }
        ChildError::Deadline { .. } => Ended::Deadline.into(),
        ChildError::Stopped { .. } => Ended::Cancelled.into(),
        ChildError::Output { source: WriteError::Write(error), .. } => DumpError::of_file(error),
        ChildError::Output { source: WriteError::Read(error), .. } => DumpError::Unreadable(error),
    }
}

fn code_of(end: End, stderr: &Stderr) -> Code {
    if let End::Signalled(_) = end {
        return Code::PG_DUMP_KILLED;
    }
    known::code_of(stderr).unwrap_or(Code::PG_DUMP_FAILED)
}
