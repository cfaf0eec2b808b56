//! The records on disk, as the programs in the stack wrote them. Nothing here writes.

use std::path::Path;

use domain::artifact::{Artifacts, ArtifactsError};
use domain::history::History;
use platform::catalog::CatalogError;
use platform::exit::ExitCode;
use platform::journal::JournalError;
use platform::lock::LockError;
use platform::records::{self, Deployments};

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
    match records::artifacts(state_dir).read() {
        Ok(list) => Ok(list.try_into()?),
        Err(CatalogError::Missing { .. }) => Ok(Artifacts::default()),
        Err(error) => Err(error.into()),
    }
}
