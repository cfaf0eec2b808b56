//! The health gate: when an open deployment event has succeeded, and when it has failed.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::deployment::Fields;
use crate::health::{HealthStatus, OverallStatus};

/// How long the stack must be healthy, and how long it may take to get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Healthy without a break for this long means success.
    pub stable_for: Duration,
    /// Measured from the event's start.
    pub deadline: Duration,
}

/// What is seen of the stack at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// Now.
    pub now: DateTime<Utc>,
    /// Since when health has been watched at all.
    pub watching_since: DateTime<Utc>,
    /// The reported health.
    pub health: &'a HealthStatus,
    /// Since when the health has been `healthy` without a break.
    pub healthy_since: Option<DateTime<Utc>>,
    /// The artifact of the running service.
    pub running: Running<'a>,
}

/// What is known of the running service's artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running<'a> {
    /// The service says that it is this one.
    Artifact(&'a str),
    /// There is somebody to ask, who has not told: nothing is proven.
    NotTold,
    /// There is nobody to ask: health alone decides.
    NobodyToAsk,
}

/// The gate's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Ask again later.
    Wait,
    /// The event has succeeded.
    Pass,
    /// The event has failed, for this reason (fixed words and codes).
    Fail(String),
}

impl Gate {
    /// Judges an open event.
    ///
    /// Health from before the event's start does not count, nor does the health of another artifact:
    /// at a configuration change the old service may still answer for a moment. Nobody fails an event
    /// before having watched for twice the stable time: after a restart of the watcher the deadline
    /// may have passed unseen.
    #[must_use]
    pub fn judge(&self, event: &Fields, sight: Sight<'_>) -> Verdict {
        let elapsed = (sight.now - event.started_at).to_std().unwrap_or_default();
        let right_artifact = match sight.running {
            Running::Artifact(id) => id == event.artifact_id,
            Running::NotTold => false,
            Running::NobodyToAsk => true,
        };
        let stable = sight.healthy_since.is_some_and(|since| {
            let counted = sight.now - since.max(event.started_at);
            counted.to_std().is_ok_and(|duration| duration >= self.stable_for)
        });
        if stable && right_artifact && sight.health.overall_status == OverallStatus::Healthy {
            return Verdict::Pass;
        }
        let watched = (sight.now - sight.watching_since).to_std().unwrap_or_default();
        if elapsed < self.deadline || watched < self.stable_for * 2 {
            return Verdict::Wait;
        }
        let reason = match (&sight.health.error_message, sight.running) {
            (Some(error), _) => error.as_str(),
            (None, Running::NotTold) => "the running artifact is not known",
            (None, _) if !right_artifact => "another artifact is running",
            (None, _) => "not healthy for long enough",
        };
        Verdict::Fail(format!(
            "health gate: not stable within {} s: {reason}",
            self.deadline.as_secs()
        ))
    }
}
