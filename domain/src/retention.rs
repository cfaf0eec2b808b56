//! Retention: which backups may be deleted. The newest verified backup of a database never may.

use chrono::{DateTime, Utc};

use crate::backup::{BackupRecord, newest_verified};

/// The backups that may be deleted at `now`: past their `retention_until`, and not the newest verified
/// one of their database. Without any verified backup of a database nothing of it expires: an unproven
/// file may be all there is.
#[must_use]
pub fn expired(records: &[BackupRecord], now: DateTime<Utc>) -> Vec<&BackupRecord> {
    records
        .iter()
        .filter(|record| record.retention_until <= now)
        .filter(|record| {
            newest_verified(records, Some(&record.database_name), |_| true)
                .is_some_and(|newest| newest.backup_id != record.backup_id)
        })
        .collect()
}
