//! What is told of the end of a deployment.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::plain::plain;
use crate::deployment::{EventStatus, EventType, Fields, Trigger};

/// The longest name of an artifact, a person or a backup, in characters.
const MAX_NAME: usize = 128;
/// The longest reason, in characters.
pub(super) const MAX_REASON: usize = 500;

/// How a deployment ended. What was kept by an earlier version of the program has no backup's id, and
/// knows of no migration and no rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concluded {
    /// The Deployment Event.
    pub event_id: Uuid,
    /// Type of operation.
    pub event_type: EventType,
    /// The outcome.
    pub status: EventStatus,
    /// The artifact.
    pub artifact_id: String,
    /// The artifact before it.
    pub previous_artifact_id: Option<String>,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// How long it took, in seconds.
    pub duration_seconds: Option<u64>,
    /// What initiated it.
    pub triggered_by: Trigger,
    /// Who did.
    pub operator: String,
    /// Why it failed.
    pub error_message: Option<String>,
    /// Whether a proven backup was made before it.
    pub backup_created: bool,
    /// That backup.
    #[serde(default)]
    pub backup_id: Option<String>,
    /// Whether database migrations ran. No rollback takes them back.
    #[serde(default)]
    pub migration_applied: bool,
    /// The automatic rollback that followed.
    #[serde(default)]
    pub rollback: Option<Box<Rollback>>,
}

/// The automatic rollback of a deployment that failed, an event of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    /// The Deployment Event of the rollback.
    pub event_id: Uuid,
    /// The artifact that was to come back.
    pub artifact_id: String,
    /// The outcome.
    pub status: EventStatus,
    /// How long it took, in seconds.
    pub duration_seconds: Option<u64>,
    /// Why it failed.
    pub error_message: Option<String>,
}

impl Concluded {
    pub(super) fn of(event: &Fields, rollback: Option<&Fields>) -> Self {
        Self {
            event_id: event.event_id,
            event_type: event.event_type,
            status: event.status,
            artifact_id: name(&event.artifact_id),
            previous_artifact_id: event.previous_artifact_id.as_deref().map(name),
            started_at: event.started_at,
            completed_at: event.completed_at,
            duration_seconds: event.duration_seconds,
            triggered_by: event.triggered_by,
            operator: name(&event.operator),
            error_message: event.error_message.as_deref().map(reason),
            backup_created: event.backup_created,
            backup_id: event.backup_id.as_deref().map(name),
            migration_applied: event.migration_applied,
            rollback: rollback.map(|rollback| Box::new(Rollback::of(rollback))),
        }
    }

    /// Whether what was to come back did not: nobody tries any more.
    #[must_use]
    pub fn rollback_failed(&self) -> bool {
        let own = self.event_type == EventType::Rollback && self.status == EventStatus::Failed;
        own || self.rollback.as_ref().is_some_and(|it| it.status == EventStatus::Failed)
    }
}

impl Rollback {
    fn of(event: &Fields) -> Self {
        Self {
            event_id: event.event_id,
            artifact_id: name(&event.artifact_id),
            status: event.status,
            duration_seconds: event.duration_seconds,
            error_message: event.error_message.as_deref().map(reason),
        }
    }
}

fn name(text: &str) -> String {
    plain(text, MAX_NAME)
}

fn reason(text: &str) -> String {
    plain(text, MAX_REASON)
}
