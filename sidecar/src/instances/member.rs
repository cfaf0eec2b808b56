//! One container of the project: what is known of it, and what changes are worth a line in the log.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::quantity::megabytes;
use domain::service::{
    Bounds, CpuSample, FirstPass, HealthCheckStatus, ServiceFinding, ServiceInstance,
    ServiceStatus, cpu_percent,
};
use platform::engine::{ContainerStatus, ContainerSummary, DiskUsage, Stats};

use super::facts::Facts;
use super::report::Instance;

/// Container IDs are this long in the log, as `docker ps` shows them.
const SHORT_ID: usize = 12;

/// A container of the project.
#[derive(Debug)]
pub(super) struct Member {
    entity: ServiceInstance,
    /// The state that was last logged; `None` before the first.
    logged: Option<ServiceStatus>,
    facts: Option<Facts>,
    first_pass: FirstPass,
    findings: Vec<ServiceFinding>,
    checked: Option<(DateTime<Utc>, Instant)>,
    error_code: Option<&'static str>,
    cpu: Option<(CpuSample, Instant)>,
}

impl Member {
    /// A container that a list shows and that was never inspected. `is_new` where it was not there
    /// before: then it comes from nothing, and its first state is news.
    pub(super) fn listed(service_name: String, summary: &ContainerSummary, is_new: bool) -> Self {
        // Whether it passes its health check is not known yet.
        let status = match summary.state {
            ContainerStatus::Running => ServiceStatus::Starting,
            _ => ServiceStatus::Stopped,
        };
        Self {
            entity: ServiceInstance {
                service_name,
                container_id: summary.id.clone(),
                image_tag: summary.image.clone(),
                status,
                health_check_status: HealthCheckStatus::Unknown,
                started_at: None,
                restart_count: 0,
                last_restart_at: None,
                cpu_usage_percent: None,
                memory_usage_mb: None,
                disk_usage_mb: None,
                port_bindings: std::collections::BTreeMap::new(),
                environment_variables: std::collections::BTreeMap::new(),
                version: None,
                first_passed_at: None,
                health_results: Vec::new(),
            },
            logged: is_new.then_some(ServiceStatus::Stopped),
            facts: None,
            first_pass: FirstPass::Unknown,
            findings: Vec::new(),
            checked: None,
            error_code: None,
            cpu: None,
        }
    }

    pub(super) fn service_name(&self) -> &str {
        &self.entity.service_name
    }

    pub(super) fn runs(&self) -> bool {
        self.entity.status != ServiceStatus::Stopped
    }

    pub(super) const fn answers(&self) -> bool {
        self.error_code.is_none() && self.checked.is_some()
    }

    /// Takes what an inspection found.
    pub(super) fn inspected(&mut self, facts: Facts, max_restarts: u32, now: DateTime<Utc>) {
        let is_another_run = self.entity.started_at != facts.started_at;
        if is_another_run {
            self.first_pass = FirstPass::Unknown;
            self.cpu = None;
            self.entity.cpu_usage_percent = None;
        }
        if facts.status == ServiceStatus::Stopped {
            self.forget_usage();
        }
        if let Some(start) = facts.started_at {
            self.first_pass = self.first_pass.seen(&facts.health_results, start, facts.status);
        }
        self.log_way_to(facts.status, is_another_run && self.facts.is_some());
        let entity = &mut self.entity;
        entity.image_tag.clone_from(&facts.image_tag);
        entity.status = facts.status;
        entity.health_check_status = facts.health_check_status;
        entity.started_at = facts.started_at;
        entity.restart_count = facts.restart_count;
        entity.last_restart_at = facts.last_restart_at;
        entity.port_bindings.clone_from(&facts.port_bindings);
        entity.environment_variables.clone_from(&facts.environment_variables);
        entity.version.clone_from(&facts.version);
        entity.first_passed_at = self.first_pass.at();
        entity.health_results.clone_from(&facts.health_results);
        self.facts = Some(facts);
        self.checked = Some((now, Instant::now()));
        self.error_code = None;
        self.judge(max_restarts, now);
    }

    /// The inspection failed; what was known before stays.
    pub(super) const fn failed(&mut self, error_code: &'static str) {
        self.error_code = Some(error_code);
    }

