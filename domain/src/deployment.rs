//! Deployment Event: the audit record of one operation on the stack, and the only ways it can end.
//!
//! ```text
//! in_progress → success            (terminal)
//! in_progress → failed → rolled_back  (terminal)
//! ```
//! A transition is a method that takes the event by value and exists only on the state it leaves,
//! so an illegal one does not compile.

mod diagnosis;
mod undoing;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use diagnosis::{Diagnosis, HealthOutput};
pub use undoing::telling;

/// Type of operation (`DeploymentEvent.event_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// Another artifact goes out.
    Deploy,
    /// An earlier artifact comes back.
    Rollback,
    /// The same artifact with the same configuration, started anew.
    Restart,
    /// The same artifact with another configuration.
    ConfigUpdate,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Deploy, Self::Rollback, Self::Restart, Self::ConfigUpdate];

    /// The word that the JSON bears.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Restart => "restart",
            Self::ConfigUpdate => "config_update",
        }
    }
}

/// Who or what initiated the deployment (`DeploymentEvent.triggered_by`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A GitHub Actions workflow.
    GithubAction,
    /// A person.
    Manual,
    /// The stack itself.
    Automated,
}

/// Outcome (`DeploymentEvent.status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Not concluded.
    InProgress,
    /// The stack became healthy with the artifact.
    Success,
    /// It did not.
    Failed,
    /// It did not, and the previous artifact runs again.
    RolledBack,
}

impl EventStatus {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::InProgress, Self::Success, Self::Failed, Self::RolledBack];

    /// The word that the JSON bears.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// Which program opened the event; the same side concludes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opener {
    /// `preflight check --record` under a plain `docker compose up -d`; the sidecar concludes.
    Preflight,
    /// `deploy`, which concludes its own.
    Deploy,
}

/// What is known when an event is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Unique identifier.
    pub event_id: Uuid,
    /// Type of operation.
    pub event_type: EventType,
    /// When it starts.
    pub started_at: DateTime<Utc>,
    /// Who or what initiated it.
    pub triggered_by: Trigger,
    /// User name or system identifier.
    pub operator: String,
    /// The artifact that goes out.
    pub artifact_id: String,
    /// The artifact that it replaces.
    pub previous_artifact_id: Option<String>,
    /// Keyed fingerprint of the configuration; it reveals no value.
    pub configuration_fingerprint: Option<String>,
    /// The program that opens it.
    pub opened_by: Opener,
}

/// An audit record with all attributes of the entity. It is read through its fields' accessors and
/// changed only through [`DeploymentEvent::state`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct DeploymentEvent(Fields);

/// The record's attributes, as they stand in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// Unique identifier.
    pub event_id: Uuid,
    /// Type of operation.
    pub event_type: EventType,
    /// When the deployment started.
    pub started_at: DateTime<Utc>,
    /// When it was concluded.
    pub completed_at: Option<DateTime<Utc>>,
    /// Whole seconds from start to conclusion.
    pub duration_seconds: Option<u64>,
    /// Who or what initiated it.
    pub triggered_by: Trigger,
    /// User name or system identifier.
    pub operator: String,
    /// The artifact being deployed.
    pub artifact_id: String,
    /// The artifact being replaced.
    pub previous_artifact_id: Option<String>,
    /// The outcome.
    pub status: EventStatus,
    /// Why it failed, in fixed words and codes.
    pub error_message: Option<String>,
    /// Whether the stack was healthy after the deployment; `None` while it is not known.
    pub health_check_passed: Option<bool>,
    /// Whether a pre-deployment backup was created and proven.
    pub backup_created: bool,
    /// Whether database migrations ran.
    pub migration_applied: bool,
    /// Keyed fingerprint of the configuration.
    pub configuration_fingerprint: Option<String>,
    /// The program that opened the event.
    pub opened_by: Opener,
    /// The proven pre-deployment backup.
    #[serde(default)]
    pub backup_id: Option<String>,
    /// What the instance that failed had said, without any secret.
    #[serde(default)]
    pub diagnosis: Option<Diagnosis>,
}

/// A record that no sequence of transitions could have made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the deployment event's status, completion and error do not fit together")]
pub struct InconsistentEvent;

/// Where an event stands, with the transitions that lead on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventState {
    /// Open.
    InProgress(InProgress),
    /// Failed, and still to be rolled back or left.
    Failed(Failed),
    /// Success or rolled back: nothing leads on.
    Terminal(DeploymentEvent),
}

/// An open event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InProgress(Fields);

/// A failed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed(Fields);

impl DeploymentEvent {
    /// All attributes, to read.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.0
    }

    /// The event as the state it is in.
    #[must_use]
    pub fn state(self) -> EventState {
        match self.0.status {
            EventStatus::InProgress => EventState::InProgress(InProgress(self.0)),
            EventStatus::Failed => EventState::Failed(Failed(self.0)),
            EventStatus::Success | EventStatus::RolledBack => EventState::Terminal(self),
        }
    }
}

