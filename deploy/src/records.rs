//! The records on disk, as the programs in the stack wrote them. Nothing here writes.

use std::path::Path;

use domain::artifact::{Artifacts, ArtifactsError, DeploymentArtifact};
use domain::history::{self, History, JournalLine};
use platform::catalog::{Catalog, CatalogError};
use platform::journal::{self, JournalError};

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

/// The history of deployments; before the first one it is empty.
pub(crate) fn history(log_dir: &Path) -> Result<History, RecordError> {
    match journal::read::<JournalLine>(&log_dir.join("deployments.log"), history::SCHEMA_VERSION) {
        Ok(journal) => {
            for fault in &journal.faults {
                tracing::warn!(line = fault.line, "a line of deployments.log was passed over");
            }
            Ok(History::from_lines(journal.records))
        }
        Err(JournalError::Missing { .. }) => Ok(History::default()),
        Err(error) => Err(error.into()),
    }
}

/// The known artifacts; before the first deployment there are none.
pub(crate) fn artifacts(state_dir: &Path) -> Result<Artifacts, RecordError> {
    let catalog = Catalog::<DeploymentArtifact>::new(state_dir.join("artifacts.json"), "artifacts");
    match catalog.read() {
        Ok(list) => Ok(list.try_into()?),
        Err(CatalogError::Missing { .. }) => Ok(Artifacts::default()),
        Err(error) => Err(error.into()),
    }
}
