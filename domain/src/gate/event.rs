//! The gate of an open deployment event: the health of the whole stack, as the sidecar reports it.

use std::time::Duration;

use crate::deployment::Fields;
use crate::health::{HealthStatus, OverallStatus};

/// How long the stack must be healthy, and how long it may take to get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Healthy without a break for this long means success.
    pub stable_for: Duration,
    /// Measured from the event's start, a pre-deployment backup included.
    pub deadline: Duration,
}

/// What is seen of the stack at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// How long the event has been open.
    pub open_for: Duration,
    /// How long health has been watched at all.
    pub watched_for: Duration,
    /// The reported health.
    pub health: &'a HealthStatus,
    /// How long the health has been `healthy` without a break; `None` while it is not.
    pub healthy_for: Option<Duration>,
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
    /// The event has failed.
    Fail {
        /// Why, in fixed words and codes.
        reason: String,
        /// Whether it was healthy all the same.
        health_check_passed: bool,
    },
}

impl Gate {
    /// Judges an open event.
    ///
    /// Health from before the event's start does not count, nor does the health of another artifact:
    /// at a configuration change the old service may still answer for a moment. Nobody fails an event
    /// before having watched for as long as the deadline: after a restart of the watcher it may have
    /// passed unseen.
    #[must_use]
    pub fn judge(&self, event: &Fields, sight: Sight<'_>) -> Verdict {
        let right_artifact = match sight.running {
            Running::Artifact(id) => id == event.artifact_id,
            Running::NotTold => false,
            Running::NobodyToAsk => true,
        };
        let healthy_for = sight.healthy_for.map(|duration| duration.min(sight.open_for));
        let stable = sight.health.overall_status == OverallStatus::Healthy
            && healthy_for.is_some_and(|duration| duration >= self.stable_for);
        if stable && right_artifact {
            return Verdict::Pass;
        }
        if sight.open_for.min(sight.watched_for) < self.deadline {
            return Verdict::Wait;
        }
        let reason = match (&sight.health.error_message, sight.running) {
            (Some(error), _) => error.as_str(),
            (None, Running::NotTold) => "the running artifact is not known",
            (None, _) if !right_artifact => "another artifact is running",
            (None, _) => "not healthy for long enough",
        };
        let deadline = self.deadline.as_secs();
        Verdict::Fail {
            reason: format!("health gate: not stable within {deadline} s: {reason}"),
            health_check_passed: stable,
        }
    }
}
