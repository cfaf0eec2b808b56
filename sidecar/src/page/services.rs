//! The Service Instances: their state, and what they use of what they may.

use domain::service::ServiceStatus;

use super::facts::Facts;
use super::issue::finding_words;
use super::mark::{Mark, Tone};
use super::meaning::meaning;
use super::meter::Meter;
use super::words::{self, Moment, cut};
use crate::instances::Instance;

/// How many are shown; of more, those that something is wrong with come first.
const SHOWN: usize = 60;
const NAME: usize = 40;
const IMAGE: usize = 80;
const ID_CHARACTERS: usize = 12;

/// The table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// How many there are besides.
    pub(super) more: usize,
    /// What to say in its place, or above it.
    pub(super) remark: Option<String>,
    pub(super) checked: Option<Moment>,
}

/// One instance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) name: String,
    /// Which container of the service it is, where it has several.
    pub(super) container: Option<String>,
    pub(super) image: String,
    pub(super) version: Option<String>,
    pub(super) mark: Mark,
    /// The last health results, oldest first.
    pub(super) results: Vec<Mark>,
    pub(super) uptime: Option<String>,
    pub(super) restarts: u32,
    pub(super) restarted: Option<Moment>,
    pub(super) cpu: Option<Meter>,
    pub(super) memory: Option<Meter>,
    pub(super) disk: Option<String>,
    pub(super) findings: Vec<String>,
    /// When it was last looked at, where that is too long ago.
    pub(super) stale: Option<String>,
}

impl Table {
    pub(super) fn of(facts: &Facts) -> Self {
        let services = &facts.services;
        let mut instances: Vec<&Instance> = services.services.iter().collect();
        if instances.len() > SHOWN {
            instances.sort_by_key(|instance| !is_remarkable(instance));
        }
        Self {
            rows: instances.iter().take(SHOWN).map(|instance| Row::of(instance, facts)).collect(),
            more: instances.len().saturating_sub(SHOWN),
            remark: remark(facts),
            checked: services.checked_at.map(|at| Moment::of(at, facts.health.timestamp)),
        }
    }
}

fn is_remarkable(instance: &Instance) -> bool {
    let good = matches!(instance.entity.status, ServiceStatus::Healthy | ServiceStatus::Stopped);
    instance.stale || !good || !instance.findings.is_empty()
}

fn remark(facts: &Facts) -> Option<String> {
    let services = &facts.services;
    let engine = &services.engine;
    if !engine.configured {
        return Some("No Docker engine is watched (ENGINE_URL is not set).".to_owned());
    }
    if let Some(code) = engine.error_code.filter(|_| !engine.ok) {
        let because = meaning(code).map_or_else(String::new, |meaning| format!(": {meaning}"));
        return Some(format!("The Docker engine can't be asked{because}."));
    }
    match (services.checked_at, services.services.is_empty()) {
        (None, _) => Some("The Docker engine has not been asked yet.".to_owned()),
        (_, true) => Some("The Docker engine knows no container of this stack.".to_owned()),
        _ if services.stale => Some("This list is older than it should be.".to_owned()),
        _ => None,
    }
}

/// The container's id as Docker abbreviates it, where its service has another container too: while a new
/// one stands beside the old one, say.
pub(super) fn one_of_several<'a>(instance: &'a Instance, facts: &Facts) -> Option<&'a str> {
    let entity = &instance.entity;
    let same = facts
        .services
        .services
        .iter()
        .filter(|other| other.entity.service_name == entity.service_name);
    let id = entity.container_id.get(..ID_CHARACTERS).unwrap_or(&entity.container_id);
    (same.count() > 1).then_some(id)
}

impl Row {
    fn of(instance: &Instance, facts: &Facts) -> Self {
        let (entity, now) = (&instance.entity, facts.health.timestamp);
        let runs = entity.status != ServiceStatus::Stopped;
        let uptime = entity.started_at.filter(|_| runs).map(|at| now - at);
        let checked = |at| format!("last seen {}", Moment::of(at, now).ago);
        let seen = || instance.checked_at.map_or_else(|| "never seen".to_owned(), checked);
        Self {
            name: cut(&entity.service_name, NAME),
            container: one_of_several(instance, facts).map(str::to_owned),
            image: cut(&entity.image_tag, IMAGE),
            version: entity.version.as_deref().map(words::artifact),
            mark: entity.status.into(),
            results: entity.health_results.iter().map(|result| result.status.into()).collect(),
            uptime: uptime.map(|age| words::span(age.num_seconds().try_into().unwrap_or(0))),
            restarts: entity.restart_count,
            restarted: entity.last_restart_at.map(|at| Moment::of(at, now)),
            cpu: entity.cpu_usage_percent.map(|used| Meter::cpu(used, instance.cpu_limit_percent)),
            memory: entity.memory_usage_mb.map(|mb| Meter::memory(mb, instance.memory_limit_mb)),
            disk: entity.disk_usage_mb.map(words::megabytes),
            findings: instance.findings.iter().map(|one| finding_words(*one, instance)).collect(),
            stale: instance.stale.then(seen),
        }
    }

    /// Whether the restarts are to be seen at once.
    pub(super) fn restarts_tone(&self) -> Tone {
        if self.restarts > 0 { Tone::Warn } else { Tone::Off }
    }
}
