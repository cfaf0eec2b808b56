//! A container, as `ContainerInspect` and `docker inspect` show it (Docker Engine API 1.41 to 1.55),
//! without what may hold a secret: of its environment only what [`domain::service::shown`] lets through
//! is ever kept, and of its health results neither output nor error. [`HealthOutputs`] alone has those.

mod healthcheck;
mod outputs;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::service::HealthTiming;
use serde::Deserialize;

use super::ContainerStatus;
use super::model::{keys, null_is_default, zero_is_none};
use super::version::{START_INTERVAL, Version};
pub use healthcheck::HealthCheck;
pub use outputs::HealthOutputs;
use variables::Variables;

/// A container, with what is needed of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// Its ID.
    pub id: String,
    #[serde(default)]
    name: String,
    /// The ID of its image, `sha256:` and 64 hex digits.
    #[serde(default, rename = "Image")]
    pub image_id: String,
    /// How it is.
    pub state: State,
    /// Restarts by its restart policy, since it was last started by hand.
    #[serde(default)]
    pub restart_count: u32,
    /// What it was made from.
    pub config: Config,
    host_config: HostConfig,
    #[serde(default, deserialize_with = "null_is_default")]
    network_settings: NetworkSettings,
    #[serde(default, deserialize_with = "null_is_default")]
    mounts: Vec<Mount>,
}

/// How a container is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct State {
    /// Where it is in its life.
    pub status: ContainerStatus,
    /// What its main process ended with; 0 while it runs.
    #[serde(default)]
    pub exit_code: i64,
    /// Whether the kernel ended it because its memory did not suffice.
    #[serde(default, rename = "OOMKilled")]
    pub oom_killed: bool,
    /// When it was last started.
    #[serde(default, deserialize_with = "zero_is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it last ended.
    #[serde(default, deserialize_with = "zero_is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// Its health; `None` without a health check.
    #[serde(default)]
    pub health: Option<Health>,
}

/// What the health check of a container found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Health {
    /// What it adds up to.
    pub status: HealthState,
    /// The newest results, oldest first.
    #[serde(default, deserialize_with = "null_is_default")]
    pub log: Vec<HealthResult>,
}

/// What the results of a health check add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Has not passed yet.
    Starting,
    /// Passes.
    Healthy,
    /// Failed as often as it may.
    Unhealthy,
    /// No health check, or a word that this client doesn't know.
    #[serde(other)]
    None,
}

/// One result of a health check, without what the check wrote.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthResult {
    /// When it began.
    pub start: DateTime<Utc>,
    /// When it ended.
    pub end: DateTime<Utc>,
    /// 0 passed.
    pub exit_code: i64,
}

/// What a container was made from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Config {
    /// The image as it was named.
    pub image: String,
    /// Its labels, with those of its image.
    #[serde(default, deserialize_with = "null_is_default")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "null_is_default")]
    env: Variables,
    #[serde(default)]
    healthcheck: Option<healthcheck::Written>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct HostConfig {
    memory: i64,
    nano_cpus: i64,
    cpu_quota: i64,
    cpu_period: i64,
    #[serde(deserialize_with = "null_is_default")]
    restart_policy: RestartPolicy,
    #[serde(deserialize_with = "null_is_default")]
    port_bindings: Ports,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RestartPolicy {
    name: String,
    maximum_retry_count: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkSettings {
    #[serde(deserialize_with = "null_is_default")]
    ports: Ports,
    #[serde(deserialize_with = "keys")]
    networks: BTreeSet<String>,
}

type Ports = BTreeMap<String, Option<Vec<Binding>>>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Binding {
    host_port: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mount {
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(default)]
    name: String,
}

impl Container {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.strip_prefix('/').unwrap_or(&self.name)
    }

    /// The names of the networks that it is in.
    pub fn networks(&self) -> impl Iterator<Item = &str> {
        self.network_settings.networks.iter().map(String::as_str)
    }

    /// The names of its environment's variables, with what is shown of their values.
    #[must_use]
    pub const fn variables(&self) -> &BTreeMap<String, String> {
        &self.config.env.0
    }

    /// Its memory limit, in bytes.
    #[must_use]
    pub fn memory_limit_bytes(&self) -> Option<u64> {
        u64::try_from(self.host_config.memory).ok().filter(|bytes| *bytes > 0)
    }

    /// Its CPU limit, in percent of one core.
    #[must_use]
    pub fn cpu_limit_percent(&self) -> Option<f64> {
        let HostConfig { nano_cpus, cpu_quota, cpu_period, .. } = self.host_config;
        let positive = |number: i64| u32::try_from(number).ok().filter(|number| *number > 0);
        let of_cores =
            positive(nano_cpus / 1_000).map(|millionths| f64::from(millionths) / 10_000.0);
        let period = positive(cpu_period).unwrap_or(100_000);
        let of_quota =
            positive(cpu_quota).map(|quota| f64::from(quota) / f64::from(period) * 100.0);
        of_cores.or(of_quota)
    }

    /// Whether it has a restart policy: it is to run for good, and is no one-shot.
    #[must_use]
    pub fn restarts_by_itself(&self) -> bool {
        !matches!(self.host_config.restart_policy.name.as_str(), "" | "no")
    }

    /// How often its restart policy starts it again, where that is bounded.
    #[must_use]
    pub fn restart_limit(&self) -> Option<u32> {
        let count = self.host_config.restart_policy.maximum_retry_count;
        u32::try_from(count).ok().filter(|count| *count > 0)
    }

    /// The container's ports that are bound to one of the host; TCP before UDP, the first where several
    /// are bound.
    #[must_use]
    pub fn port_bindings(&self) -> BTreeMap<u16, u16> {
        let bound = if self.network_settings.ports.is_empty() {
            &self.host_config.port_bindings
        } else {
            &self.network_settings.ports
        };
        let mut ports = BTreeMap::new();
        for (port, bindings) in bound {
            let number = port.split('/').next().and_then(|number| number.parse().ok());
            let host =
                |binding: &Binding| binding.host_port.parse().ok().filter(|port: &u16| *port > 0);
            let host = bindings.iter().flatten().find_map(host);
            if let Some((number, host)) = number.zip(host) {
                // `tcp` comes before `udp`.
                ports.entry(number).or_insert(host);
            }
        }
        ports
    }

    /// The names of the volumes that are mounted in it.
    pub fn volumes(&self) -> impl Iterator<Item = &str> {
        let volumes = self.mounts.iter().filter(|mount| mount.kind == "volume");
        volumes.map(|mount| mount.name.as_str())
    }

    /// How its health is checked; `None` where it is not.
    #[must_use]
    pub fn health_check(&self) -> Option<HealthCheck> {
        self.config.healthcheck?.health_check()
    }

    /// How its health check is timed by an engine that speaks `version`; `None` without one.
    #[must_use]
    pub fn health_timing(&self, version: Version) -> Option<HealthTiming> {
        let check = self.health_check()?;
        Some(HealthTiming {
            start_period: check.start_period,
            interval: check.interval,
            start_interval: (version >= START_INTERVAL).then_some(check.start_interval),
            timeout: check.timeout,
        })
    }
}

#[cfg(test)]
mod tests;
