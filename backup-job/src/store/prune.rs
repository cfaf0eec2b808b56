//! Retention: deletes the backups that may go. Which they are, the data model decides; the newest
//! verified one of a database never is.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use domain::backup::BackupRecord;
use domain::retention;
use platform::atomic_file;

use super::{Store, housekeeping};
use crate::failure::Failure;

/// The backups that may be deleted at `now`, with their files where they have one. A file that
/// can't be looked at neither goes nor stands in for another, and one that is back is proven first.
///
/// # Errors
/// [`Failure::Index`].
pub fn expired(
    store: &Store,
    now: DateTime<Utc>,
) -> Result<Vec<(BackupRecord, Option<PathBuf>)>, Failure> {
    let mut records = housekeeping::as_they_are(&store.records()?, store);
    records.retain(|record| store.size_of(record).is_ok());
    let expired = retention::expired(&records, now).into_iter();
    let expired = expired.filter(|record| !housekeeping::is_back(record, store));
    Ok(expired.map(|record| (record.clone(), store.file_of(record))).collect())
}

/// Deletes them: the file first, then its entry. A crash between the two leaves an entry without a
/// file, which the next run finds; the other way round a file would be left that nobody deletes.
/// The caller holds the lock.
///
/// # Errors
/// [`Failure::Index`]; [`Failure::Delete`] for the first file that can't be deleted, after all
/// others have been.
pub fn prune(store: &Store, now: DateTime<Utc>) -> Result<Vec<PathBuf>, Failure> {
    let (mut gone, mut files, mut failure) = (Vec::new(), Vec::new(), None);
    for (record, file) in expired(store, now)? {
        // A file whose name this program would not have given is not touched, nor forgotten.
        let Some(path) = file else { continue };
        match atomic_file::remove(&path) {
            Ok(()) => {
                tracing::info!(backup_id = record.backup_id, "deleted: past its retention");
                gone.push(record.backup_id);
                files.push(path);
            }
            Err(source) => failure = failure.or(Some(Failure::Delete { path, source })),
        }
    }
    if !gone.is_empty() {
        store.change(|records| records.retain(|record| !gone.contains(&record.backup_id)))?;
    }
    failure.map_or(Ok(files), Err)
}
