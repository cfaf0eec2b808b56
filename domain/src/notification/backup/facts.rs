//! What is told of backups.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::backup::{BackupRecord, BackupType};
use crate::notification::plain;

/// The longest name of a database, and the longest code, in characters.
const MAX_NAME: usize = 128;

/// The backup that is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its id.
    pub backup_id: String,
    /// What it was made for.
    pub backup_type: BackupType,
    /// The database.
    pub database_name: String,
    /// When it was made, or tried.
    pub created_at: DateTime<Utc>,
}

/// There is no backup where there should be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The newest failure.
    #[serde(flatten)]
    pub backup: Told,
    /// Why: a code of backup-job.
    pub error_code: Option<String>,
    /// How many have failed in a row.
    pub failures: u64,
    /// When the first of them was tried.
    pub failing_since: DateTime<Utc>,
    /// When the newest backup of the database was made that can be relied on.
    pub newest_verified_at: Option<DateTime<Utc>>,
}

/// There is a verified backup again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// That backup.
    #[serde(flatten)]
    pub backup: Told,
    /// How many failed before it.
    pub failures: u64,
    /// How long there was no newer one than the one before it, in seconds; `None` where it is the
    /// first.
    pub without_seconds: Option<u64>,
    /// How long it takes to restore, in milliseconds, where its proof was a restore.
    pub restore_ms: Option<u64>,
}

/// Nothing is known of a verified backup that is young enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// When the newest verified backup was made, as far as is known.
    pub newest_verified_at: Option<DateTime<Utc>>,
    /// How old it is, in seconds.
    pub age_seconds: Option<u64>,
    /// How old it may be, in seconds.
    pub max_age_seconds: u64,
    /// Why the index can't be read: `missing`, `unreadable`, `corrupt` or `newer`.
    pub error_code: Option<String>,
}

impl Told {
    pub(super) fn of(record: &BackupRecord) -> Self {
        Self {
            backup_id: plain(&record.backup_id, 2 * MAX_NAME),
            backup_type: record.backup_type,
            database_name: plain(&record.database_name, MAX_NAME),
            created_at: record.created_at,
        }
    }
}

/// A code, as it may be told.
pub(super) fn code(code: &str) -> String {
    plain(code, MAX_NAME)
}
