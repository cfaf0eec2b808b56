//! The records on disk, as they were last read, kept in memory for everybody who asks.
//!
//! They are read on a thread of their own, each time that they change; a request never reads a file.
//! What can't be read now stays as it was read before, and is said to.

mod blocking;
mod journal;
mod report;
mod shelf;
mod watcher;

use std::sync::{Arc, Mutex, PoisonError};

use domain::abridged::DeploymentTotals;
use domain::artifact::DeploymentArtifact;
use domain::backup::{BackupRecord, BackupTotals};
use domain::deployment::DeploymentEvent;

pub(crate) use blocking::blocking;
pub(crate) use journal::{Journal, Summary};
pub use report::{ArtifactsReport, BackupsReport, DeploymentsReport};
pub use shelf::Shelf;
pub(crate) use watcher::Watcher;

/// All three records.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Deployment Events.
    pub deployments: Shelf<DeploymentEvent>,
    /// What all Deployment Events add up to, not only the newest.
    pub deployment_totals: DeploymentTotals,
    /// How many lines of the journal could not be read.
    pub journal_faults: usize,
    /// Deployment Artifacts.
    pub artifacts: Shelf<DeploymentArtifact>,
    /// Backup Records.
    pub backups: Shelf<BackupRecord>,
    /// What all Backup Records add up to, not only the newest.
    pub backup_totals: BackupTotals,
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

    /// What `/deployments` answers.
    #[must_use]
    pub fn deployments_report(&self) -> DeploymentsReport {
        DeploymentsReport::of(&self.books())
    }

    /// What `/backups` answers.
    #[must_use]
    pub fn backups_report(&self) -> BackupsReport {
        BackupsReport::of(&self.books())
    }

    fn put(&self, books: Books) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(books);
    }
}
