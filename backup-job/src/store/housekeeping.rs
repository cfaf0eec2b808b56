//! What a run sets right before and after its own work, under the lock: what a crash of an earlier
//! run left behind, and what has changed in the folder without the index.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::backup::{BackupRecord, BackupStatus, Part, newest_verified};
use platform::atomic_file;

use super::Store;
use super::adopt::{self, Terms};
use super::found::{self, Found};
use crate::archive::ReadError;
use crate::code::Code;
use crate::failure::Failure;
use crate::proof::ProofError;

/// So many records of failed backups are kept.
const MAX_FAILED: usize = 20;

/// Removes the temporary files of runs that ended without cleaning up: whoever wrote them held the
/// lock that this run holds now.
///
/// # Errors
/// The folder can't be read, or a file not be removed.
pub fn remove_orphans(store: &Store) -> Result<(), Failure> {
    let folder = store.folder();
    let unreadable = |source| Failure::Scan { path: folder.to_owned(), source };
    for orphan in atomic_file::orphans(folder).map_err(unreadable)? {
        remove(&orphan)?;
    }
    Ok(())
}

/// Removes the roles and the manifest of backups that have no dump: it gets its name last when a
/// backup is published, and loses it first when one is deleted.
///
/// A killed run leaves what is newer than all that is listed of its database, a killed `prune` what
/// is past its retention. What is neither may be all that is left of a backup whose dump somebody
/// has put elsewhere, and stays.
///
/// # Errors
/// [`Failure::Index`], [`Failure::Scan`], [`Failure::Delete`].
pub fn remove_parts(store: &Store, database: &str, now: DateTime<Utc>) -> Result<(), Failure> {
    let records = store.records()?;
    for found in found::unlisted(store, &records, Some(database))? {
        if found.dump().is_some() || !is_left_over(&found, &records, now) {
            continue;
        }
        let (documents, others): (Vec<_>, Vec<_>) =
            found.files.iter().partition(|(named, _)| named.part == Part::Manifest);
        // It says which database the others are of.
        for (_, path) in others.into_iter().chain(documents) {
            remove(path)?;
        }
    }
    Ok(())
}

fn is_left_over(found: &Found, records: &[BackupRecord], now: DateTime<Utc>) -> bool {
    // Of whom nobody knows which database they are may be a neighbour's.
    let Some(database) = found.database.as_deref() else { return false };
    let mut later = records.iter().filter(|record| record.database_name == database);
    let is_newest = !later.any(|record| record.created_at >= found.named.created_at);
    let manifest = found.manifest.as_ref().ok().and_then(Option::as_ref);
    let is_past = manifest.is_some_and(|manifest| manifest.backup.retention_until <= now);
    is_newest || (is_past && newest_verified(records, Some(database), |_| true).is_some())
}

fn remove(path: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::Delete { path: path.to_owned(), source };
    atomic_file::remove(path).map_err(failed)?;
    tracing::warn!(file = %path.display(), "removed what a killed run had left unfinished");
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
            Ok(None) if record.offsite_verified_at.is_some() => Code::ONLY_OFFSITE,
            Ok(None) => Code::FILE_MISSING,
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
    let away = [Code::FILE_MISSING, Code::ONLY_OFFSITE].map(Code::as_str);
    record.error_code.as_deref().is_some_and(|code| away.contains(&code))
        && store.has_file_of(record)
}

/// Proves the files that are back, and makes their records good again, or says what they are now.
///
/// # Errors
/// [`Failure::Index`].
pub fn readmit(store: &Store, terms: Terms<'_>) -> Result<(), Failure> {
    for record in store.records()?.into_iter().filter(|record| is_back(record, store)) {
        let Some(path) = store.file_of(&record) else { continue };
        let judged = match adopt::prove_again(store, &record, &path, terms) {
            Ok(Some(judged)) => judged,
            Ok(None) => continue,
            Err(ProofError::Stopped) => break,
            Err(error @ ProofError::File(ReadError::Unreadable(_))) => {
                let (backup_id, error_code) = (&record.backup_id, error.code().as_str());
                tracing::error!(backup_id, error_code, "a backup that is back can't be read");
                continue;
            }
            Err(error) => {
                let took = Duration::from_millis(record.duration_ms);
                record.failed(error.code().as_str(), took)
            }
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

/// Keeps the newest records of failed backups, so that a database that is down for a year doesn't
/// fill the index. One that has a file stays, or a copy: retention deletes both.
pub fn forget_old_failures(records: &mut Vec<BackupRecord>, store: &Store) {
    let fileless =
        |record: &BackupRecord| record.has_failed() && matches!(store.size_of(record), Ok(None));
    let mut excess = records.iter().filter(|record| fileless(record)).count();
    excess = excess.saturating_sub(MAX_FAILED);
    records.retain(|record| {
        let goes = excess > 0 && fileless(record);
        excess -= usize::from(goes);
        !goes
    });
}
