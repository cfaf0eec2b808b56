//! The validation rules of an instance, and the facts that they are judged by.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{HealthCheckStatus, HealthResult, KEPT_RESULTS, ServiceInstance, ServiceStatus};

/// The bounds that an instance is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// `restart_count` must stay below this.
    pub max_restart_threshold: u32,
    /// `memory_usage_mb` must stay below this; `None` without a limit.
    pub memory_limit_mb: Option<u64>,
    /// `health_check_status` must become `pass` within this time: see [`HealthTiming::pass_within`].
    pub pass_within: Duration,
}

/// How the engine times a container's health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthTiming {
    /// How long after the start failures don't count.
    pub start_period: Duration,
    /// From the end of one check to the begin of the next.
    pub interval: Duration,
    /// The same within the start period, where the engine knows of it (25 and newer).
    pub start_interval: Option<Duration>,
    /// How long a check may take.
    pub timeout: Duration,
}

impl HealthTiming {
    /// By when the result of a check must be there that passes from the end of the start period on.
    ///
    /// A pass shows only when a check has run. An engine before 25 runs the first one a whole interval
    /// after the start, however short the start period is, and a newer one each start interval; so a
    /// container that became well within its start period shows it, at the latest, with the check
    /// after: an interval, and the time that a check may take, later.
    #[must_use]
    pub fn pass_within(&self) -> Duration {
        let until_checked = match self.start_interval {
            Some(start_interval) if !self.start_period.is_zero() => start_interval,
            _ => self.interval,
        };
        self.start_period + until_checked + self.timeout
    }
}

/// When the health check of a run passed for the first time, as far as it is known. The engine keeps no
/// more than [`KEPT_RESULTS`] results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstPass {
    /// The results that would tell are gone.
    #[default]
    Unknown,
    /// It has not passed since the start.
    NotYet,
    /// It passed then.
    At(DateTime<Utc>),
}

impl FirstPass {
    /// What the `kept` results (oldest first, those of an earlier run among them) add to what was known
    /// of the run that began at `started_at`.
    #[must_use]
    pub fn seen(
        self,
        kept: &[HealthResult],
        started_at: DateTime<Utc>,
        status: ServiceStatus,
    ) -> Self {
        let own = kept.iter().filter(|result| result.started_at >= started_at);
        let reach_back = kept.len() < KEPT_RESULTS || own.clone().count() < kept.len();
        let pass = own.clone().find(|result| result.status == HealthCheckStatus::Pass);
        match (self, pass) {
            (Self::At(_), _) => self,
            (Self::NotYet, Some(pass)) => Self::At(pass.ended_at),
            (Self::Unknown, Some(pass)) if reach_back => Self::At(pass.ended_at),
            (Self::NotYet, None) => Self::NotYet,
            // While it is starting, none has passed: the first pass ends that.
            (Self::Unknown, None) if reach_back || status == ServiceStatus::Starting => {
                Self::NotYet
            }
            (Self::Unknown, _) => Self::Unknown,
        }
    }

    /// The time, where it passed and that is known.
    #[must_use]
    pub const fn at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(time) => Some(time),
            Self::Unknown | Self::NotYet => None,
        }
    }
}

/// A validation rule that an instance breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceFinding {
    /// `restart_count` has reached the threshold.
    RestartThresholdReached,
    /// `memory_usage_mb` has reached the limit.
    MemoryLimitReached,
    /// The health check did not pass within the start period.
    StartPeriodExceeded,
}

impl ServiceFinding {
    /// Every finding.
    pub const ALL: [Self; 3] =
        [Self::RestartThresholdReached, Self::MemoryLimitReached, Self::StartPeriodExceeded];

    /// The word for it, as answers, logs and metrics say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RestartThresholdReached => "restart_threshold_reached",
            Self::MemoryLimitReached => "memory_limit_reached",
            Self::StartPeriodExceeded => "start_period_exceeded",
        }
    }
}

impl ServiceInstance {
    /// The validation rules that the instance breaks at `now`.
    #[must_use]
    pub fn findings(
        &self,
        bounds: &Bounds,
        first_pass: FirstPass,
        now: DateTime<Utc>,
    ) -> Vec<ServiceFinding> {
        let awaited = matches!(self.status, ServiceStatus::Starting | ServiceStatus::Unhealthy);
        let passed_at = match first_pass {
            FirstPass::At(time) => Some(time),
            FirstPass::NotYet => awaited.then_some(now),
            FirstPass::Unknown => None,
        };
        let until_pass = self.started_at.zip(passed_at).map(|(start, pass)| pass - start);
        let late = until_pass.and_then(|took| took.to_std().ok());
        let memory = self.memory_usage_mb.zip(bounds.memory_limit_mb);
        [
            (self.restart_count >= bounds.max_restart_threshold)
                .then_some(ServiceFinding::RestartThresholdReached),
            memory
                .is_some_and(|(used, limit)| used >= limit)
                .then_some(ServiceFinding::MemoryLimitReached),
            late.is_some_and(|took| took > bounds.pass_within)
                .then_some(ServiceFinding::StartPeriodExceeded),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests;
