//! Service Instance: a running instance of a service, its state machine and its validation rules.
//!
//! ```text
//! stopped → starting → healthy ⇄ degraded → unhealthy → stopped,  any → stopped
//! ```
//! The engine also shows two changes that the data model does not draw, and hiding them would be a
//! lie: `starting → unhealthy` (never passed within its start period) and `unhealthy → healthy`
//! (recovered without a restart).

mod environment;
mod rules;
mod usage;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use environment::{HIDDEN, LONGEST_VALUE, SHOWN, shown};
pub use rules::{Bounds, FirstPass, HealthTiming, ServiceFinding};
pub use usage::{CpuSample, MemoryReading, cpu_percent};

/// How many of the newest health results an instance keeps (Health Status, Storage).
pub const KEPT_RESULTS: usize = 5;

/// Current state of an instance (`ServiceInstance.status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// Runs; its health check has not passed yet.
    Starting,
    /// Runs, and its newest health check passed.
    Healthy,
    /// Runs; its newest health check failed, though not often enough to give it up.
    Degraded,
    /// Runs, and its health check failed as often as it may.
    Unhealthy,
    /// Does not run.
    Stopped,
}

impl ServiceStatus {
    /// The word for it, as answers, logs and metrics say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Stopped => "stopped",
        }
    }

    /// The states that may follow this one directly.
    #[must_use]
    pub const fn successors(self) -> &'static [Self] {
        match self {
            Self::Stopped => &[Self::Starting],
            Self::Healthy => &[Self::Degraded, Self::Stopped],
            Self::Starting | Self::Degraded => &[Self::Healthy, Self::Unhealthy, Self::Stopped],
            Self::Unhealthy => &[Self::Healthy, Self::Stopped],
        }
    }

    /// The states from this one (excluded) to `observed` (included), by the shortest legal way: what
    /// the engine reports may lie several transitions ahead. Empty when nothing changed.
    #[must_use]
    pub fn path_to(self, observed: Self) -> Vec<Self> {
        let mut paths = vec![vec![self]];
        loop {
            if let Some(path) = paths.iter().find(|path| path.last() == Some(&observed)) {
                return path[1..].to_vec();
            }
            paths = paths
                .into_iter()
                .flat_map(|path| {
                    let last = path.last().copied().unwrap_or(self);
                    last.successors().iter().map(move |next| [path.as_slice(), &[*next]].concat())
                })
                .collect();
        }
    }
}

/// Latest health check result (`ServiceInstance.health_check_status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthCheckStatus {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// There is no result, or no health check.
    Unknown,
}

/// One result of the engine's own health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthResult {
    /// When the check began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// What it found.
    pub status: HealthCheckStatus,
}

/// What the engine says of a container's health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineHealth {
    /// The container has no health check.
    None,
    /// Within the start period, or before the first result.
    Starting,
    /// Passing.
    Healthy,
    /// Failed as often as it may.
    Unhealthy,
}

/// The state that the engine's facts amount to. A paused container does not run, nor does one between two
/// runs. A running container without a health check counts as
/// healthy: nothing speaks against it.
#[must_use]
pub const fn observed_status(
    running: bool,
    health: EngineHealth,
    newest: HealthCheckStatus,
) -> ServiceStatus {
    match (running, health, newest) {
        (false, _, _) => ServiceStatus::Stopped,
        (true, EngineHealth::Starting, _) => ServiceStatus::Starting,
        (true, EngineHealth::Unhealthy, _) => ServiceStatus::Unhealthy,
        (true, EngineHealth::Healthy, HealthCheckStatus::Fail) => ServiceStatus::Degraded,
        (true, EngineHealth::None | EngineHealth::Healthy, _) => ServiceStatus::Healthy,
    }
}

/// A running instance of a service with all attributes of the entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceInstance {
    /// Unique service identifier (`bot`, `postgres`, …).
    pub service_name: String,
    /// The container's id.
    pub container_id: String,
    /// The image's reference.
    pub image_tag: String,
    /// Current state.
    pub status: ServiceStatus,
    /// Latest health check result.
    pub health_check_status: HealthCheckStatus,
    /// When the instance started; `None` when it never did.
    pub started_at: Option<DateTime<Utc>>,
    /// Restarts since the container was created.
    pub restart_count: u32,
    /// The newest restart.
    pub last_restart_at: Option<DateTime<Utc>>,
    /// CPU in percent of one core.
    pub cpu_usage_percent: Option<f64>,
    /// Memory in megabytes.
    pub memory_usage_mb: Option<u64>,
    /// Disk space in megabytes.
    pub disk_usage_mb: Option<u64>,
    /// Container port to host port.
    pub port_bindings: BTreeMap<u16, u16>,
    /// Names of the environment's variables with the values of those that are known to be harmless.
    pub environment_variables: BTreeMap<String, String>,
    /// Application version, for the bot.
    pub version: Option<String>,
    /// When its health check first passed since it started; `None` while it has not.
    pub first_passed_at: Option<DateTime<Utc>>,
    /// The newest results of its health check, oldest first, at most [`KEPT_RESULTS`].
    pub health_results: Vec<HealthResult>,
}

/// The newest restart of a container, as far as it is known: `restarted` by its restart policy, started
/// at `started_at`, and ended before that, or after it, at `finished_at`.
#[must_use]
pub fn last_restart_at(
    restarted: u32,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    let ran_before = started_at.zip(finished_at).is_some_and(|(start, end)| end <= start);
    started_at.filter(|_| restarted > 0 || ran_before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
    }

    #[test]
    fn what_the_engine_says_is_one_state() {
        use HealthCheckStatus::{Fail, Pass, Unknown};
        for (running, health, newest, expected) in [
            (false, EngineHealth::Healthy, Pass, ServiceStatus::Stopped),
            (true, EngineHealth::Starting, Unknown, ServiceStatus::Starting),
            (true, EngineHealth::Healthy, Pass, ServiceStatus::Healthy),
            (true, EngineHealth::Healthy, Fail, ServiceStatus::Degraded),
            (true, EngineHealth::Unhealthy, Fail, ServiceStatus::Unhealthy),
            (true, EngineHealth::None, Unknown, ServiceStatus::Healthy),
        ] {
            assert_eq!(observed_status(running, health, newest), expected);
        }
    }

    #[test]
    fn a_start_after_an_end_is_a_restart() {
        for (restarted, started, finished, expected) in [
            (0, None, None, None),
            (0, Some(5), None, None),
            (0, Some(5), Some(4), Some(5)),
            (0, Some(5), Some(9), None),
            (1, Some(5), Some(9), Some(5)),
            (1, Some(5), None, Some(5)),
        ] {
            let newest = last_restart_at(restarted, started.map(at), finished.map(at));
            assert_eq!(newest, expected.map(at), "{restarted} {started:?} {finished:?}");
        }
    }
}
