//! What outlives a restart: what was told, and what still waits to be told.
//!
//! A notice is remembered as waiting until its channel has taken it, so that one may be told twice
//! when the sidecar is killed between the two, and none is lost: somebody who is woken twice by the
//! same notice, which bears the same number, is better off than somebody who is not woken.

use std::path::Path;

use domain::notification::{BackupMemory, Memory, Notice, Outcomes};
use platform::catalog::{Catalog, CatalogError};
use serde::{Deserialize, Serialize};

use crate::complaint::Complaint;
use crate::ledger::blocking;

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) status: Memory,
    pub(super) deployments: Outcomes,
    #[serde(default)]
    pub(super) backups: BackupMemory,
    pub(super) waiting: Vec<Waiting>,
}

/// A notice that a channel has not taken yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) channel: String,
    pub(super) notice: Notice,
}

/// `notifications.json` in `STATE_DIR`.
#[derive(Debug)]
pub(super) struct Store {
    catalog: Catalog<Remembered>,
    /// What can't be read is never replaced: then this life remembers only for itself.
    is_readable: bool,
    written: Option<Remembered>,
    complaint: Complaint,
}

const SUBJECT: &str = "notifications.json";

impl Store {
    /// The store, and what a former life remembered.
    pub(super) async fn open(state_dir: &Path) -> (Self, Remembered) {
        let catalog = Catalog::new(state_dir.join("notifications.json"), "notifications");
        let mut complaint = Complaint::default();
        let reader = catalog.clone();
        let (is_readable, remembered) = match blocking(move || reader.read()).await {
            Ok(records) => (true, records.into_iter().next()),
            Err(CatalogError::Missing { .. }) => (true, None),
            Err(error) => {
                complaint.make(SUBJECT, &error, "what was told before is not known");
                (false, None)
            }
        };
        let store = Self { catalog, is_readable, written: remembered.clone(), complaint };
        (store, remembered.unwrap_or_default())
    }

    /// Remembers, if anything is new. Where that fails the notices go out all the same, and it is
    /// tried again with the next change.
    pub(super) async fn keep(&mut self, remembered: Remembered) {
        if !self.is_readable || self.written.as_ref() == Some(&remembered) {
            return;
        }
        let catalog = self.catalog.clone();
        let record = remembered.clone();
        match blocking(move || replace(&catalog, record)).await {
            Ok(()) => {
                self.written = Some(remembered);
                self.complaint.settle(SUBJECT);
            }
            Err(error) => self.complaint.make(SUBJECT, &error, "what is told can't be remembered"),
        }
    }
}

fn replace(catalog: &Catalog<Remembered>, record: Remembered) -> Result<(), CatalogError> {
    catalog.create()?;
    catalog.update(|records| {
        *records = vec![record];
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::notification::{DeploymentRule, Moment};

    use super::*;

    fn wait<F: Future>(work: F) -> F::Output {
        platform::runtime::run(work).unwrap()
    }

    #[test]
    fn what_is_kept_is_there_in_the_next_life() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, before) = wait(Store::open(folder.path()));
        assert_eq!(before, Remembered::default());
        let mut rule = DeploymentRule::default();
        let begin = Moment { at: chrono::DateTime::UNIX_EPOCH, elapsed: Duration::ZERO };
        let _ = rule.observe(&[], None, begin);
        let remembered = Remembered { deployments: rule.memory().clone(), ..Remembered::default() };
        assert_ne!(remembered, Remembered::default());
        wait(store.keep(remembered.clone()));
        assert_eq!(wait(Store::open(folder.path())).1, remembered);
    }

    #[test]
    fn what_can_not_be_read_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notifications.json");
        for text in ["{", r#"{"schema_version":2,"notifications":[]}"#] {
            platform::atomic_file::write(&path, text.as_bytes(), 0o640).unwrap();
            let (mut store, _) = wait(Store::open(folder.path()));
            wait(store.keep(Remembered::default()));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
