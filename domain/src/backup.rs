//! Backup Record: metadata of one database backup.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::quantity::megabytes;

/// A backup should be verified within this time of its creation (a rule of the entity).
pub const VERIFY_WITHIN: Duration = Duration::from_hours(24);

/// A pre-deployment backup of the same artifact that is this young serves another start as well.
pub const REUSE_WITHIN: Duration = Duration::from_mins(15);

/// Type of backup (`BackupRecord.backup_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupType {
    /// Made by the daily schedule.
    Scheduled,
    /// Made before a deployment.
    PreDeployment,
    /// Made by hand.
    Manual,
}

impl BackupType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Scheduled, Self::PreDeployment, Self::Manual];

    /// The word in JSON and in file names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::PreDeployment => "pre_deployment",
            Self::Manual => "manual",
        }
    }
}

/// Outcome of a backup (`BackupRecord.status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupStatus {
    /// The file is whole and in its place.
    Complete,
    /// There is no usable file.
    Failed,
}

/// Metadata of one backup, with all attributes of the entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupRecord {
    /// Unique identifier: database, time and type, as in the file's name.
    pub backup_id: String,
    /// When the backup was created.
    pub created_at: DateTime<Utc>,
    /// Type of backup.
    pub backup_type: BackupType,
    /// Where the file is.
    pub file_path: PathBuf,
    /// Size of the file in megabytes.
    pub file_size_mb: u64,
    /// The database.
    pub database_name: String,
    /// Version of the `pg_dump` that wrote it.
    pub pg_dump_version: String,
    /// Whether the file is compressed with gzip.
    pub compressed: bool,
    /// Whether the file was proven to hold the backup.
    pub verified: bool,
    /// When it was last proven.
    pub verified_at: Option<DateTime<Utc>>,
    /// The earliest moment at which it may be deleted.
    pub retention_until: DateTime<Utc>,
    /// The application's version at the time of the backup.
    pub artifact_id: Option<String>,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the file, as 64 hex digits.
    pub sha256: String,
    /// Outcome.
    pub status: BackupStatus,
    /// Version of the server.
    pub server_version: String,
    /// How long dump and proof took, in milliseconds.
    pub duration_ms: u64,
    /// How long restoring it into a throw-away server took, in milliseconds; `None` where it was not
    /// proven so.
    #[serde(default)]
    pub restore_ms: Option<u64>,
    /// Whether the proof compared the rows of every table with the database's.
    pub row_counts_checked: bool,
    /// Where the off-site copy is.
    pub offsite_uri: Option<String>,
    /// When the off-site copy was last read back and compared.
    pub offsite_verified_at: Option<DateTime<Utc>>,
    /// Why there is no usable file: a code of a closed set, where the status is failed.
    #[serde(default)]
    pub error_code: Option<String>,
}

/// What a dump left behind, before anything is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpFacts {
    /// When the dump began.
    pub created_at: DateTime<Utc>,
    /// Type of backup.
    pub backup_type: BackupType,
    /// The folder of the backups.
    pub folder: PathBuf,
    /// The database.
    pub database_name: String,
    /// Version of `pg_dump`.
    pub pg_dump_version: String,
    /// Version of the server.
    pub server_version: String,
    /// The application's version.
    pub artifact_id: Option<String>,
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// How long the backup may be wanted, from its creation.
    pub retention: Duration,
}

const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
const FILE_ENDING: &str = ".sql.gz";

/// The file's name without its ending, and the record's id: `DATABASE-YYYYMMDDTHHMMSSZ-TYPE`.
#[must_use]
pub fn backup_id(database: &str, created_at: DateTime<Utc>, backup_type: BackupType) -> String {
    // A database may be named with a slash or a quote; a file's name keeps to plain characters.
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let database: String = database.chars().map(plain).collect();
    format!("{database}-{}-{}", created_at.format(TIME_FORMAT), backup_type.as_str())
}

/// The file's name: the id and `.sql.gz`.
#[must_use]
pub fn file_name(backup_id: &str) -> String {
    format!("{backup_id}{FILE_ENDING}")
}

