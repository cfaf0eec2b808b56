//! Service Instance: a running instance of a service, its state machine and its validation rules.
//!
//! ```text
//! stopped → starting → healthy ⇄ degraded → unhealthy → stopped,  any → stopped
//! ```
//! The engine also shows two changes that the data model does not draw, and hiding them would be a
//! lie: `starting → unhealthy` (never passed within its start period) and `unhealthy → healthy`
//! (recovered without a restart).

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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

/// The state that the engine's facts amount to. A running container without a health check counts as
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

/// The bounds that an instance is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// `restart_count` must stay below this.
    pub max_restart_threshold: u32,
    /// `memory_usage_mb` must stay below this; `None` without a limit.
    pub memory_limit_mb: Option<u64>,
    /// `health_check_status` must become `pass` within this time.
    pub start_period: Duration,
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

impl ServiceInstance {
    /// The validation rules that the instance breaks at `now`.
    #[must_use]
    pub fn findings(&self, bounds: &Bounds, now: DateTime<Utc>) -> Vec<ServiceFinding> {
        let awaited = matches!(self.status, ServiceStatus::Starting | ServiceStatus::Unhealthy);
        let passed_at = self.first_passed_at.or(awaited.then_some(now));
        let until_pass = self.started_at.zip(passed_at).map(|(start, pass)| pass - start);
        let late = until_pass.and_then(|took| took.to_std().ok());
        let memory = self.memory_usage_mb.zip(bounds.memory_limit_mb);
        [
            (self.restart_count >= bounds.max_restart_threshold)
                .then_some(ServiceFinding::RestartThresholdReached),
            memory
                .is_some_and(|(used, limit)| used >= limit)
                .then_some(ServiceFinding::MemoryLimitReached),
            late.is_some_and(|took| took > bounds.start_period)
                .then_some(ServiceFinding::StartPeriodExceeded),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Adds a health result and keeps the newest [`KEPT_RESULTS`].
    pub fn keep_result(&mut self, result: HealthResult) {
        self.health_check_status = result.status;
        if result.status == HealthCheckStatus::Pass {
            self.first_passed_at.get_or_insert(result.ended_at);
        }
        self.health_results.push(result);
        let surplus = self.health_results.len().saturating_sub(KEPT_RESULTS);
        self.health_results.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        max_restart_threshold: 3,
        memory_limit_mb: Some(512),
        start_period: Duration::from_mins(1),
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
    }

    fn result(seconds: i64, status: HealthCheckStatus) -> HealthResult {
        HealthResult { started_at: at(seconds), ended_at: at(seconds), status }
    }

    fn instance(status: ServiceStatus) -> ServiceInstance {
        ServiceInstance {
            service_name: "bot".into(),
            container_id: "c1".into(),
            image_tag: "bot:1".into(),
            status,
            health_check_status: HealthCheckStatus::Unknown,
            started_at: Some(at(0)),
            restart_count: 0,
            last_restart_at: None,
            cpu_usage_percent: None,
            memory_usage_mb: Some(100),
            disk_usage_mb: None,
            port_bindings: BTreeMap::new(),
            environment_variables: BTreeMap::new(),
            version: None,
            first_passed_at: None,
            health_results: Vec::new(),
        }
    }

    #[test]
    fn restarts_and_memory_must_stay_below_their_bounds() {
        let healthy = instance(ServiceStatus::Healthy);
        assert_eq!(healthy.findings(&BOUNDS, at(999)), []);
        let restarted = ServiceInstance { restart_count: 3, ..healthy.clone() };
        assert_eq!(restarted.findings(&BOUNDS, at(0)), [ServiceFinding::RestartThresholdReached]);
        let full = ServiceInstance { memory_usage_mb: Some(512), ..healthy };
        assert_eq!(full.findings(&BOUNDS, at(0)), [ServiceFinding::MemoryLimitReached]);
        let boundless = Bounds { memory_limit_mb: None, ..BOUNDS };
        assert_eq!(full.findings(&boundless, at(0)), []);
    }

    #[test]
    fn the_first_pass_must_come_within_the_start_period() {
        let late = [ServiceFinding::StartPeriodExceeded];
        for status in [ServiceStatus::Starting, ServiceStatus::Unhealthy] {
            assert_eq!(instance(status).findings(&BOUNDS, at(60)), []);
            assert_eq!(instance(status).findings(&BOUNDS, at(61)), late);
        }
        let mut failing_now = instance(ServiceStatus::Unhealthy);
        failing_now.keep_result(result(30, HealthCheckStatus::Pass));
        failing_now.keep_result(result(900, HealthCheckStatus::Fail));
        assert_eq!(failing_now.findings(&BOUNDS, at(999)), [], "it had passed in time");
        let mut slow = instance(ServiceStatus::Healthy);
        slow.keep_result(result(90, HealthCheckStatus::Pass));
        assert_eq!(slow.findings(&BOUNDS, at(999)), late);
    }

    #[test]
    fn the_last_five_results_are_kept() {
        let mut bot = instance(ServiceStatus::Healthy);
        (0..8).for_each(|second| bot.keep_result(result(second, HealthCheckStatus::Pass)));
        assert_eq!(bot.health_results.len(), KEPT_RESULTS);
        assert_eq!(bot.health_results[0].started_at, at(3));
        assert_eq!(bot.first_passed_at, Some(at(0)));
        bot.keep_result(result(9, HealthCheckStatus::Fail));
        assert_eq!(bot.health_check_status, HealthCheckStatus::Fail);
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
}
