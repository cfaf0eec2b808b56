//! The three records on disk that the programs meet in: their names, and how each is read and changed.

mod followed;
mod newest;
mod stamp;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::artifact::DeploymentArtifact;
use domain::backup::BackupRecord;
use domain::deployment::DeploymentEvent;
use domain::history::{History, JournalLine, SCHEMA_VERSION};

use crate::catalog::Catalog;
use crate::journal::{self, Fault, Journal, JournalError};

pub use followed::Followed;
pub use newest::Newest;
pub use stamp::Stamp;

/// The catalog of Deployment Artifacts in `STATE_DIR`.
#[must_use]
pub fn artifacts(state_dir: &Path) -> Catalog<DeploymentArtifact> {
    Catalog::new(state_dir.join("artifacts.json"), "artifacts")
}

/// The catalog of Backup Records in `BACKUP_DIR`.
#[must_use]
pub fn backups(backup_dir: &Path) -> Catalog<BackupRecord> {
    Catalog::new(backup_dir.join("backup_index.json"), "backups")
}

/// The lock of whoever deploys, in `STATE_DIR`: it guards what runs, not a record.
#[must_use]
pub fn deployment_lock(state_dir: &Path) -> PathBuf {
    state_dir.join("deploy.lock")
}

/// The journal of Deployment Events in `LOG_DIR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployments(PathBuf);

/// The journal as it was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// What its lines add up to.
    pub history: History,
    /// The lines that could not be read, to be reported.
    pub faults: Vec<Fault>,
}

impl Deployments {
    /// The journal in that folder.
    #[must_use]
    pub fn in_folder(log_dir: &Path) -> Self {
        Self(log_dir.join("deployments.log"))
    }

    /// Where the journal is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The history; before the first event it is empty.
    ///
    /// # Errors
    /// As [`journal::read`], but for a missing journal.
    pub fn read(&self) -> Result<Reading, JournalError> {
        match journal::read(&self.0, SCHEMA_VERSION) {
            Ok(journal) => Ok(Reading::of(journal)),
            Err(JournalError::Missing { .. }) => Ok(Reading::default()),
            Err(error) => Err(error),
        }
    }

    /// Lets `decide` see the history and appends the events that it answers with, all under one lock.
    /// They are also the answer of this call.
    ///
    /// # Errors
    /// As [`journal::update`].
    pub fn update(
        &self,
        now: DateTime<Utc>,
        decide: impl FnOnce(&History) -> Vec<DeploymentEvent>,
    ) -> Result<Vec<DeploymentEvent>, JournalError> {
        let lines = journal::update(&self.0, SCHEMA_VERSION, |journal| {
            let events = decide(&Reading::of(journal).history);
            events.into_iter().map(|event| JournalLine::new(event, now)).collect()
        })?;
        Ok(lines.into_iter().map(|line| line.event).collect())
    }
}

impl Reading {
    fn of(Journal { records, faults }: Journal<JournalLine>) -> Self {
        Self { history: History::from_lines(records), faults }
    }
}
