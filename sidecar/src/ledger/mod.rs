//! The records on disk, as they were last read, kept in memory for everybody who asks.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::artifact::DeploymentArtifact;
use domain::backup::BackupRecord;
use domain::deployment::DeploymentEvent;

/// One kind of record, newest first and bounded in number.
#[derive(Debug, Clone)]
pub struct Shelf<T> {
    /// The newest records.
    pub records: Vec<T>,
    /// How many there are on disk.
    pub total: usize,
    /// When they were last read; `None` before the first time.
    pub read_at: Option<DateTime<Utc>>,
    /// Why they can't be read now: `missing`, `unreadable`, `corrupt` or `newer`. What was read before
    /// stays.
    pub error_code: Option<&'static str>,
}

/// All three records.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Deployment Events.
    pub deployments: Shelf<DeploymentEvent>,
    /// Deployment Artifacts.
    pub artifacts: Shelf<DeploymentArtifact>,
    /// Backup Records.
    pub backups: Shelf<BackupRecord>,
}

/// The records as they were last read.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Arc<Books>>);

impl Ledger {
    /// The records as they were last read.
    #[must_use]
    pub fn books(&self) -> Arc<Books> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { records: Vec::new(), total: 0, read_at: None, error_code: None }
    }
}
