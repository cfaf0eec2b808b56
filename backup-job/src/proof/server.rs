//! A PostgreSQL for one proof: made in a folder of its own, reached by a socket in that folder alone,
//! as fast as one may be whose data nobody will miss, and gone with the folder.
//!
//! It is no copy of the server that was dumped: it has its major version, or a newer one, and the
//! extensions that its image brings.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use domain::configuration::PostgresUrl;
use platform::child::{ChildError, Command, Limits, Service, Signal, Stderr};
use platform::lock::LockError;
use platform::own_process::is_root;
use platform::postgres::Session;
use platform::scratch::{Scratch, ScratchError};
use platform::tls::Trust;

use super::error::ServerError;
use super::programs::Programs;
use crate::dump::known;
use crate::stop::Stop;

/// The name of its folder.
const NAME: &str = ".ballast-proof";
const SOCKET: &str = ".s.PGSQL.5432";
/// A socket's path is kept in 108 bytes, the last of which is zero (unix(7)).
const MAX_SOCKET_PATH_BYTES: usize = 107;

const START_DEADLINE: Duration = Duration::from_mins(2);
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
const LOCK_POLL: Duration = Duration::from_millis(100);
/// From SIGQUIT to SIGKILL. PostgreSQL itself gives its children five seconds.
const GRACE: Duration = Duration::from_secs(6);
const MAX_SAID_BYTES: u64 = 64 * 1024;

/// How much of its log of changes is on the disk at most, but for a moment.
pub(super) const MAX_WAL_BYTES: u64 = 256 * 1024 * 1024;

/// The tables of a dump are made in one transaction, each with what belongs to it: indexes, sequences,
/// the table of its large values with an index of its own.
const LOCKS_PER_TABLE: usize = 20;
/// As many as may be connected, work in the background, and so on.
const LOCKING_PROCESSES: usize = 20;

/// What doesn't depend on the database. Nothing of it survives a crash, nor has to. Memory is that of
/// a container of 512 MB: parallel workers share what is given to an index.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
    "wal_init_zero=off",
    "checkpoint_timeout=1d",
    "autovacuum=off",
    "max_connections=10",
    "shared_buffers=128MB",
    "maintenance_work_mem=96MB",
    "huge_pages=off",
    "restart_after_crash=off",
    // A container has little room in /dev/shm.
    "dynamic_shared_memory_type=mmap",
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
];

/// Where throw-away servers are made, and of what.
#[derive(Debug, Clone)]
pub struct Workshop {
    /// The folder that theirs is made in: `BACKUP_SCRATCH_DIR`.
    pub folder: PathBuf,
    /// `PATH`.
    pub search: Option<String>,
    /// From SIGTERM to SIGKILL, for the programs that are run once.
    pub grace: Duration,
}

/// A running server. Dropped, it is killed and its folder removed.
#[derive(Debug)]
pub struct Server {
    // Ended before its folder goes.
    service: Service,
    scratch: Scratch,
    user: String,
    trust: Trust,
}

