//! One backup, from the lock to the retention.

use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use domain::backup::{BackupRecord, BackupType, DumpFacts, backup_id};
use domain::retention;
use domain::reuse::Reuse;
use platform::clock::Clock;
use platform::shutdown::Shutdown;

use crate::attempt::Attempt;
use crate::code::Code;
use crate::config::Config;
use crate::failure::Failure;
use crate::release;
use crate::stop::Stop;
use crate::store::adopt::{self, Terms};
use crate::store::{Store, housekeeping, prune, rebuild};

const ID_PAUSE: Duration = Duration::from_millis(50);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// Type of backup.
    pub backup_type: BackupType,
    /// Which existing backup would do.
    pub reuse: Reuse,
}

/// Makes a backup, or finds one that serves.
///
/// # Errors
/// [`Failure`]; there is no new backup then, and a record says so where one was tried.
pub async fn run(
    config: &Config,
    order: &Order,
    clock: &dyn Clock,
    shutdown: &Shutdown,
) -> Result<BackupRecord, Failure> {
    let stop = Stop::after(config.timeout, shutdown.clone());
    let store = Store::new(&config.folder);
    store.check()?;
    let _lock = store.lock(config.lock_wait, &stop).await?;
    let database = config.url.database.as_str();
    let terms = Terms { database: Some(database), retention: config.retention, clock, stop: &stop };
    housekeeping::remove_orphans(&store)?;
    // Whoever has lost the index may have put the dumps elsewhere.
    if !begin_index(&store, terms)? {
        housekeeping::remove_parts(&store, database, clock.now())?;
    }
    housekeeping::reconcile(&store)?;

    let (records, now) = (store.records()?, clock.now());
    if let Some(record) = order.reuse.find(&records, database, now) {
        tracing::info!(backup_id = record.backup_id, "a verified backup is there: none is made");
        return Ok(record.clone());
    }
    let begun = Instant::now();
    let created_at = free_time(&store, &records, database, order.backup_type, clock, &stop).await?;
    let facts = DumpFacts {
        created_at,
        backup_type: order.backup_type,
        folder: config.folder.clone(),
        database_name: database.to_owned(),
        pg_dump_version: String::new(),
        server_version: String::new(),
        artifact_id: release::of(config).await,
        size_bytes: 0,
        sha256: String::new(),
        retention: config.retention,
        encrypted: config.archive.recipients.is_some(),
        dump: None,
    };
    let mut attempt = Attempt { config, store: &store, clock, stop: &stop, begun, facts };
    match attempt.make(&records).await {
        Ok(record) => {
            keep_house(config, &store, &record, terms);
            Ok(record)
        }
        Err(failure) => {
            let failure = failure.or_ended(&stop);
            if failure.is_recorded() {
                let failed = BackupRecord::unproven(attempt.facts);
                let listed = store.change(|records| {
                    records.push(failed.failed(failure.code().as_str(), begun.elapsed()));
                    housekeeping::forget_old_failures(records, &store);
                });
                if let Err(unlisted) = listed {
                    unlisted.log("the failed backup could not be listed");
                }
            }
            Err(failure)
        }
    }
}

/// Where there is no index, it is made of the files that are there: an empty one would hide them from
/// `healthy`, and from the retention that the next success brings. Tells whether it was made.
fn begin_index(store: &Store, terms: Terms<'_>) -> Result<bool, Failure> {
    if store.index().symlink_metadata().is_ok() {
        return Ok(false);
    }
    let rebuilt = rebuild::rebuild(store, terms, Vec::new())?;
    if !rebuilt.backups.is_empty() {
        let backups = rebuilt.backups.len();
        tracing::warn!(backups, "there was no index: it was made of the files that are there");
    }
    Ok(true)
}

/// A second at which no other backup of this type was made: its id and its file are free.
async fn free_time(
    store: &Store,
    records: &[BackupRecord],
    database: &str,
    backup_type: BackupType,
    clock: &dyn Clock,
    stop: &Stop,
) -> Result<DateTime<Utc>, Failure> {
    loop {
        let time = clock.now().trunc_subsecs(0);
        if store.is_free(&backup_id(database, time, backup_type), records) {
            return Ok(time);
        }
        stop.unless(tokio::time::sleep(ID_PAUSE)).await?;
    }
}

/// After a success only: proves what is back, lists what the index missed, deletes what is past its retention. What
/// goes wrong here is told, and makes the new backup no worse.
fn keep_house(config: &Config, store: &Store, made: &BackupRecord, terms: Terms<'_>) {
    let readmitted = housekeeping::readmit(store, terms);
    let adopted = adopt::adopt(store, terms);
    let pruned = prune_unless_in_doubt(config, store, made, terms.clock.now());
    for failure in [readmitted.err(), adopted.err(), pruned.err()].into_iter().flatten() {
        failure.log("the folder could not be tidied");
    }
}

fn prune_unless_in_doubt(
    config: &Config,
    store: &Store,
    made: &BackupRecord,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let mut before = store.records()?;
    before.retain(|record| record.backup_id != made.backup_id);
    if retention::is_in_doubt(&before, now) {
        tracing::error!(
            error_code = Code::PRUNE_SKIPPED.as_str(),
            "every earlier backup is past its retention: nothing was deleted; is the clock right?"
        );
        return Ok(());
    }
    prune::prune(store, config.keep, now).map(drop)
}
