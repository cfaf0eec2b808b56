//! What is about to be replaced by what: written before anything that runs is touched, removed when all is
//! said and done. Whoever finds it under the lock knows that a deploy was killed in between.

use std::io;
use std::path::{Path, PathBuf};

use platform::atomic_file::{self, AtomicFileError, RECORD_MODE};
use platform::regular_file;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::docker::Release;

const FILE: &str = "rollout.json";
const MAX_BYTES: u64 = 64 * 1024;

/// A release, and the image that it is on this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Side {
    #[serde(flatten)]
    pub(crate) release: Release,
    pub(crate) image_id: String,
}

/// A rollout that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intent {
    /// Its Deployment Event.
    pub(crate) event_id: Uuid,
    /// What runs until now; `None` before the first deployment.
    pub(crate) from: Option<Side>,
    /// What is to run.
    pub(crate) to: Side,
    /// The containers of the application that were there before.
    pub(crate) former: Vec<String>,
}

/// The intent can't be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntentError {
    #[error("{} can't be read: move it away if no deploy is under way", path.display())]
    Unusable { path: PathBuf },
    #[error("what is about to be done can't be noted")]
    Unwritable(#[from] AtomicFileError),
    #[error("the note of what was done can't be removed")]
    Kept(#[source] io::Error),
}

fn path(state_dir: &Path) -> PathBuf {
    state_dir.join(FILE)
}

impl Intent {
    /// The one that a deploy has left, if there is any.
    pub(crate) fn left_in(state_dir: &Path) -> Result<Option<Self>, IntentError> {
        let path = path(state_dir);
        match regular_file::read(&path, MAX_BYTES) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(intent) => Ok(Some(intent)),
                Err(_) => Err(IntentError::Unusable { path }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(IntentError::Unusable { path }),
        }
    }

    /// Notes it.
    pub(crate) fn note(&self, state_dir: &Path) -> Result<(), IntentError> {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Ok(atomic_file::write(&path(state_dir), &bytes, RECORD_MODE)?)
    }

    /// Forgets whatever is noted.
    pub(crate) fn forget(state_dir: &Path) -> Result<(), IntentError> {
        atomic_file::remove(&path(state_dir)).map_err(IntentError::Kept)
    }
}

#[cfg(test)]
mod tests {
    use domain::version::DeploymentTag;

    use super::*;

    #[test]
    fn what_was_noted_is_found_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let side = |tag: &str| Side {
            release: Release {
                tag: DeploymentTag::parse(tag).unwrap(),
                image: format!("app:{tag}"),
            },
            image_id: "sha256:a".into(),
        };
        let (event_id, to) = (Uuid::from_u128(1), side("v2.0.0"));
        let intent = Intent { event_id, from: Some(side("v1.0.0")), to, former: vec!["c".into()] };
        assert_eq!(Intent::left_in(folder.path()).unwrap(), None);
        intent.note(folder.path()).unwrap();
        assert_eq!(Intent::left_in(folder.path()).unwrap(), Some(intent));
        Intent::forget(folder.path()).unwrap();
        Intent::forget(folder.path()).unwrap();
        assert_eq!(Intent::left_in(folder.path()).unwrap(), None);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test damages the file")]
    fn a_note_that_can_not_be_read_stays_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(matches!(Intent::left_in(folder.path()), Err(IntentError::Unusable { .. })));
        assert!(folder.path().join(FILE).exists());
    }
}