/// When and of which type the backup of `database` in a file of this name is. `None` for a name
/// that [`file_name`] would not have given it.
#[must_use]
pub fn parse_file_name(name: &str, database: &str) -> Option<(DateTime<Utc>, BackupType)> {
    let mut parts = name.strip_suffix(FILE_ENDING)?.rsplitn(3, '-');
    let (word, time) = (parts.next()?, parts.next()?);
    let backup_type = BackupType::ALL.into_iter().find(|known| known.as_str() == word)?;
    let created_at = NaiveDateTime::parse_from_str(time, TIME_FORMAT).ok()?.and_utc();
    (backup_id(database, created_at, backup_type) == name.strip_suffix(FILE_ENDING)?)
        .then_some((created_at, backup_type))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl BackupRecord {
    /// The record of a dump that is not yet proven: `retention_until` is `created_at` plus the
    /// retention, `verified` is false.
    #[must_use]
    pub fn unproven(facts: DumpFacts) -> Self {
        let backup_id = backup_id(&facts.database_name, facts.created_at, facts.backup_type);
        Self {
            file_path: facts.folder.join(file_name(&backup_id)),
            backup_id,
            created_at: facts.created_at,
            backup_type: facts.backup_type,
            file_size_mb: megabytes(facts.size_bytes),
            database_name: facts.database_name,
            pg_dump_version: facts.pg_dump_version,
            compressed: true,
            verified: false,
            verified_at: None,
            retention_until: facts.created_at + facts.retention,
            artifact_id: facts.artifact_id,
            size_bytes: facts.size_bytes,
            sha256: facts.sha256,
            status: BackupStatus::Complete,
            server_version: facts.server_version,
            duration_ms: 0,
            restore_ms: None,
            row_counts_checked: false,
            offsite_uri: None,
            offsite_verified_at: None,
            error_code: None,
        }
    }

    /// The record of a backup that can't be relied on, with the closed code that says why.
    #[must_use]
    pub fn failed(self, error_code: &str, took: Duration) -> Self {
        Self {
            verified: false,
            verified_at: None,
            status: BackupStatus::Failed,
            duration_ms: milliseconds(took),
            row_counts_checked: false,
            error_code: Some(error_code.to_owned()),
            ..self
        }
    }

    /// The record after its proof, whatever it was before. This is the only way to `verified: true`.
    #[must_use]
    pub fn proven(self, at: DateTime<Utc>, took: Duration, row_counts_checked: bool) -> Self {
        Self {
            verified: true,
            verified_at: Some(at),
            status: BackupStatus::Complete,
            duration_ms: milliseconds(took),
            row_counts_checked,
            error_code: None,
            ..self
        }
    }

    /// Whether the backup can be relied on.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.verified && self.status == BackupStatus::Complete
    }

    /// Whether the entity's rule is broken that a backup is verified within 24 hours.
    #[must_use]
    pub fn verification_overdue(&self, now: DateTime<Utc>) -> bool {
        self.status == BackupStatus::Complete
            && !self.verified
            && (now - self.created_at).to_std().is_ok_and(|age| age > VERIFY_WITHIN)
    }
}

/// The newest good backup of `database`, or of any database, among those that are `wanted`.
pub fn newest_verified<'a>(
    records: &'a [BackupRecord],
    database: Option<&str>,
    wanted: impl Fn(&BackupRecord) -> bool,
) -> Option<&'a BackupRecord> {
    records
        .iter()
        .filter(|record| record.is_good())
        .filter(|record| database.is_none_or(|name| record.database_name == name))
        .filter(|record| wanted(record))
        .max_by_key(|record| record.created_at)
}

/// The newest good pre-deployment backup that a deployment of `artifact_id`, begun at `started_at`,
/// can go back to: made since then, or so shortly before that it was not made again.
#[must_use]
pub fn pre_deployment<'a>(
    records: &'a [BackupRecord],
    artifact_id: &str,
    started_at: DateTime<Utc>,
) -> Option<&'a BackupRecord> {
    let reusable = |record: &BackupRecord| {
        let age = started_at - record.created_at;
        let of_artifact = record.artifact_id.as_deref() == Some(artifact_id);
        of_artifact && age.to_std().is_ok_and(|age| age <= REUSE_WITHIN)
    };
    newest_verified(records, None, |record| {
        let before_deployment = record.backup_type == BackupType::PreDeployment;
        before_deployment && (record.created_at >= started_at || reusable(record))
    })
}

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
        Self {
            verified: count(&|record| record.is_good()),
            unverified: count(&|record| {
                record.status == BackupStatus::Complete && !record.verified
            }),
            failed: count(&|record| record.status == BackupStatus::Failed),
            newest_verified: newest.map(|record| NewestVerified {
                created_at: record.created_at,
                size_bytes: record.size_bytes,
                duration_ms: record.duration_ms,
                restore_ms: record.restore_ms,
            }),
        }
    }
}
