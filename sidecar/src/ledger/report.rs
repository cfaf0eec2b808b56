//! What `/deployments` and `/backups` answer.

use chrono::{DateTime, Utc};
use domain::artifact::DeploymentArtifact;
use domain::backup::BackupRecord;
use domain::deployment::DeploymentEvent;
use serde::Serialize;

use super::{Books, Shelf};

/// The newest Deployment Events, and the Deployment Artifacts.
#[derive(Debug, Clone, Serialize)]
pub struct DeploymentsReport {
    /// When the journal was last read.
    pub read_at: Option<DateTime<Utc>>,
    /// Why it can't be read now; what was read before is still shown.
    pub error_code: Option<&'static str>,
    /// How many events there are.
    pub total: usize,
    /// How many lines of the journal could not be read.
    pub faults: usize,
    /// The newest events, newest first.
    pub deployments: Vec<DeploymentEvent>,
    /// The artifacts.
    pub artifacts: ArtifactsReport,
}

/// The Deployment Artifacts.
#[derive(Debug, Clone, Serialize)]
pub struct ArtifactsReport {
    /// When `artifacts.json` was last read.
    pub read_at: Option<DateTime<Utc>>,
    /// Why it can't be read now; what was read before is still shown.
    pub error_code: Option<&'static str>,
    /// How many artifacts there are.
    pub total: usize,
    /// The artifacts, the newest first that became known.
    pub artifacts: Vec<DeploymentArtifact>,
}

/// The newest Backup Records.
#[derive(Debug, Clone, Serialize)]
pub struct BackupsReport {
    /// When `backup_index.json` was last read.
    pub read_at: Option<DateTime<Utc>>,
    /// Why it can't be read now; what was read before is still shown.
    pub error_code: Option<&'static str>,
    /// How many backups there are.
    pub total: usize,
    /// The newest backups, newest first.
    pub backups: Vec<BackupRecord>,
}

impl DeploymentsReport {
    pub(super) fn of(books: &Books) -> Self {
        let Shelf { records, total, read_at, error_code } = books.deployments.clone();
        Self {
            read_at,
            error_code,
            total,
            faults: books.journal_faults,
            deployments: records,
            artifacts: ArtifactsReport::of(books.artifacts.clone()),
        }
    }
}

impl ArtifactsReport {
    fn of(shelf: Shelf<DeploymentArtifact>) -> Self {
        let Shelf { records, total, read_at, error_code } = shelf;
        Self { read_at, error_code, total, artifacts: records }
    }
}

impl BackupsReport {
    pub(super) fn of(books: &Books) -> Self {
        let Shelf { records, total, read_at, error_code } = books.backups.clone();
        Self { read_at, error_code, total, backups: records }
    }
}
