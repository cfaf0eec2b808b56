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

/// Copies what is pending, the newest first, and tells how many backups it copied. A bucket that fails
/// ends the pass; what is wrong with one backup keeps no other from it.
///
/// # Errors
/// [`Failure`], the first; what was copied stays.
pub async fn catch_up(
    offsite: &Offsite,
    store: &Store,
    clock: &dyn Clock,
    shutdown: &Shutdown,
) -> Result<usize, Failure> {
    let mut pending = store.records()?;
    pending.retain(|record| is_pending(record, store));
    pending.sort_by_key(|record| std::cmp::Reverse(record.created_at));
    let (mut copied, mut first) = (0, None);
    for record in &pending {
        match copy(offsite, store, record, clock, shutdown).await {
            Ok(_) => copied += 1,
            Err(Failure::Offsite(error)) if error.is_of_one_backup() => {
                let (backup_id, error_code) = (&record.backup_id, error.code().as_str());
                tracing::error!(backup_id, error_code, "a backup can't be copied off-site");
                first = first.or(Some(error));
            }
            Err(failure) => return Err(failure),
        }
        if copied == A_PASS {
            break;
        }
    }
    first.map_or(Ok(copied), |error| Err(error.into()))
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