impl InProgress {
    /// Opens an event.
    #[must_use]
    pub fn open(opening: Opening) -> Self {
        Self(Fields {
            event_id: opening.event_id,
            event_type: opening.event_type,
            started_at: opening.started_at,
            completed_at: None,
            duration_seconds: None,
            triggered_by: opening.triggered_by,
            operator: opening.operator,
            artifact_id: opening.artifact_id,
            previous_artifact_id: opening.previous_artifact_id,
            status: EventStatus::InProgress,
            error_message: None,
            health_check_passed: None,
            backup_created: false,
            migration_applied: false,
            configuration_fingerprint: opening.configuration_fingerprint,
            opened_by: opening.opened_by,
            backup_id: None,
            diagnosis: None,
        })
    }

    /// All attributes, to read.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.0
    }

    /// Notes the proven pre-deployment backup, or that there is none.
    #[must_use]
    pub fn with_backup(mut self, backup_id: Option<String>) -> Self {
        self.0.backup_created = backup_id.is_some();
        self.0.backup_id = backup_id;
        self
    }

    /// Notes the keyed fingerprint of the configuration that goes out.
    #[must_use]
    pub fn with_fingerprint(mut self, fingerprint: String) -> Self {
        self.0.configuration_fingerprint = Some(fingerprint);
        self
    }

    /// Notes that database migrations ran.
    #[must_use]
    pub const fn with_migration_applied(mut self) -> Self {
        self.0.migration_applied = true;
        self
    }

    /// The stack is healthy with the artifact.
    #[must_use]
    pub fn succeed(self, at: DateTime<Utc>) -> DeploymentEvent {
        let mut fields = self.0.completed(at, EventStatus::Success);
        fields.health_check_passed = Some(true);
        DeploymentEvent(fields)
    }

    /// The program that opened it died before it could end it.
    #[must_use]
    pub fn interrupted(self, at: DateTime<Utc>) -> Failed {
        self.fail(at, "deploy was interrupted", None)
    }

    /// The deployment came to nothing. `error_message` is of fixed words and codes, with no value of
    /// the configuration; `health_check_passed` is `None` where nobody looked.
    #[must_use]
    pub fn fail(
        self,
        at: DateTime<Utc>,
        error_message: impl Into<String>,
        health_check_passed: Option<bool>,
    ) -> Failed {
        let mut fields = self.0.completed(at, EventStatus::Failed);
        fields.health_check_passed = health_check_passed;
        fields.error_message = Some(error_message.into());
        Failed(fields)
    }
}

impl Failed {
    /// All attributes, to read.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.0
    }

    /// Adds what the instance that failed had said.
    #[must_use]
    pub fn with_diagnosis(mut self, diagnosis: Diagnosis) -> Self {
        self.0.diagnosis = Some(diagnosis);
        self
    }

    /// Adds that the previous artifact did not come back, and why, in fixed words and codes.
    #[must_use]
    pub fn without_rollback(mut self, reason: &str) -> Self {
        let message = self.0.error_message.take().unwrap_or_default();
        self.0.error_message = Some(format!("{message}; not rolled back: {reason}"));
        self
    }

    /// The previous artifact runs again and the stack is healthy.
    #[must_use]
    pub fn rolled_back(self, at: DateTime<Utc>) -> DeploymentEvent {
        DeploymentEvent(self.0.completed(at, EventStatus::RolledBack))
    }
}

impl Fields {
    fn completed(mut self, at: DateTime<Utc>, status: EventStatus) -> Self {
        self.status = status;
        self.completed_at = Some(at);
        self.duration_seconds = Some((at - self.started_at).num_seconds().try_into().unwrap_or(0));
        self
    }

    fn is_consistent(&self) -> bool {
        let open = self.status == EventStatus::InProgress;
        let failed = matches!(self.status, EventStatus::Failed | EventStatus::RolledBack);
        let complete = self.completed_at.is_some() && self.duration_seconds.is_some();
        complete != open && self.error_message.is_some() == failed
    }
}

impl From<InProgress> for DeploymentEvent {
    fn from(event: InProgress) -> Self {
        Self(event.0)
    }
}

impl From<Failed> for DeploymentEvent {
    fn from(event: Failed) -> Self {
        Self(event.0)
    }
}

impl From<DeploymentEvent> for Fields {
    fn from(event: DeploymentEvent) -> Self {
        event.0
    }
}

impl TryFrom<Fields> for DeploymentEvent {
    type Error = InconsistentEvent;

    fn try_from(fields: Fields) -> Result<Self, InconsistentEvent> {
        if fields.is_consistent() { Ok(Self(fields)) } else { Err(InconsistentEvent) }
    }
}
