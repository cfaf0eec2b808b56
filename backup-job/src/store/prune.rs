//! Retention: deletes the backups that may go. Which they are, the data model decides; the newest
//! verified one of a database never is.
//!
//! A backup leaves the index first, then its dump, its roles and its manifest are deleted. Whatever
//! moment a crash chooses, the index names nothing that is not there: a dump that is not listed any
//! more is listed again by the next run, whose retention takes it anew, and what is left without a
//! dump the next run removes. The other way round a deleted backup would look like a lost one.

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use domain::backup::{BackupRecord, Part};
use domain::retention::{self, Fate, Keep};
use platform::atomic_file::{self, AtomicFileError};
use platform::catalog::CatalogError;

use super::{Store, housekeeping};
use crate::failure::Failure;

/// What becomes of each record at `now`. `None` for those that are left out of it: a file that can't
/// be looked at neither goes nor stands in for another, one that is back is proven first, and what
/// this program would not have named is not touched.
///
/// # Errors
/// [`Failure::Index`].
pub fn judge(
    store: &Store,
    keep: Keep,
    now: DateTime<Utc>,
) -> Result<Vec<(BackupRecord, Option<Fate>)>, Failure> {
    let records = housekeeping::as_they_are(&store.records()?, store);
    let (seen, hidden): (Vec<_>, Vec<_>) =
        records.into_iter().partition(|record| store.size_of(record).is_ok());
    let fates = retention::judge(&seen, keep, now);
    let fate_of = |record: &BackupRecord, fate: Fate| {
        let is_ours = store.file_of(record).is_some() && !housekeeping::is_back(record, store);
        (is_ours || !fate.goes()).then_some(fate)
    };
    let seen = seen.into_iter().zip(fates).map(|(record, fate)| {
        let fate = fate_of(&record, fate);
        (record, fate)
    });
    Ok(seen.chain(hidden.into_iter().map(|record| (record, None))).collect())
}

/// Deletes what goes, and tells the dumps. The caller holds the lock.
///
/// # Errors
/// [`Failure::Index`]; [`Failure::Delete`] for the first file that can't be deleted, after all
/// others have been.
pub fn prune(store: &Store, keep: Keep, now: DateTime<Utc>) -> Result<Vec<PathBuf>, Failure> {
    let judged = judge(store, keep, now)?.into_iter();
    let going = judged.filter(|(_, fate)| fate.is_some_and(Fate::goes)).map(|(record, _)| record);
    let going: Vec<BackupRecord> = going.collect();
    if going.is_empty() {
        return Ok(Vec::new());
    }
    match unlist(store, &going) {
        Ok(()) => {
            let (_, stay, outcome) = delete(store, going);
            if !stay.is_empty() {
                store.change(|records| records.extend(stay))?;
            }
            outcome
        }
        // On a full disk the index can be replaced only when something is gone.
        Err(failure) if is_full(&failure) => {
            let (gone, _, outcome) = delete(store, going);
            unlist(store, &gone)?;
            outcome
        }
        Err(failure) => Err(failure),
    }
}

fn unlist(store: &Store, going: &[BackupRecord]) -> Result<(), Failure> {
    let goes =
        |record: &BackupRecord| going.iter().any(|other| other.backup_id == record.backup_id);
    store.change(|records| records.retain(|record| !goes(record)))
}

/// What is gone, what has kept its dump, and the dumps that were deleted or the first failure.
type Deleted = (Vec<BackupRecord>, Vec<BackupRecord>, Result<Vec<PathBuf>, Failure>);

fn delete(store: &Store, going: Vec<BackupRecord>) -> Deleted {
    let (mut gone, mut stay, mut dumps, mut failure) = (Vec::new(), Vec::new(), Vec::new(), None);
    for record in going {
        match remove_parts(store, &record) {
            Ok(dump) => {
                tracing::info!(backup_id = record.backup_id, "deleted: past its retention");
                dumps.extend(dump);
                gone.push(record);
            }
            Err(error) => {
                failure = failure.or(Some(error));
                let left = if store.has_file_of(&record) { &mut stay } else { &mut gone };
                left.push(record);
            }
        }
    }
    (gone, stay, failure.map_or(Ok(dumps), Err))
}

/// In this order: without its dump, whoever finds the rest knows that it is one. The manifest is the
/// last, for it says which database the rest is of.
fn remove_parts(store: &Store, record: &BackupRecord) -> Result<Option<PathBuf>, Failure> {
    for part in [Part::Dump, Part::Roles, Part::Manifest] {
        let Some(path) = store.part_of(record, part) else { continue };
        atomic_file::remove(&path).map_err(|source| Failure::Delete { path, source })?;
    }
    Ok(store.file_of(record))
}

fn is_full(failure: &Failure) -> bool {
    let Failure::Index(CatalogError::Unwritable(AtomicFileError::Unwritable { source, .. })) =
        failure
    else {
        return false;
    };
    matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests;
