//! One try at a backup: connect, dump, prove, publish.
//!
//! A file gets its final name only after it was read back and proven. Whatever goes wrong before,
//! the temporary file is removed, and what was there stays.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::backup::{
    BackupManifest, BackupRecord, DumpFacts, Origin, Part, Proof, backup_id, newest_verified,
};
use platform::atomic_file::Draft;
use platform::clock::Clock;
use platform::postgres::{Code, Session};

use crate::archive::Written;
use crate::config::Config;
use crate::dump::counts::Expected;
use crate::dump::snapshot::Snapshot;
use crate::dump::{DumpError, first_word, major, origin};
use crate::failure::Failure;
use crate::proof::restore::{self, Subject};
use crate::proof::{Method, ProofError, read, roles, room};
use crate::restore::psql::Source;
use crate::stop::Stop;
use crate::store::{Store, manifest};

const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);

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
        let pg_dump = self.compare_versions()?;
        let origin = origin::look(&mut session, stop).await?;
        self.check_proof(pg_dump, &origin, records).await?;

        let id =
            backup_id(&self.facts.database_name, self.facts.created_at, self.facts.backup_type);
        tracing::info!(backup_id = id, server_version = self.facts.server_version, "dumping");
        let with_passwords = origin::may_read_passwords(&mut session, stop).await?;
        let mut draft = self.store.draft(Part::Dump, &id, self.facts.encrypted)?;
        let dumping = Instant::now();
        let (written, expected) = self.dump(session, &mut draft).await?;
        self.facts.dump = Some(dumping.elapsed());
        let (roles, roles_written) = self.roles(&id, with_passwords).await?;
        draft.sync()?;
        roles.sync()?;
        let size_bytes = written.sum.size_bytes;
        tracing::info!(backup_id = id, size_bytes, "written: proving it");

        let tables = expected.iter().map(|expected| expected.listed.clone()).collect();
        let sha256 = written.sum.sha256.clone();
        let roles_sha256 = roles_written.sum.sha256.clone();
        let subject = Subject {
            dump: part(&draft, written),
            roles: part(&roles, roles_written),
            origin,
            expected: Arc::new(expected),
            major: pg_dump,
        };
        let restore = Box::pin(self.prove(&subject)).await?;
        self.facts.size_bytes = size_bytes;
        self.facts.sha256 = sha256;
        let proof = Proof { at: self.clock.now(), row_counts_checked: true, restore };
        let record = BackupRecord::unproven(self.facts.clone()).proven(proof, self.begun.elapsed());
        let manifest = BackupManifest {
            schema_version: manifest::SCHEMA_VERSION,
            backup: record,
            origin: subject.origin,
            tables,
            roles_sha256,
        };
        self.store.publish(draft, roles, &manifest)?;
        let record = manifest.backup;
        tracing::info!(backup_id = id, duration_ms = record.duration_ms, "verified and published");
        Ok(record)
    }

    /// Dumps the database as it is now, and counts its rows meanwhile.
    async fn dump(
        &self,
        session: Session,
        draft: &mut Draft,
    ) -> Result<(Written, Vec<Expected>), Failure> {
        let Config { url, trust, pg_dump, archive, table_lock_timeout, .. } = self.config;
        let stop = self.stop;
        let taking = Snapshot::take(session, *table_lock_timeout, stop);
        let mut snapshot = stop.unless(taking).await??;
        let file = draft.file().try_clone().map_err(DumpError::of_file)?;
        let snapshot_id = snapshot.id.clone();
        let both = tokio::try_join!(
            async { Ok(pg_dump.write((url, trust), &snapshot_id, (file, archive), stop).await?) },
            async { Ok::<_, Failure>(stop.unless(snapshot.count(stop)).await??) },
        );
        match both {
            Ok(both) => {
                snapshot.close(stop).await;
                Ok(both)
            }
            Err(failure) => {
                snapshot.abandon().await;
                Err(failure)
            }
        }
    }

    async fn roles(&self, id: &str, with_passwords: bool) -> Result<(Draft, Written), Failure> {
        let Config { url, trust, pg_dump, archive, .. } = self.config;
        let mut draft = self.store.draft(Part::Roles, id, self.facts.encrypted)?;
        let file = draft.file().try_clone().map_err(DumpError::of_file)?;
        let server = (url, trust);
        let written = pg_dump.write_roles(server, with_passwords, (file, archive), self.stop);
        Ok((draft, written.await?))
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

    /// The major version of `pg_dump`, which is not older than the server.
    fn compare_versions(&self) -> Result<u32, Failure> {
        let server = major(&self.facts.server_version).ok_or(Code::ProtocolError)?;
        let pg_dump = major(&self.facts.pg_dump_version).ok_or(DumpError::VersionUnknown)?;
        if pg_dump < server { Err(Failure::PgDumpTooOld { pg_dump, server }) } else { Ok(pg_dump) }
    }

    /// What can be known before anything is written: whether a restore can be tried here, and
    /// whether there is room for it and for the dump.
    ///
    /// A dump takes what the last backup took, doubled; without one, half of the database, indexes
    /// included: gzip takes its text to a third or less. A guess that is wrong ends in a full disk,
    /// which is a failure like any other; this one comes before the work.
    async fn check_proof(
        &self,
        pg_dump: u32,
        origin: &Origin,
        records: &[BackupRecord],
    ) -> Result<(), Failure> {
        let Config { url, workshop, verify, folder, .. } = self.config;
        if let Err(error) = workshop.clear().await {
            Failure::from(ProofError::from(error)).log("what a killed run left is still there");
        }
        let last = newest_verified(records, Some(&url.database), |_| true);
        let needed_bytes =
            last.map_or(origin.size_bytes / 2, |last| last.size_bytes.saturating_mul(2));
        let available_bytes = self.store.check()?.available_bytes;
        if available_bytes < needed_bytes {
            return Err(Failure::NoRoom { needed_bytes, available_bytes });
        }
        if *verify == Method::Restore {
            workshop.check(pg_dump, self.stop).await.map_err(ProofError::from)?;
            room::for_both(folder, needed_bytes, &workshop.folder, origin)?;
        }
        Ok(())
    }

    /// How long the restore took, where that is the proof.
    async fn prove(&self, subject: &Subject) -> Result<Option<Duration>, Failure> {
        let Config { trust, workshop, verify, .. } = self.config;
        let proven = match verify {
            Method::Restore => {
                Box::pin(restore::prove(workshop, subject, trust, self.stop)).await.map(Some)
            }
            Method::Read => self.read_back(subject).await.map(|()| None),
        };
        Ok(proven?)
    }

    async fn read_back(&self, subject: &Subject) -> Result<(), ProofError> {
        let (subject, stop) = (subject.clone(), self.stop.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let Subject { dump, roles, expected, .. } = &subject;
            roles::pass(&roles.source, &roles.written, &mut |_| Ok(()))?;
            let Source { path, key } = &dump.source;
            let stopped = || stop.reason().is_some();
            read::prove(path, &dump.written, key.as_ref(), expected, &stopped)
        });
        reading.await.unwrap_or(Err(ProofError::Stopped))
    }
}

fn part(draft: &Draft, written: Written) -> restore::Part {
    let source = Source { path: draft.path().to_owned(), key: written.key };
    restore::Part { source, written: written.sum }
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
