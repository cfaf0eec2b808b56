//! The records on disk, read and written on a thread of their own.

use chrono::{DateTime, Utc};
use domain::artifact::{Artifacts, ArtifactsError, DeploymentArtifact};
use domain::backup::{self, BackupRecord};
use domain::deployment::{DeploymentEvent, Fields, InProgress, Opener};
use domain::gate::Verdict;
use domain::history::History;
use platform::catalog::{Catalog, CatalogError};
use platform::journal::JournalError;
use platform::records;
use uuid::Uuid;

use super::artifact::{self, Arrived};
use crate::config::Conclusion;
use crate::ledger::{Journal, Summary, blocking};

/// The three records.
pub(super) struct Records {
    pub(super) journal: Journal,
    artifacts: Catalog<DeploymentArtifact>,
    backups: Catalog<BackupRecord>,
}

/// What the journal says, as far as it matters here. A journal that can't be used says nothing.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The revision of the journal that is seen here.
    pub(super) revision: Option<u64>,
    /// The open events of preflight.
    pub(super) open: Vec<InProgress>,
    /// The open events of `deploy`.
    pub(super) of_deploy: Vec<Uuid>,
    /// The artifact that should run now, unless `deploy` answers for it.
    pub(super) arrived: Option<Arrived>,
}

/// Why `artifacts.json` is as it was.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArtifactsFault {
    #[error("artifacts.json can't be used")]
    Catalog(#[from] CatalogError),
    #[error("artifacts.json contradicts itself")]
    Contradiction(#[from] ArtifactsError),
}

impl Records {
    pub(super) fn new(config: &Conclusion, journal: Journal) -> Self {
        Self {
            journal,
            artifacts: records::artifacts(&config.state_dir),
            backups: records::backups(&config.backup_dir),
        }
    }

    /// Ends the event as `verdict` says, unless somebody else has ended it.
    pub(super) async fn conclude(
        &self,
        event_id: Uuid,
        verdict: Verdict,
        now: DateTime<Utc>,
    ) -> Result<Vec<DeploymentEvent>, JournalError> {
        let backups = self.backups.clone();
        let decide = move |history: &History| {
            let open = history.in_progress().find(|open| open.fields().event_id == event_id);
            let ended = open.and_then(|open| {
                let backup_id = backup_before(&backups, open.fields());
                end(open.with_backup(backup_id), verdict, now)
            });
            ended.into_iter().collect()
        };
        self.journal.update(now, decide).await
    }

    /// Ends those of the events that are still open: the `deploy` that opened them is dead.
    pub(super) async fn close_interrupted(
        &self,
        event_ids: Vec<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Vec<DeploymentEvent>, JournalError> {
        let decide = move |history: &History| {
            let open = history.in_progress();
            let dead = open.filter(|open| event_ids.contains(&open.fields().event_id));
            dead.map(|open| open.interrupted(now).into()).collect()
        };
        self.journal.update(now, decide).await
    }

    /// Records `artifact` as the deployed one; false when that stands there already.
    pub(super) async fn deploy(
        &self,
        artifact: DeploymentArtifact,
    ) -> Result<bool, ArtifactsFault> {
        let catalog = self.artifacts.clone();
        blocking(move || {
            let known = match catalog.read() {
                Err(CatalogError::Missing { .. }) => {
                    catalog.create()?;
                    Artifacts::default()
                }
                known => known?.try_into()?,
            };
            if artifact::stands_in(&known, &artifact) {
                return Ok(false);
            }
            catalog.update(|records| {
                let mut artifacts = Artifacts::try_from(std::mem::take(records))?;
                if let Some(at) = artifact.deployed_at {
                    artifacts.deploy(artifact, at);
                }
                *records = artifacts.into();
                Ok(true)
            })
        })
        .await
    }
}

impl Seen {
    pub(super) fn of(summary: &Summary) -> Self {
        let history = &summary.history;
        let ours = |event: &Fields| event.opened_by == Opener::Preflight;
        let (open, of_deploy): (Vec<_>, Vec<_>) =
            history.in_progress().partition(|event| ours(event.fields()));
        let newest_is_ours = history.last_success().is_some_and(|event| ours(event.fields()));
        Self {
            open,
            of_deploy: of_deploy.iter().map(|event| event.fields().event_id).collect(),
            arrived: history.arrival().filter(|_| newest_is_ours).and_then(Arrived::from_history),
            ..Self::default()
        }
    }

    /// Whether no deployment is under way.
    pub(super) const fn nothing_is_open(&self) -> bool {
        self.open.is_empty() && self.of_deploy.is_empty()
    }
}

fn end(open: InProgress, verdict: Verdict, now: DateTime<Utc>) -> Option<DeploymentEvent> {
    match verdict {
        Verdict::Wait => None,
        Verdict::Pass => Some(open.succeed(now)),
        Verdict::Fail { reason, health_check_passed } => {
            Some(open.fail(now, reason, Some(health_check_passed)).into())
        }
    }
}

/// The proven backup from before the event's changes, where there is one.
fn backup_before(backups: &Catalog<BackupRecord>, event: &Fields) -> Option<String> {
    match backups.read() {
        Ok(records) => backup::pre_deployment(&records, &event.artifact_id, event.started_at)
            .map(|record| record.backup_id.clone()),
        Err(CatalogError::Missing { .. }) => None,
        Err(error) => {
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(error, "whether there is a backup can't be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::deployment::{EventType, Opening, Trigger};
    use platform::records::Deployments;

    use super::*;

    fn open(id: u128) -> InProgress {
        InProgress::open(Opening {
            event_id: Uuid::from_u128(id),
            event_type: EventType::Deploy,
            started_at: DateTime::UNIX_EPOCH,
            triggered_by: Trigger::Manual,
            operator: "root".into(),
            artifact_id: "v1.2.3".into(),
            previous_artifact_id: None,
            configuration_fingerprint: None,
            opened_by: Opener::Deploy,
        })
    }

    #[tokio::test]
    async fn what_deploy_has_ended_meanwhile_is_not_ended_again() {
        let folder = tempfile::tempdir().unwrap();
        let now = DateTime::UNIX_EPOCH;
        let deployments = Deployments::in_folder(folder.path());
        let events = || vec![open(1).into(), open(2).into(), open(3).into()];
        deployments.update(now, |_| events()).unwrap();
        let records = Records {
            journal: Journal::in_folder(folder.path()),
            artifacts: records::artifacts(folder.path()),
            backups: records::backups(folder.path()),
        };
        records.journal.look().await;
        deployments.update(now, |_| vec![open(1).succeed(now)]).unwrap();
        let dead = [1, 2].map(Uuid::from_u128).to_vec();
        let closed = records.close_interrupted(dead.clone(), now).await.unwrap();
        let ids: Vec<_> = closed.iter().map(|event| event.fields().event_id.as_u128()).collect();
        assert_eq!(ids, [2], "the third is not known to be dead");
        assert!(records.close_interrupted(dead, now).await.unwrap().is_empty());
    }
}
