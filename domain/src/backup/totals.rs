//! What the Backup Records of a catalog add up to.

use chrono::{DateTime, Utc};

use super::{BackupRecord, BackupStatus, newest_verified};

/// What all Backup Records of a catalog add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupTotals {
    /// How many can be relied on.
    pub verified: u64,
    /// How many have a file that is not proven.
    pub unverified: u64,
    /// How many have no usable file.
    pub failed: u64,
    /// The newest that can be relied on.
    pub newest_verified: Option<NewestVerified>,
    /// How many have failed since that one was made; all, where there is none.
    pub failed_since: u64,
    /// When the newest was tried that failed.
    pub newest_failed_at: Option<DateTime<Utc>>,
    /// When the newest good one was made whose off-site copy was read back.
    pub newest_offsite_at: Option<DateTime<Utc>>,
}

/// The newest backup that can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestVerified {
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// How long dump and proof took, in milliseconds.
    pub duration_ms: u64,
    /// How long restoring it took, in milliseconds, where that was its proof.
    pub restore_ms: Option<u64>,
}

impl BackupTotals {
    /// Counts them.
    #[must_use]
    pub fn of(records: &[BackupRecord]) -> Self {
        let count = |wanted: &dyn Fn(&&BackupRecord) -> bool| {
            u64::try_from(records.iter().filter(wanted).count()).unwrap_or(u64::MAX)
        };
        let newest = newest_verified(records, None, |_| true);
        let is_failed = |record: &&BackupRecord| record.has_failed();
        let is_later = |record: &BackupRecord| {
            newest.is_none_or(|newest| record.created_at > newest.created_at)
        };
        let offsite = newest_verified(records, None, |record| record.offsite_verified_at.is_some());
        Self {
            verified: count(&|record| record.is_good()),
            unverified: count(&|record| {
                record.status == BackupStatus::Complete && !record.verified
            }),
            failed: count(&is_failed),
            failed_since: count(&|record| is_failed(record) && is_later(record)),
            newest_failed_at: records
                .iter()
                .filter(is_failed)
                .map(|record| record.created_at)
                .max(),
            newest_offsite_at: offsite.map(|record| record.created_at),
            newest_verified: newest.map(|record| NewestVerified {
                created_at: record.created_at,
                size_bytes: record.size_bytes,
                duration_ms: record.duration_ms,
                restore_ms: record.restore_ms,
            }),
        }
    }
}