impl Workshop {
    /// What is needed for a server that takes the dumps of this major version: told before anything
    /// is begun.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn check(&self, major: u32, stop: &Stop) -> Result<Programs, ServerError> {
        if is_root() {
            return Err(ServerError::Root);
        }
        let folder = self.folder.canonicalize().map_err(ServerError::Folder)?;
        let length = folder.join(NAME).join(SOCKET).as_os_str().len();
        if length > MAX_SOCKET_PATH_BYTES {
            return Err(ServerError::PathTooLong { length });
        }
        Programs::find(self.search.as_deref(), major, self.limits(stop), stop).await
    }

    /// Ends and removes what a run that was killed has left.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn clear(&self) -> Result<(), ServerError> {
        let folder = self.folder.clone();
        let cleared = tokio::task::spawn_blocking(move || Scratch::clear(&folder, NAME)).await;
        if cleared.unwrap_or(Ok(false))? {
            tracing::warn!("removed the throw-away PostgreSQL that a killed run had left");
        }
        Ok(())
    }

    fn limits(&self, stop: &Stop) -> Limits {
        Limits { deadline: START_DEADLINE.min(stop.left()), grace: self.grace }
    }

    /// Makes a server that takes a dump of so many tables, and waits until it answers.
    ///
    /// # Errors
    /// [`ServerError`]; nothing is left.
    pub async fn open(
        &self,
        programs: &Programs,
        tables: usize,
        trust: &Trust,
        stop: &Stop,
    ) -> Result<Server, ServerError> {
        let scratch = self.take(stop).await?;
        let user = format!("ballast_proof_{:016x}", RandomState::new().build_hasher().finish());
        let data = scratch.path().join("data");
        let initdb = Command::new(programs.of("initdb"))
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username"])
            .arg(&user)
            .args(programs.initdb_options())
            .arg("--pgdata")
            .arg(&data)
            // It would look for the machine's own among hundreds.
            .env("TZ", "UTC")
            .working_in(scratch.path());
        let made = initdb.output(self.limits(stop), stop.shutdown().requested(), MAX_SAID_BYTES);
        made.await.map_err(|error| refused(error, stop))?;

        let locks = 64 + tables.saturating_mul(LOCKS_PER_TABLE) / LOCKING_PROCESSES;
        let mut postgres = Command::new(programs.of("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(scratch.path())
            .args(["-c", &format!("max_locks_per_transaction={locks}")])
            .env("TZ", "UTC")
            .working_in(scratch.path());
        for setting in SETTINGS {
            postgres = postgres.args(["-c", setting]);
        }
        let service = postgres.start().map_err(|_| ServerError::NotStarted)?;
        let mut server = Server { service, scratch, user, trust: trust.clone() };
        match stop.unless(server.answers()).await {
            Ok(Ok(())) => Ok(server),
            Ok(Err(error)) => {
                server.close().await;
                Err(error)
            }
            Err(ended) => {
                server.close().await;
                Err(ended.into())
            }
        }
    }

    /// The folder, once nobody else has it: another program may make proofs in the same one.
    async fn take(&self, stop: &Stop) -> Result<Scratch, ServerError> {
        loop {
            let folder = self.folder.clone();
            let taking = tokio::task::spawn_blocking(move || Scratch::take(&folder, NAME));
            match taking.await.map_err(|_| ServerError::NotStarted)? {
                Err(ScratchError::Lock(LockError::Held { .. })) => {
                    stop.unless(tokio::time::sleep(LOCK_POLL)).await?;
                }
                taken => return Ok(taken?),
            }
        }
    }
}

impl Server {
    /// A connection string of its superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> PostgresUrl {
        PostgresUrl::of_socket(&self.scratch.path().to_string_lossy(), &self.user, database)
    }

    /// Makes a folder in its own, for a tablespace.
    ///
    /// # Errors
    /// [`ServerError::Folder`], [`ServerError::DiskFull`].
    pub fn make_folder(&self, name: &str) -> Result<PathBuf, ServerError> {
        self.scratch.make(name).map_err(|error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ServerError::DiskFull,
            _ => ServerError::Folder(error),
        })
    }

    /// A connection of its superuser.
    ///
    /// # Errors
    /// Why it does not answer.
    pub async fn session(&self, database: &str, stop: &Stop) -> Result<Session, ServerError> {
        let url = self.url(database);
        let deadline = CONNECT_DEADLINE.min(stop.left());
        let connected = Session::connect(&url, &self.trust, "backup", deadline).await;
        connected.map_err(ServerError::Postgres)
    }

    async fn answers(&mut self) -> Result<(), ServerError> {
        let (begun, url) = (Instant::now(), self.url("postgres"));
        loop {
            let failure =
                match Session::connect(&url, &self.trust, "backup", CONNECT_DEADLINE).await {
                    Ok(_) => return Ok(()),
                    Err(code) => ServerError::Postgres(code),
                };
            if self.service.ended().is_some() || begun.elapsed() > START_DEADLINE {
                return Err(self.judge().unwrap_or(failure));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// What is really wrong, where something is: a disk that is full ends the server, and a client
    /// sees no more of it than that.
    #[must_use]
    pub fn judge(&mut self) -> Option<ServerError> {
        let ended = self.service.ended().map(|end| ServerError::Ended { end });
        code_of(&self.service.said()).or(ended)
    }

    /// Ends it and removes its folder.
    pub async fn close(self) {
        let Self { service, scratch, .. } = self;
        service.end(Signal::QUIT, GRACE).await;
        let removing = tokio::task::spawn_blocking(move || drop(scratch));
        // Its own log tells what went wrong.
        let _ = removing.await;
    }
}

/// What `initdb` says.
fn refused(error: ChildError<io::Error>, stop: &Stop) -> ServerError {
    match (error, stop.reason()) {
        (ChildError::Stopped { .. } | ChildError::Deadline { .. }, Some(ended)) => ended.into(),
        (ChildError::Failed { end, stderr, .. }, _) => {
            code_of(&stderr).unwrap_or(ServerError::Ended { end })
        }
        _ => ServerError::NotStarted,
    }
}

fn code_of(stderr: &Stderr) -> Option<ServerError> {
    if stderr.contains("could not look up effective user") {
        return Some(ServerError::NoUserName);
    }
    if stderr.contains("cannot be run as root") {
        return Some(ServerError::Root);
    }
    known::is_of_a_full_disk(stderr).then_some(ServerError::DiskFull)
}
