//! The records that deploy writes: the journal of events, and the catalog of artifacts.

use std::path::Path;

use chrono::{DateTime, Utc};
use domain::artifact::{Artifacts, ArtifactsError, DeploymentArtifact};
use domain::backup::BackupRecord;
use domain::deployment::DeploymentEvent;
use domain::history::History;
use platform::catalog::{Catalog, CatalogError};
use platform::clock::{Clock, SystemClock};
use platform::exit::ExitCode;
use platform::journal::JournalError;
use platform::lock::LockError;
use platform::records::{self, Deployments, Followed};

use crate::docker::Folders;

/// A record that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("the deployment journal cannot be used")]
    Journal(#[from] JournalError),
    #[error("the catalog of artifacts cannot be used")]
    Catalog(#[from] CatalogError),
    #[error("the catalog of artifacts contradicts itself")]
    Artifacts(#[from] ArtifactsError),
}

impl RecordError {
    pub(crate) const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Journal(JournalError::Lock(LockError::Held { .. }))
            | Self::Catalog(CatalogError::Lock(LockError::Held { .. })) => ExitCode::Locked,
            Self::Journal(_) | Self::Catalog(_) | Self::Artifacts(_) => ExitCode::Usage,
        }
    }
}

/// The records, read and written by one deploy at a time.
pub(crate) struct Books {
    journal: Followed,
    artifacts: Catalog<DeploymentArtifact>,
    backups: Option<Catalog<BackupRecord>>,
}

impl Books {
    /// Reads the journal.
    pub(crate) fn open(folders: &Folders) -> Result<Self, RecordError> {
        let journal = Deployments::in_folder(&folders.log).followed();
        let backups = folders.backups.as_deref().map(records::backups);
        let artifacts = records::artifacts(&folders.state);
        let mut books = Self { journal, artifacts, backups };
        books.read_on()?;
        Ok(books)
    }

    fn read_on(&mut self) -> Result<(), RecordError> {
        match self.journal.read_on(u64::MAX) {
            Ok(_) | Err(JournalError::Missing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for fault in self.journal.take_new_faults() {
            tracing::warn!(line = fault.line, "a line of deployments.log was passed over");
        }
        Ok(())
    }

    /// The Backup Records, where they can be read.
    pub(crate) fn backups(&self) -> Option<Vec<BackupRecord>> {
        self.backups.as_ref()?.read().ok()
    }

    /// What the journal says, as far as it matters.
    pub(crate) fn history(&self) -> History {
        self.journal.abridged().history()
    }

    /// The time that records bear.
    #[expect(clippy::unused_self, reason = "what is written has its time from here")]
    pub(crate) fn now(&self) -> DateTime<Utc> {
        SystemClock.now()
    }

    /// Adds the events, together or not at all.
    pub(crate) fn write(
        &mut self,
        events: impl IntoIterator<Item = DeploymentEvent>,
    ) -> Result<(), RecordError> {
        let events: Vec<_> = events.into_iter().collect();
        let now = self.now();
        if events.is_empty() {
            return Ok(());
        }
        self.journal.update(now, |_| events)?;
        self.read_on()
    }

    /// The known artifacts.
    pub(crate) fn artifacts(&self) -> Result<Artifacts, RecordError> {
        read(&self.artifacts)
    }

    /// Changes the known artifacts.
    pub(crate) fn change_artifacts(
        &self,
        change: impl FnOnce(&mut Artifacts),
    ) -> Result<(), RecordError> {
        self.artifacts.create()?;
        self.artifacts.update(|records| {
            let mut artifacts = Artifacts::try_from(std::mem::take(records))?;
            change(&mut artifacts);
            *records = artifacts.into();
            Ok::<(), RecordError>(())
        })
    }
}

/// The newest `most` deployments; before the first one there are none.
pub(crate) fn newest(log_dir: &Path, most: usize) -> Result<History, RecordError> {
    let newest = Deployments::in_folder(log_dir).newest(most)?;
    if newest.passed_over > 0 {
        tracing::warn!(lines = newest.passed_over, "lines of deployments.log were passed over");
    }
    Ok(newest.history)
}

/// The known artifacts; before the first deployment there are none.
pub(crate) fn artifacts(state_dir: &Path) -> Result<Artifacts, RecordError> {
    read(&records::artifacts(state_dir))
}

fn read(catalog: &Catalog<DeploymentArtifact>) -> Result<Artifacts, RecordError> {
    match catalog.read() {
        Ok(list) => Ok(list.try_into()?),
        Err(CatalogError::Missing { .. }) => Ok(Artifacts::default()),
        Err(error) => Err(error.into()),
    }
}
