//! One try at a backup: connect, dump, prove, publish.
//!
//! A file gets its final name only after it was read back and proven. Whatever goes wrong before,
//! the temporary file is removed, and what was there stays.

use std::time::{Duration, Instant};

use domain::backup::{BackupRecord, DumpFacts, backup_id, newest_verified};
use platform::atomic_file::Draft;
use platform::clock::Clock;
use platform::postgres::{Code, Session};

use crate::config::Config;
use crate::counts::Expected;
use crate::dump::{DumpError, major};
use crate::encode::Encoded;
use crate::failure::Failure;
use crate::housekeeping::first_word;
use crate::proof::{self, ProofError};
use crate::snapshot::Snapshot;
use crate::stop::Stop;
use crate::store::Store;

const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);
const HALF_THE_DATABASE: &str =
    "SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) / 2";

/// One try, and what is known of the backup so far.
pub struct Attempt<'a> {
    /// What is to be done.
    pub config: &'a Config,
    /// Where the backup goes.
    pub store: &'a Store,
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// When to end.
    pub stop: &'a Stop,
    /// When it began.
    pub begun: Instant,
    /// What is known of the backup so far.
    pub facts: DumpFacts,
}

impl Attempt<'_> {
    /// Makes the backup and lists it. `records` are those listed so far.
    ///
    /// # Errors
    /// [`Failure`]; no file is left, but one that was published and could not be listed, which
    /// the next run lists.
    pub async fn make(&mut self, records: &[BackupRecord]) -> Result<BackupRecord, Failure> {
        let (config, stop) = (self.config, self.stop);
        let mut session = stop.unless(self.connect()).await??;
        self.facts.server_version = first_word(session.server_version());
        self.facts.pg_dump_version = config.pg_dump.version(stop).await?;
        self.compare_versions()?;
        self.check_room(&mut session, records).await?;

        let id =
            backup_id(&self.facts.database_name, self.facts.created_at, self.facts.backup_type);
        tracing::info!(backup_id = id, server_version = self.facts.server_version, "dumping");
        let mut snapshot = stop.unless(Snapshot::take(session, stop)).await??;
        let mut draft = self.store.draft(&id)?;
        let file = draft.file().try_clone().map_err(DumpError::of_file)?;
        let snapshot_id = snapshot.id.clone();
        let both = tokio::try_join!(
            async {
                Ok(config
                    .pg_dump
                    .write(&config.url, &config.trust, &snapshot_id, file, stop)
                    .await?)
            },
            async { Ok::<_, Failure>(stop.unless(snapshot.count(stop)).await??) },
        );
        let (written, expected) = match both {
            Ok(both) => both,
            Err(failure) => {
                snapshot.abandon().await;
                return Err(failure);
            }
        };
        snapshot.close(stop).await;
        draft.sync()?;
        tracing::info!(backup_id = id, size_bytes = written.size_bytes, "written: reading it back");

        self.prove(&draft, &written, expected).await?;
        self.facts.size_bytes = written.size_bytes;
        self.facts.sha256 = written.sha256;
        let record = BackupRecord::unproven(self.facts.clone()).proven(
            self.clock.now(),
            self.begun.elapsed(),
            true,
        );
        draft.publish_new()?;
        self.store.change(|records| records.push(record.clone()))?;
        tracing::info!(backup_id = id, duration_ms = record.duration_ms, "verified and published");
        Ok(record)
    }

    /// Waits actively for a server that is starting; a wrong password gets no better by waiting.
    async fn connect(&self) -> Result<Session, Failure> {
        let Config { url, trust, .. } = self.config;
        let mut pause = FIRST_PAUSE;
        loop {
            let left = self.config.connect_timeout.saturating_sub(self.begun.elapsed());
            match Session::connect(url, trust, "backup", CONNECT_DEADLINE.min(left)).await {
                Ok(session) => return Ok(session),
                Err(code) if !passes(code) => return Err(Failure::Postgres(code)),
                Err(code) if self.begun.elapsed() + pause >= self.config.connect_timeout => {
                    return Err(Failure::PostgresLate(code));
                }
                Err(code) => {
                    tracing::debug!(error_code = code.as_str(), "PostgreSQL is not there yet");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    fn compare_versions(&self) -> Result<(), Failure> {
        let server = major(&self.facts.server_version).ok_or(Code::ProtocolError)?;
        let pg_dump = major(&self.facts.pg_dump_version).ok_or(DumpError::VersionUnknown)?;
        if pg_dump < server { Err(Failure::PgDumpTooOld { pg_dump, server }) } else { Ok(()) }
    }

    /// What the last backup took, doubled; without one, half of the database, indexes included:
    /// gzip takes its text to a third or less. A guess that is wrong ends in a full disk, which
    /// is a failure like any other; this one comes before the work.
    async fn check_room(
        &self,
        session: &mut Session,
        records: &[BackupRecord],
    ) -> Result<(), Failure> {
        let last = newest_verified(records, Some(&self.config.url.database), |_| true);
        let needed_bytes = if let Some(last) = last {
            last.size_bytes.saturating_mul(2)
        } else {
            let rows = session.rows(HALF_THE_DATABASE, self.stop.left()).await?;
            let size = rows.first().and_then(|row| row.first()?.as_deref()?.parse().ok());
            size.ok_or(Code::ProtocolError)?
        };
        let available_bytes = self.store.check()?.available_bytes;
        if available_bytes < needed_bytes {
            return Err(Failure::NoRoom { needed_bytes, available_bytes });
        }
        Ok(())
    }

    async fn prove(
        &self,
        draft: &Draft,
        written: &Encoded,
        expected: Vec<Expected>,
    ) -> Result<(), Failure> {
        let (path, written, stop) = (draft.path().to_owned(), written.clone(), self.stop.clone());
        let proving = tokio::task::spawn_blocking(move || {
            proof::prove(&path, &written, &expected, &|| stop.reason().is_some())
        });
        let proven = proving.await.unwrap_or(Err(ProofError::Stopped));
        proven.map_err(|error| match (error, self.stop.reason()) {
            (ProofError::Stopped, Some(ended)) => ended.into(),
            (error, _) => error.into(),
        })
    }
}

/// Whether a failure to connect may pass by itself while the stack starts.
const fn passes(code: Code) -> bool {
    matches!(
        code,
        Code::Refused
            | Code::Unreachable
            | Code::DnsFailed
            | Code::Timeout
            | Code::Closed
            | Code::StartingUp
            | Code::ShuttingDown
            | Code::TooManyConnections
    )
}
