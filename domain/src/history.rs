//! The deployment history: what the journal's lines add up to, and what a start of the stack adds.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::deployment::{
    DeploymentEvent, EventState, EventStatus, EventType, Failed, Fields, InProgress, Opener,
    Opening, Trigger,
};

/// Version of the journal's line format that this code reads and writes.
pub const SCHEMA_VERSION: u64 = 1;

/// One line of `deployments.log`: the whole record at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Version of this format.
    pub schema_version: u64,
    /// When the line was written.
    pub recorded_at: DateTime<Utc>,
    /// The event, whole.
    #[serde(flatten)]
    pub event: DeploymentEvent,
}

impl JournalLine {
    /// The line that records `event` at `recorded_at`.
    #[must_use]
    pub fn new(event: impl Into<DeploymentEvent>, recorded_at: DateTime<Utc>) -> Self {
        Self { schema_version: SCHEMA_VERSION, recorded_at, event: event.into() }
    }
}

/// Deployment Events in the order in which they were opened; of each the newest record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(Vec<DeploymentEvent>);

impl History {
    /// Folds the journal: the last line of an `event_id` holds.
    #[must_use]
    pub fn from_lines(lines: impl IntoIterator<Item = JournalLine>) -> Self {
        let mut place: HashMap<Uuid, usize> = HashMap::new();
        let mut events: Vec<DeploymentEvent> = Vec::new();
        for JournalLine { event, .. } in lines {
            let id = event.fields().event_id;
            if let Some(&index) = place.get(&id) {
                events[index] = event;
            } else {
                place.insert(id, events.len());
                events.push(event);
            }
        }
        Self(events)
    }

    /// The history of these events, of each the newest record, in the order in which they were opened.
    #[must_use]
    pub fn from_events(events: impl IntoIterator<Item = DeploymentEvent>) -> Self {
        Self(events.into_iter().collect())
    }

    /// All events, oldest first.
    #[must_use]
    pub fn events(&self) -> &[DeploymentEvent] {
        &self.0
    }

    /// The open events, oldest first.
    pub fn in_progress(&self) -> impl Iterator<Item = InProgress> + '_ {
        self.0.iter().filter_map(|event| match event.clone().state() {
            EventState::InProgress(open) => Some(open),
            EventState::Failed(_) | EventState::Terminal(_) => None,
        })
    }

    /// The newest event that went well: what it deployed is what should run.
    #[must_use]
    pub fn last_success(&self) -> Option<&DeploymentEvent> {
        self.0.iter().rev().find(|event| event.fields().status == EventStatus::Success)
    }

    /// The event that brought the artifact that should run now: a deployment or a rollback. A change of
    /// configuration brings no artifact.
    #[must_use]
    pub fn arrival(&self) -> Option<Arrival<'_>> {
        let newest = self.last_success()?;
        let artifact = newest.fields().artifact_id.as_str();
        let brings = |event: &&DeploymentEvent| {
            matches!(event.fields().event_type, EventType::Deploy | EventType::Rollback)
        };
        let mut successes = self
            .0
            .iter()
            .rev()
            .filter(|event| event.fields().status == EventStatus::Success)
            .take_while(|event| event.fields().artifact_id == artifact);
        let event = successes.find(brings).unwrap_or(newest);
        let came_back = event.fields().event_type == EventType::Rollback;
        let before = event.fields().previous_artifact_id.as_deref();
        Some(Arrival { event, rollback_from: before.filter(|_| came_back) })
    }

    /// What a plain `docker compose up -d` of `start` has to record.
    ///
    /// Nothing when the newest event is a success of the same artifact and configuration, or when the
    /// same start is open already. Every other open event of preflight's is closed as failed: the stack
    /// that it waited for no longer exists.
    #[must_use]
    pub fn on_start(&self, start: &Start) -> Recording {
        let (already_open, superseded): (Vec<_>, Vec<_>) = self
            .in_progress()
            .filter(|event| event.fields().opened_by == Opener::Preflight)
            .partition(|event| start.is_of(event.fields()));
        let superseded: Vec<Failed> = superseded
            .into_iter()
            .map(|event| event.fail(start.at, "superseded: the stack was started anew", None))
            .collect();
        let opened = match self.event_type(start) {
            Some(event_type) if already_open.is_empty() => Some(self.open(start, event_type)),
            _ => None,
        };
        Recording { superseded, opened }
    }

    fn event_type(&self, start: &Start) -> Option<EventType> {
        let Some(newest) = self.0.last().map(DeploymentEvent::fields) else {
            return Some(EventType::Deploy);
        };
        let succeeded = |event: &Fields| event.status == EventStatus::Success;
        let of_artifact = |event: &Fields| event.artifact_id == start.artifact_id;
        let known = self.0.iter().map(DeploymentEvent::fields);
        let was_deployed = known.filter(|event| of_artifact(event)).any(succeeded);
        match (of_artifact(newest), was_deployed) {
            (true, true) if succeeded(newest) && start.is_of(newest) => None,
            (true, true) => Some(EventType::ConfigUpdate),
            (false, true) => Some(EventType::Rollback),
            (_, false) => Some(EventType::Deploy),
        }
    }

    /// The artifact that a start replaces: the one that was tried last, if it is another; else the one
    /// that was deployed last.
    fn replaced_by(&self, start: &Start) -> Option<String> {
        let newest = self.0.last().filter(|event| event.fields().artifact_id != start.artifact_id);
        newest.or(self.last_success()).map(|event| event.fields().artifact_id.clone())
    }

    fn open(&self, start: &Start, event_type: EventType) -> InProgress {
        InProgress::open(Opening {
            event_id: start.event_id,
            event_type,
            started_at: start.at,
            triggered_by: Trigger::Manual,
            operator: start.operator.clone(),
            artifact_id: start.artifact_id.clone(),
            previous_artifact_id: self.replaced_by(start),
            configuration_fingerprint: Some(start.configuration_fingerprint.clone()),
            opened_by: Opener::Preflight,
        })
    }
}

/// How the artifact that should run now came to be deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// The event that deployed it.
    pub event: &'a DeploymentEvent,
    /// The artifact that it came back from, in a rollback.
    pub rollback_from: Option<&'a str>,
}

/// A start of the stack, as preflight sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Identifier for the event, should one be opened.
    pub event_id: Uuid,
    /// Now.
    pub at: DateTime<Utc>,
    /// User name or system identifier.
    pub operator: String,
    /// The artifact that the configuration names.
    pub artifact_id: String,
    /// Keyed fingerprint of the configuration.
    pub configuration_fingerprint: String,
}

impl Start {
    fn is_of(&self, event: &Fields) -> bool {
        event.artifact_id == self.artifact_id
            && event.configuration_fingerprint.as_ref() == Some(&self.configuration_fingerprint)
    }
}

/// What a start adds to the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// Open events that the start put an end to.
    pub superseded: Vec<Failed>,
    /// The event of this start; `None` when nothing changes.
    pub opened: Option<InProgress>,
}
