//! Outcomes of deployments: each is told once, across restarts of whoever tells.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::plain::plain;
use crate::deployment::{DeploymentEvent, EventStatus, EventType, Fields, Trigger};

/// How many outcomes are remembered.
pub const MAX_REMEMBERED: usize = 256;
/// An outcome that is first seen later than this after it came is told only by who remembers
/// earlier ones, and knows by that that nobody told it.
pub const NEWS_FOR: TimeDelta = TimeDelta::minutes(15);
/// Nobody tells of what is older.
const EVER_NEWS_FOR: TimeDelta = TimeDelta::hours(12);

/// The longest name of an artifact or a person, in characters.
const MAX_NAME: usize = 128;
/// The longest reason, in characters.
const MAX_REASON: usize = 500;

/// How a deployment ended.
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
}

/// The outcomes that nobody needs to be told again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Whether outcomes have been looked at before.
    begun: bool,
    /// Every outcome up to this moment is known.
    until: Option<DateTime<Utc>>,
    /// The known ones after that, oldest first.
    known: Vec<Known>,
}

/// One outcome of one event: one that failed may be rolled back yet, which is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    event_id: Uuid,
    status: EventStatus,
    at: DateTime<Utc>,
}

impl Outcomes {
    /// The outcomes among `events` that are news, oldest first. From then on they are known.
    #[must_use]
    pub fn news<'a>(
        &mut self,
        events: impl IntoIterator<Item = &'a DeploymentEvent>,
        now: DateTime<Utc>,
    ) -> Vec<Concluded> {
        let lasts = if self.begun { EVER_NEWS_FOR } else { NEWS_FOR };
        self.begun = true;
        let ended = events.into_iter().map(DeploymentEvent::fields).filter_map(|event| {
            let Fields { event_id, status, completed_at, .. } = *event;
            Some((Known { event_id, status, at: completed_at? }, event))
        });
        let mut fresh: Vec<_> = ended.filter(|(known, _)| self.is_fresh(known, now)).collect();
        fresh.sort_by_key(|(known, _)| known.at);
        self.remember(fresh.iter().map(|(known, _)| *known));
        let is_news = |known: &Known| now - known.at <= lasts;
        fresh
            .into_iter()
            .filter(|(known, _)| is_news(known))
            .map(|(_, event)| event.into())
            .collect()
    }

    fn is_fresh(&self, outcome: &Known, now: DateTime<Utc>) -> bool {
        let same =
            |known: &Known| (known.event_id, known.status) == (outcome.event_id, outcome.status);
        let is_recent = now - outcome.at <= EVER_NEWS_FOR;
        is_recent
            && self.until.is_none_or(|until| outcome.at > until)
            && !self.known.iter().any(same)
    }

    fn remember(&mut self, outcomes: impl Iterator<Item = Known>) {
        self.known.extend(outcomes);
        self.known.sort_by_key(|known| known.at);
        let too_many = self.known.len().saturating_sub(MAX_REMEMBERED);
        if let Some(newest) = self.known.drain(..too_many).next_back() {
            self.until = Some(newest.at);
        }
    }
}

impl From<&Fields> for Concluded {
    fn from(event: &Fields) -> Self {
        let name = |text: &str| plain(text, MAX_NAME);
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
            error_message: event.error_message.as_deref().map(|text| plain(text, MAX_REASON)),
            backup_created: event.backup_created,
        }
    }
}

#[cfg(test)]
mod tests;
