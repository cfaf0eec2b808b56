//! Backup Record: metadata of one database backup.

mod file_name;
mod manifest;
mod totals;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::quantity::megabytes;

pub use file_name::{Named, Part, backup_id, database_of, parse_file_name};
pub use manifest::{BackupManifest, Origin, TableRows};
pub use totals::{BackupTotals, NewestVerified};

/// A backup should be verified within this time of its creation (a rule of the entity).
pub const VERIFY_WITHIN: Duration = Duration::from_hours(24);

/// A pre-deployment backup of the same artifact that is this young serves another start as well.
pub const REUSE_WITHIN: Duration = Duration::from_mins(15);

/// The code of a record whose file is nowhere but in the off-site copy: nothing has failed.
pub const ONLY_OFFSITE: &str = "backup_only_offsite";

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
#[expect(clippy::struct_excessive_bools, reason = "they are attributes of the entity")]
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
    /// Whether the file, and the one of the roles, is encrypted to age recipients.
    #[serde(default)]
    pub encrypted: bool,
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
    /// How long the dump alone took, in milliseconds; `None` where nobody measured it.
    #[serde(default)]
    pub dump_ms: Option<u64>,
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
    /// Whether the file is encrypted.
    pub encrypted: bool,
    /// How long the dump took.
    pub dump: Option<Duration>,
}

/// What a proof has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the rows of every table were compared with the database's.
    pub row_counts_checked: bool,
    /// How long the restore took that was its proof; `None` where the file was read only.
    pub restore: Option<Duration>,
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
            file_path: facts.folder.join(Part::Dump.file_name(&backup_id, facts.encrypted)),
            backup_id,
            created_at: facts.created_at,
            backup_type: facts.backup_type,
            file_size_mb: megabytes(facts.size_bytes),
            database_name: facts.database_name,
            pg_dump_version: facts.pg_dump_version,
            compressed: true,
            encrypted: facts.encrypted,
            verified: false,
            verified_at: None,
            retention_until: facts.created_at + facts.retention,
            artifact_id: facts.artifact_id,
            size_bytes: facts.size_bytes,
            sha256: facts.sha256,
            status: BackupStatus::Complete,
            server_version: facts.server_version,
            duration_ms: 0,
            dump_ms: facts.dump.map(milliseconds),
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

    /// The record after its proof, whatever it was before: `took` is how long dump and proof took
    /// together. This is the only way to `verified: true`.
    #[must_use]
    pub fn proven(self, proof: Proof, took: Duration) -> Self {
        Self {
            verified: true,
            verified_at: Some(proof.at),
            status: BackupStatus::Complete,
            duration_ms: milliseconds(took),
            restore_ms: proof.restore.map(milliseconds).or(self.restore_ms),
            row_counts_checked: proof.row_counts_checked,
            error_code: None,
            ..self
        }
    }

    /// Whether the backup can be relied on.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.verified && self.status == BackupStatus::Complete
    }

    /// Whether there is no usable file, and none off-site that took its place.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.status == BackupStatus::Failed && !self.is_only_offsite()
    }

    /// Whether its file is nowhere but in the off-site copy.
    #[must_use]
    pub fn is_only_offsite(&self) -> bool {
        self.status == BackupStatus::Failed && self.error_code.as_deref() == Some(ONLY_OFFSITE)
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
