//! What an inspected container says, in the words of the data model.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::quantity::megabytes;
use domain::service::{
    EngineHealth, HealthCheckStatus, HealthResult, HealthTiming, KEPT_RESULTS, ServiceStatus,
    last_restart_at, observed_status,
};
use platform::engine::{self, Container, ContainerStatus, HealthState, Version};

use crate::project::ARTIFACT_LABEL;

/// What was found when a container was inspected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub(super) image_tag: String,
    pub(super) status: ServiceStatus,
    pub(super) health_check_status: HealthCheckStatus,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) restart_count: u32,
    pub(super) last_restart_at: Option<DateTime<Utc>>,
    pub(super) port_bindings: BTreeMap<u16, u16>,
    pub(super) environment_variables: BTreeMap<String, String>,
    pub(super) version: Option<String>,
    pub(super) health_results: Vec<HealthResult>,
    pub(super) memory_limit_mb: Option<u64>,
    pub(super) cpu_limit_percent: Option<f64>,
    pub(super) restart_limit: Option<u32>,
    pub(super) health_timing: Option<HealthTiming>,
    pub(super) volumes: Vec<String>,
}

impl Facts {
    /// The facts of `container`, inspected through an engine that speaks `version`.
    pub(super) fn of(container: &Container, version: Version) -> Self {
        let state = &container.state;
        let results = results(state.health.as_ref().map_or(&[][..], |health| &health.log));
        let of_this_run =
            |result: &&HealthResult| state.started_at.is_some_and(|at| result.started_at >= at);
        let newest = results.iter().rfind(of_this_run);
        let newest = newest.map_or(HealthCheckStatus::Unknown, |result| result.status);
        let running = state.status == ContainerStatus::Running;
        let health = health(state.health.as_ref().map(|health| health.status));
        let artifact = container.config.labels.get(ARTIFACT_LABEL).cloned();
        Self {
            image_tag: container.config.image.clone(),
            status: observed_status(running, health, newest),
            health_check_status: newest,
            started_at: state.started_at,
            restart_count: container.restart_count,
            last_restart_at: last_restart_at(
                container.restart_count,
                state.started_at,
                state.finished_at,
            ),
            port_bindings: container.port_bindings(),
            environment_variables: container.variables().clone(),
            version: artifact.filter(|artifact| !artifact.is_empty()),
            health_results: results,
            memory_limit_mb: container.memory_limit_bytes().map(megabytes),
            cpu_limit_percent: container.cpu_limit_percent(),
            restart_limit: container.restart_limit(),
            health_timing: container.health_timing(version),
            volumes: container.volumes().map(str::to_owned).collect(),
        }
    }
}

const fn health(state: Option<HealthState>) -> EngineHealth {
    match state {
        None | Some(HealthState::None) => EngineHealth::None,
        Some(HealthState::Starting) => EngineHealth::Starting,
        Some(HealthState::Healthy) => EngineHealth::Healthy,
        Some(HealthState::Unhealthy) => EngineHealth::Unhealthy,
    }
}

fn results(log: &[engine::HealthResult]) -> Vec<HealthResult> {
    let newest = &log[log.len().saturating_sub(KEPT_RESULTS)..];
    let status = |exit_code| match exit_code {
        0 => HealthCheckStatus::Pass,
        _ => HealthCheckStatus::Fail,
    };
    newest
        .iter()
        .map(|result| HealthResult {
            started_at: result.start,
            ended_at: result.end,
            status: status(result.exit_code),
        })
        .collect()
}
