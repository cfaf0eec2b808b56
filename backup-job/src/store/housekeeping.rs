//! What a run sets right before and after its own work, under the lock: what a crash of an earlier
//! run left behind, and what has changed in the folder without the index.

use std::fs;
use std::path::Path;
use std::time::Duration;

use domain::backup::{BackupRecord, BackupStatus, DumpFacts, Part, Proof, parse_file_name};
use platform::atomic_file;
use platform::clock::Clock;

use super::Store;
use crate::archive::{ReadError, Sum};
use crate::code::Code;
use crate::dump::first_word;
use crate::failure::Failure;
use crate::proof::{ProofError, read};

/// So many records of failed backups are kept.
const MAX_FAILED: usize = 20;

/// What is wrong with a record whose file is away.
const MISSING: Code = Code::FILE_MISSING;

/// Removes the temporary files of runs that ended without cleaning up: whoever wrote them held the
/// lock that this run holds now.
///
/// # Errors
/// The folder can't be read, or a file not be removed.
pub fn remove_orphans(store: &Store) -> Result<(), Failure> {
    let folder = store.folder();
    let failed = |path: &Path, source| Failure::Delete { path: path.to_owned(), source };
    for orphan in atomic_file::orphans(folder).map_err(|source| failed(folder, source))? {
        atomic_file::remove(&orphan).map_err(|source| failed(&orphan, source))?;
        tracing::warn!(file = %orphan.display(), "removed what a killed run had left unfinished");
    }
    Ok(())
}

/// Makes the index say what is in the folder: an entry whose file is gone, or has another size, is
/// no backup any more.
///
/// # Errors
/// [`Failure::Index`].
pub fn reconcile(store: &Store) -> Result<(), Failure> {
    let listed = store.records()?;
    let real = as_they_are(&listed, store);
    if real == listed {
        return Ok(());
    }
    for record in real.iter().filter(|record| !listed.contains(record)) {
        let (backup_id, error_code) = (&record.backup_id, &record.error_code);
        tracing::error!(backup_id, error_code, "a backup of the index is not there as it was");
    }
    store.change(|records| {
        *records = real;
        forget_old_failures(records, store);
    })
}

/// The records as the folder bears them out.
#[must_use]
pub fn as_they_are(records: &[BackupRecord], store: &Store) -> Vec<BackupRecord> {
    let real = |record: &BackupRecord| {
        let error_code = match store.size_of(record) {
            _ if record.status == BackupStatus::Failed => return record.clone(),
            Ok(Some(size)) if size == record.size_bytes => return record.clone(),
            Ok(Some(_)) => Code::DAMAGED,
            Ok(None) => MISSING,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(backup_id = record.backup_id, error, "a backup can't be looked at");
                return record.clone();
            }
        };
        record.clone().failed(error_code.as_str(), Duration::from_millis(record.duration_ms))
    };
    records.iter().map(real).collect()
}

/// Whether the file of a record was away and is there again, in its size: a disk was not mounted,
/// or somebody has put it back. That it is what it was, only [`readmit`] can tell.
#[must_use]
pub fn is_back(record: &BackupRecord, store: &Store) -> bool {
    record.error_code.as_deref() == Some(MISSING.as_str()) && store.has_file_of(record)
}

/// Proves the files that are back, and makes their records good again, or says what they are now.
///
/// # Errors
/// [`Failure::Index`].
pub fn readmit(
    store: &Store,
    clock: &dyn Clock,
    stopped: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    for record in store.records()?.into_iter().filter(|record| is_back(record, store)) {
        let Some(path) = store.file_of(&record) else { continue };
        let took = Duration::from_millis(record.duration_ms);
        let written = Sum { size_bytes: record.size_bytes, sha256: record.sha256.clone() };
        let judged = match read::unchanged(&path, &written, None, stopped) {
            Ok(_) => record.proven(by_reading(clock), took),
            Err(ProofError::Stopped) => break,
            Err(error @ ProofError::File(ReadError::Unreadable(_))) => {
                let (backup_id, error_code) = (&record.backup_id, error.code().as_str());
                tracing::error!(backup_id, error_code, "a backup that is back can't be read");
                continue;
            }
            Err(error) => record.failed(error.code().as_str(), took),
        };
        let (backup_id, error_code) = (&judged.backup_id, &judged.error_code);
        tracing::warn!(backup_id, error_code, "the file of a backup is back, and was read");
        store.change(|records| {
            let listed = records.iter_mut().filter(|other| other.backup_id == judged.backup_id);
            listed.for_each(|other| other.clone_from(&judged));
        })?;
    }
    Ok(())
}

