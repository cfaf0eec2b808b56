//! What `/services` answers.

use chrono::{DateTime, Utc};
use domain::service::{ServiceFinding, ServiceInstance};
use serde::Serialize;

/// All instances of the stack, and how far they are to be believed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Services {
    /// When all of them were last listed; `None` before the first time.
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether that is longer ago than it may be.
    pub stale: bool,
    /// The engine that they run on.
    pub engine: EngineState,
    /// The instances, by service name, then by container.
    pub services: Vec<Instance>,
}

/// How the engine answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EngineState {
    /// Whether an engine is watched at all (`ENGINE_URL`).
    pub configured: bool,
    /// Whether its last list of containers came.
    pub ok: bool,
    /// The version of the API that was agreed on (`1.41`).
    pub api_version: Option<String>,
    /// Why it did not come.
    pub error_code: Option<&'static str>,
    /// The disk space of all, which is asked for rarely.
    pub disk: DiskState,
}

/// How fresh `disk_usage_mb` is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DiskState {
    /// When it was last measured; `None` before the first time.
    pub checked_at: Option<DateTime<Utc>>,
    /// Why the last measurement failed.
    pub error_code: Option<&'static str>,
}

/// One instance, with what our own bookkeeping adds to the entity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instance {
    /// The entity.
    #[serde(flatten)]
    pub entity: ServiceInstance,
    /// The container's memory limit, in megabytes; `None` without one.
    pub memory_limit_mb: Option<u64>,
    /// The container's CPU limit in percent of one core; `None` without one.
    pub cpu_limit_percent: Option<f64>,
    /// The validation rules that it breaks.
    pub findings: Vec<ServiceFinding>,
    /// When it was last inspected; `None` while it never was.
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether that is longer ago than it may be, or the last inspection failed.
    pub stale: bool,
    /// Why the last inspection failed.
    pub error_code: Option<&'static str>,
}

impl Services {
    /// The same, once nobody has said anything new for too long.
    #[must_use]
    pub(super) fn grown_stale(&self) -> Self {
        let mut all = self.clone();
        all.stale = true;
        all.services.iter_mut().for_each(|instance| instance.stale = true);
        all
    }
}
