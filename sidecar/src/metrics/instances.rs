//! Service Instances, a few series for each: no more than containers times families.

use domain::quantity::BYTES_PER_MEGABYTE;

use super::families::{Families, number, seconds, truth};
use crate::instances::{Instance, Services};

/// As Docker itself abbreviates an id.
const ID_CHARACTERS: usize = 12;

pub(super) fn add(families: &mut Families, services: &Services) {
    if !services.engine.configured {
        return;
    }
    engine(families, services);
    state(families, &services.services);
    usage(families, &services.services);
}

fn engine(families: &mut Families, services: &Services) {
    let engine = &services.engine;
    families.value(
        "ballast_engine_up",
        "Whether the engine gave its newest list of containers.",
        truth(engine.ok),
    );
    let mut error = families.gauge("ballast_engine_error", "1 with the code for which it did not.");
    if let Some(code) = engine.error_code {
        error.set(&[("code", code)], 1.0);
    }
    drop(error);
    let mut info =
        families.gauge("ballast_engine_info", "The version of the engine's API that is spoken.");
    if let Some(version) = &engine.api_version {
        info.set(&[("api_version", version)], 1.0);
    }
    drop(info);
    families.value(
        "ballast_instances_stale",
        "1 while the list of containers is older than it may be.",
        truth(services.stale),
    );
    families.value(
        "ballast_instances_checked_timestamp_seconds",
        "When the containers were last listed.",
        services.checked_at.map(seconds),
    );
}

/// A family of a sample for each instance that has a value.
fn each(
    families: &mut Families,
    (name, help): (&'static str, &'static str),
    instances: &[Instance],
    value: impl Fn(&Instance) -> Option<f64>,
) {
    let mut samples = families.gauge(name, help);
    for instance in instances {
        if let Some(value) = value(instance) {
            samples.set(&[service(instance), container(instance)], value);
        }
    }
}

fn state(families: &mut Families, instances: &[Instance]) {
    let mut status =
        families.gauge("ballast_instance_status", "1 with the state that the instance is in.");
    for one in instances {
        let state = ("status", one.entity.status.as_str());
        status.set(&[service(one), container(one), state], 1.0);
    }
    drop(status);
    let mut finding = families
        .gauge("ballast_instance_finding", "1 with each validation rule that the instance breaks.");
    for one in instances {
        for broken in &one.findings {
            finding.set(&[service(one), container(one), ("finding", broken.as_str())], 1.0);
        }
    }
    drop(finding);
    let mut restarts = families
        .counter("ballast_instance_restarts_total", "Restarts since the container was created.");
    for one in instances {
        let count = number(one.entity.restart_count.into());
        restarts.set(&[service(one), container(one)], count);
    }
    drop(restarts);
    let stale = ("ballast_instance_stale", "1 while what is told of it is older than it may be.");
    each(families, stale, instances, |one| Some(truth(one.stale)));
    let started = ("ballast_instance_started_timestamp_seconds", "When it last started.");
    each(families, started, instances, |one| one.entity.started_at.map(seconds));
}

fn usage(families: &mut Families, instances: &[Instance]) {
    let bytes = |megabytes: Option<u64>| megabytes.map(|mb| number(mb * BYTES_PER_MEGABYTE));
    let cores = |percent: Option<f64>| percent.map(|percent| percent / 100.0);
    let cpu = ("ballast_instance_cpu_cores", "How many cores it keeps busy.");
    each(families, cpu, instances, |one| cores(one.entity.cpu_usage_percent));
    let limit = ("ballast_instance_cpu_limit_cores", "How many it may keep busy.");
    each(families, limit, instances, |one| cores(one.cpu_limit_percent));
    let memory = ("ballast_instance_memory_bytes", "Its memory, in whole megabytes.");
    each(families, memory, instances, |one| bytes(one.entity.memory_usage_mb));
    let limit = ("ballast_instance_memory_limit_bytes", "How much memory it may have.");
    each(families, limit, instances, |one| bytes(one.memory_limit_mb));
    let disk = ("ballast_instance_disk_bytes", "Its disk space, in whole megabytes.");
    each(families, disk, instances, |one| bytes(one.entity.disk_usage_mb));
}

fn service(instance: &Instance) -> (&'static str, &str) {
    ("service", &instance.entity.service_name)
}

fn container(instance: &Instance) -> (&'static str, &str) {
    let id = &instance.entity.container_id;
    ("container", id.get(..ID_CHARACTERS).unwrap_or(id))
}
