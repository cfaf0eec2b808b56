//! Backups that are verified and not off-site yet: made before a deployment, whose gate does not
//! wait for the bucket, or while the bucket was not to be had.

use domain::backup::{BackupRecord, Part};
use platform::clock::Clock;
use platform::shutdown::Shutdown;

use super::{Offsite, copy};
use crate::failure::Failure;
use crate::store::Store;

/// So many backups are copied before whoever asks looks at the clock again.
const A_PASS: usize = 4;

/// Copies what is pending, the newest first, and tells how many backups it copied. The first that
/// fails ends the pass.
///
/// # Errors
/// [`Failure`]; what was copied before stays.
pub async fn catch_up(
    offsite: &Offsite,
    store: &Store,
    clock: &dyn Clock,
    shutdown: &Shutdown,
) -> Result<usize, Failure> {
    let mut pending = store.records()?;
    pending.retain(|record| is_pending(record, store));
    pending.sort_by_key(|record| std::cmp::Reverse(record.created_at));
    pending.truncate(A_PASS);
    for record in &pending {
        copy(offsite, store, record, clock, shutdown).await?;
    }
    Ok(pending.len())
}

/// Whether the backup could be off-site and is not.
#[must_use]
pub fn is_pending(record: &BackupRecord, store: &Store) -> bool {
    let is_there = |part| store.part_of(record, part).is_some_and(|path| path.is_file());
    record.is_good()
        && record.offsite_verified_at.is_none()
        && store.has_file_of(record)
        && [Part::Roles, Part::Manifest].into_iter().all(is_there)
}