/// Lists the backups of `database` that bear a final name, but that the index doesn't know: a run
/// was killed between the two. Nothing is believed: each is proven by reading it.
///
/// # Errors
/// [`Failure::Index`], or the folder can't be read.
pub fn adopt(
    store: &Store,
    database: &str,
    retention: Duration,
    clock: &dyn Clock,
    stopped: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    let folder = store.folder();
    let unreadable = |source| Failure::Delete { path: folder.to_owned(), source };
    let known = store.records()?;
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let Some(named) = parse_file_name(&name.to_string_lossy(), database) else { continue };
        if named.part != Part::Dump {
            continue;
        }
        let facts = DumpFacts {
            created_at: named.created_at,
            backup_type: named.backup_type,
            folder: folder.to_owned(),
            database_name: database.to_owned(),
            pg_dump_version: String::new(),
            server_version: String::new(),
            artifact_id: None,
            size_bytes: 0,
            sha256: String::new(),
            retention,
            encrypted: named.encrypted,
            dump: None,
        };
        let record = BackupRecord::unproven(facts.clone());
        if known.iter().any(|other| other.backup_id == record.backup_id) {
            continue;
        }
        match prove(&record, facts, clock, stopped) {
            Ok(record) => {
                let (backup_id, verified) = (&record.backup_id, record.verified);
                tracing::warn!(backup_id, verified, "listed a backup that the index didn't know");
                store.change(|records| records.push(record.clone()))?;
            }
            Err(ProofError::Stopped) => break,
            Err(error) => {
                let (backup_id, error_code) = (&record.backup_id, error.code().as_str());
                tracing::error!(backup_id, error_code, "a backup can't be read: not listed");
            }
        }
    }
    Ok(())
}

/// The record of a file, verified or failed; an error only where it can't be told.
fn prove(
    record: &BackupRecord,
    facts: DumpFacts,
    clock: &dyn Clock,
    stopped: &dyn Fn() -> bool,
) -> Result<BackupRecord, ProofError> {
    match read::read(&record.file_path, None, stopped) {
        Ok((file, script)) => {
            let proven = BackupRecord::unproven(DumpFacts {
                pg_dump_version: first_word(&script.pg_dump_version),
                server_version: first_word(&script.server_version),
                size_bytes: file.size_bytes,
                sha256: file.sha256,
                ..facts
            });
            Ok(proven.proven(by_reading(clock), Duration::ZERO))
        }
        Err(error @ (ProofError::Stopped | ProofError::File(ReadError::Unreadable(_)))) => {
            Err(error)
        }
        Err(error) => {
            let size_bytes = fs::metadata(&record.file_path).map_or(0, |file| file.len());
            let damaged = BackupRecord::unproven(DumpFacts { size_bytes, ..facts });
            Ok(damaged.failed(error.code().as_str(), Duration::ZERO))
        }
    }
}

fn by_reading(clock: &dyn Clock) -> Proof {
    Proof { at: clock.now(), row_counts_checked: false, restore: None }
}

/// Keeps the newest records of failed backups, so that a database that is down for a year doesn't
/// fill the index. One that has a file stays: retention deletes both.
pub fn forget_old_failures(records: &mut Vec<BackupRecord>, store: &Store) {
    let fileless = |record: &BackupRecord| {
        record.status == BackupStatus::Failed && matches!(store.size_of(record), Ok(None))
    };
    let mut excess = records.iter().filter(|record| fileless(record)).count();
    excess = excess.saturating_sub(MAX_FAILED);
    records.retain(|record| {
        let goes = excess > 0 && fileless(record);
        excess -= usize::from(goes);
        !goes
    });
}