    /// Takes the counters that were read at `taken`; without any, what it uses is not known.
    pub(super) fn sampled(
        &mut self,
        stats: Option<Stats>,
        taken: Instant,
        max_restarts: u32,
        now: DateTime<Utc>,
    ) {
        let before = self.cpu.take();
        self.cpu = stats.and_then(|stats| stats.cpu()).map(|sample| (sample, taken));
        let pair = before.zip(self.cpu);
        self.entity.cpu_usage_percent = pair.and_then(|((earlier, then), (later, taken))| {
            cpu_percent(earlier, later, taken.saturating_duration_since(then))
        });
        let memory = stats.and_then(|stats| stats.memory());
        self.entity.memory_usage_mb = memory.map(|memory| megabytes(memory.used_bytes()));
        self.judge(max_restarts, now);
    }

    /// Takes the disk space of all. A volume that several mount is counted for each of them.
    pub(super) fn measured(&mut self, disk: &DiskUsage) {
        let volumes = self.facts.iter().flat_map(|facts| &facts.volumes);
        let volumes = volumes.filter_map(|name| disk.volumes.get(name)).sum::<u64>();
        let layer = disk.containers.get(&self.entity.container_id);
        self.entity.disk_usage_mb = layer.map(|layer| megabytes(layer.saturating_add(volumes)));
    }

    /// It is no longer there.
    pub(super) fn gone(mut self) {
        self.log_way_to(ServiceStatus::Stopped, false);
        tracing::info!(
            service = self.entity.service_name,
            container_id = self.short_id(),
            "service instance gone"
        );
    }

    /// What is shown of it; `fresh_for` is how long an inspection is to be believed.
    pub(super) fn shown(&self, fresh_for: Duration, all_stale: bool) -> Instance {
        let fresh = self.checked.is_some_and(|(_, at)| at.elapsed() < fresh_for);
        Instance {
            entity: self.entity.clone(),
            memory_limit_mb: self.facts.as_ref().and_then(|facts| facts.memory_limit_mb),
            cpu_limit_percent: self.facts.as_ref().and_then(|facts| facts.cpu_limit_percent),
            findings: self.findings.clone(),
            checked_at: self.checked.map(|(at, _)| at),
            stale: all_stale || !fresh || self.error_code.is_some(),
            error_code: self.error_code,
        }
    }

    const fn forget_usage(&mut self) {
        self.cpu = None;
        self.entity.cpu_usage_percent = None;
        self.entity.memory_usage_mb = None;
    }

    /// Judges the validation rules anew, and logs what changes.
    fn judge(&mut self, max_restarts: u32, now: DateTime<Utc>) {
        let Some(facts) = &self.facts else { return };
        let bounds = Bounds {
            max_restart_threshold: facts.restart_limit.unwrap_or(max_restarts),
            memory_limit_mb: facts.memory_limit_mb,
            pass_within: facts.health_timing.map_or(Duration::MAX, |timing| timing.pass_within()),
        };
        let findings = self.entity.findings(&bounds, self.first_pass, now);
        let before = std::mem::replace(&mut self.findings, findings);
        // `service_name` is taken: each line of the log bears the program's own.
        let (service, container_id) = (self.service_name(), self.short_id());
        for finding in self.findings.iter().filter(|finding| !before.contains(finding)) {
            let finding = finding.as_str();
            tracing::warn!(service, container_id, finding, "service instance breaks a rule");
        }
        for finding in before.iter().filter(|finding| !self.findings.contains(finding)) {
            let finding = finding.as_str();
            tracing::info!(service, container_id, finding, "service instance keeps a rule again");
        }
    }

    /// Logs each state on the way to `status`. Where it `ended` in between, it was stopped on its way.
    fn log_way_to(&mut self, status: ServiceStatus, ended: bool) {
        let Some(mut from) = self.logged.replace(status) else { return };
        let mut way = Vec::new();
        if ended {
            way.extend(from.path_to(ServiceStatus::Stopped));
            way.extend(ServiceStatus::Stopped.path_to(status));
        } else {
            way.extend(from.path_to(status));
        }
        let (service, container_id) = (self.service_name(), self.short_id());
        for to in way {
            tracing::info!(
                service,
                container_id,
                from = from.as_str(),
                to = to.as_str(),
                "service instance changed"
            );
            from = to;
        }
    }

    fn short_id(&self) -> &str {
        let id = &self.entity.container_id;
        id.get(..SHORT_ID).unwrap_or(id)
    }
}
