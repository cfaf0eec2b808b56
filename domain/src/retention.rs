//! Retention: which backups may be deleted. The newest verified backup of a database never may.

use chrono::{DateTime, Utc};

use crate::backup::{BackupRecord, newest_verified};
use crate::reuse::age;

/// The backups that may be deleted at `now`: past their `retention_until`, and neither the newest
/// verified one of their database nor the newest verified one that was not made in the future: a
/// clock that was ahead once must not cost what was made since. Without any verified backup of a
/// database nothing of it expires: an unproven file may be all there is.
#[must_use]
pub fn expired(records: &[BackupRecord], now: DateTime<Utc>) -> Vec<&BackupRecord> {
    records
        .iter()
        .filter(|record| record.retention_until <= now)
        .filter(|record| {
            let newest = |wanted: &dyn Fn(&BackupRecord) -> bool| {
                newest_verified(records, Some(&record.database_name), wanted)
            };
            let kept = [newest(&|_| true), newest(&|other| age(other, now).is_some())];
            let mut kept = kept.into_iter().flatten().peekable();
            kept.peek().is_some() && kept.all(|other| other.backup_id != record.backup_id)
        })
        .collect()
}

/// Whether `now` is so long after the newest of the backups made `before` that all of them have
/// expired at once. The clock may have jumped ahead, or nobody may have looked at failures for long:
/// both are worth a look before anything is deleted.
///
/// Where the backup before the newest had expired by then as well, backups are made as seldom as
/// that, and this is no news.
#[must_use]
pub fn is_in_doubt(before: &[BackupRecord], now: DateTime<Utc>) -> bool {
    let Some(newest) = newest_verified(before, None, |record| age(record, now).is_some()) else {
        return false;
    };
    let earlier = newest_verified(before, None, |record| record.created_at < newest.created_at);
    newest.retention_until <= now
        && earlier.is_none_or(|record| record.retention_until > newest.created_at)
}
