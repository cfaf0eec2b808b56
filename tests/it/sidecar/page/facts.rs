//! Stacks as the page may meet them, made up: a day of history needs no day.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::backup::{BackupRecord, BackupType};
use domain::deployment::Opening;
use domain::health::{Check, Checks, HealthStatus, OverallStatus, derive};
use domain::service::{
    HealthCheckStatus, HealthResult, ServiceFinding, ServiceInstance, ServiceStatus,
};
use domain::timeline::{Availabilities, Availability, Change, Point};
use sidecar::instances::{EngineState, Instance, Services};
use sidecar::ledger::Books;
use sidecar::page::Facts;

use super::records::{backup, books, fail, failed_deployment, newest_verified, opening};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;

/// The moment of every page here.
pub(super) fn ago(seconds: i64) -> DateTime<Utc> {
    let now: DateTime<Utc> = "2026-03-14T15:09:26Z".parse().expect("a time");
    now - TimeDelta::seconds(seconds)
}

/// A day without an event, but for a short one in the night.
pub(super) fn healthy() -> Facts {
    let checks = Checks {
        bot: Some(up(18_400, 6 * HOUR)),
        postgres: up(840, 31 * HOUR),
        redis: up(210, 31 * HOUR),
    };
    let mut day = vec![Some(OverallStatus::Healthy); 96];
    day[41] = Some(OverallStatus::Degraded);
    Facts {
        health: status(checks),
        bot: curve(15_000, 1),
        postgres: curve(700, 2),
        redis: curve(160, 3),
        availability: availability(1.0, 0.999_31),
        day: day.into(),
        changes: vec![
            change(13 * HOUR - 49, Some(OverallStatus::Degraded), OverallStatus::Healthy, None),
            change(
                13 * HOUR,
                Some(OverallStatus::Healthy),
                OverallStatus::Degraded,
                Some("redis: redis_loading"),
            ),
            change(31 * HOUR, None, OverallStatus::Healthy, None),
        ],
        services: Arc::new(services()),
        books: Arc::new(books()),
        backup_max_age: Duration::from_hours(26),
    }
}

/// Redis has gone, and a container is at its limit.
pub(super) fn degraded() -> Facts {
    let mut facts = healthy();
    let checks = Checks { redis: down("redis_refused", 4 * MINUTE), ..facts.health.checks };
    facts.health = status(checks);
    facts.redis = gone(&facts.redis, 8);
    facts.availability = availability(1.0, 0.999_31);
    set_day(&mut facts, 95, OverallStatus::Degraded);
    let message = Some("redis: redis_refused");
    let to = OverallStatus::Degraded;
    facts.changes.insert(0, change(4 * MINUTE, Some(OverallStatus::Healthy), to, message));
    let mut services = services();
    let redis = &mut services.services[6];
    redis.entity.status = ServiceStatus::Unhealthy;
    redis.entity.health_results = results("ppfff");
    redis.entity.restart_count = 5;
    redis.entity.last_restart_at = Some(ago(3 * MINUTE));
    redis.entity.memory_usage_mb = Some(128);
    redis.findings =
        vec![ServiceFinding::RestartThresholdReached, ServiceFinding::MemoryLimitReached];
    facts.services = Arc::new(services);
    facts
}

/// Nothing answers, the newest deployment failed and the backups are late.
pub(super) fn unhealthy() -> Facts {
    let mut facts = degraded();
    let checks = Checks {
        bot: Some(down("bot_timeout", 2 * MINUTE)),
        postgres: down("postgres_too_many_connections", 11 * MINUTE),
        redis: down("redis_refused", 4 * MINUTE),
    };
    facts.health = status(checks);
    facts.bot = gone(&facts.bot, 4);
    facts.postgres = gone(&facts.postgres, 22);
    facts.availability = availability(0.966_6, 0.997_9);
    set_day(&mut facts, 94, OverallStatus::Degraded);
    set_day(&mut facts, 95, OverallStatus::Unhealthy);
    let message = facts.health.error_message.clone();
    let to = OverallStatus::Unhealthy;
    let from = Some(OverallStatus::Degraded);
    facts.changes.insert(0, change(2 * MINUTE, from, to, message.as_deref()));
    let mut books = books();
    books.deployments.records.insert(0, failed_deployment("bot: bot_timeout"));
    books.backups.records.remove(0);
    books.backups.records[0] = backup(3 * HOUR, BackupType::Scheduled)
        .failed("postgres_too_many_connections", std::time::Duration::from_secs(2));
    books.backup_totals.newest_verified = Some(newest_verified(30 * HOUR));
    facts.books = Arc::new(books);
    facts
}

/// The prober stands still.
pub(super) fn stale() -> Facts {
    let mut facts = healthy();
    facts.health.stale = true;
    facts.health.checked_at = Some(ago(7 * MINUTE));
    facts.health.overall_status = OverallStatus::Unhealthy;
    facts.health.error_message = Some("stale: no check has finished in time".to_owned());
    facts
}

/// The sidecar has just started: nothing is known, nothing is on record, no engine is watched.
pub(super) fn unknown() -> Facts {
    let not_yet = || Check { ok: false, ..down("not_yet_known", 1) };
    let checks = Checks { bot: Some(not_yet()), postgres: not_yet(), redis: not_yet() };
    let mut facts = healthy();
    facts.health = HealthStatus { checked_at: None, ..status(checks) };
    (facts.bot, facts.postgres, facts.redis) = (none(), none(), none());
    let nothing = Availability { available_ratio: None, known_seconds: 0 };
    facts.availability = Availabilities { hour: nothing, day: nothing };
    facts.day = vec![None; 96].into();
    facts.changes = Vec::new();
    facts.services = Arc::new(Services::default());
    let mut books = Books::default();
    books.deployments.error_code = Some("missing");
    books.backups.error_code = Some("missing");
    facts.books = Arc::new(books);
    facts
}

/// As many containers as a host can bear, one of them unhealthy.
pub(super) fn crowded() -> Facts {
    let mut facts = healthy();
    let mut all = Services { services: Vec::new(), ..services() };
    for number in 0..200 {
        let mut one = instance(&format!("worker-{number:03}"), "bot:v1.2.3", 40, Some(256));
        if number == 150 {
            one.entity.status = ServiceStatus::Unhealthy;
        }
        all.services.push(one);
    }
    facts.services = Arc::new(all);
    facts
}

/// Every text that others wrote is an attack.
pub(super) fn hostile(text: &str) -> Facts {
    let mut facts = unhealthy();
    let long = format!("{text}{}", "W".repeat(3000));
    facts.health.service_name.clone_from(&long);
    facts.health.version = Some(long.clone());
    facts.health.error_message = Some(long.clone());
    facts.changes[0].error_message = Some(long.clone());
    let mut services = services();
    for one in &mut services.services {
        one.entity.service_name.clone_from(&long);
        one.entity.image_tag.clone_from(&long);
        one.entity.version = Some(long.clone());
    }
    facts.services = Arc::new(services);
    let mut books = books();
    let opening = Opening {
        operator: long.clone(),
        artifact_id: long.clone(),
        previous_artifact_id: Some(text.to_owned()),
        ..opening(HOUR, "v1")
    };
    let event = fail(opening, &long);
    books.deployments.records = vec![event];
    let record = backup(HOUR, BackupType::Manual);
    let record = BackupRecord { database_name: long.clone(), ..record };
    books.backups.records = vec![record.failed(&long, std::time::Duration::ZERO)];
    facts.books = Arc::new(books);
    facts
}

fn status(checks: Checks) -> HealthStatus {
    let (overall_status, error_message) = derive(&checks, std::time::Duration::ZERO);
    HealthStatus {
        service_name: "bot".to_owned(),
        overall_status,
        timestamp: ago(0),
        response_time_ms: 19,
        postgres_connected: checks.postgres.ok,
        postgres_response_time_ms: Some(1),
        redis_connected: checks.redis.ok,
        redis_response_time_ms: Some(1),
        version: Some("v1.4.0".to_owned()),
        uptime_seconds: 21_600,
        error_message,
        checked_at: Some(ago(2)),
        stale: false,
        checks,
    }
}

fn up(latency_us: u64, since: i64) -> Check {
    Check { ok: true, latency_us: Some(latency_us), error_code: None, since: ago(since) }
}

fn down(code: &'static str, since: i64) -> Check {
    Check { ok: false, latency_us: None, error_code: Some(code.into()), since: ago(since) }
}

/// An hour of latencies about `typical_us`, the same each time.
fn curve(typical_us: u32, seed: u32) -> Arc<[Point]> {
    let mut random = seed;
    let mut next = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        random >> 16
    };
    let points = (0..120).map(|_| {
        let median = typical_us + typical_us * (next() % 100) / 400;
        let burst = if next() % 23 == 0 { typical_us * 3 } else { 0 };
        let max = median + typical_us * (next() % 100) / 150 + burst;
        Point { median_us: Some(median), max_us: Some(max), failed: false }
    });
    points.collect()
}

fn gone(points: &[Point], last: usize) -> Arc<[Point]> {
    let mut points = points.to_vec();
    let from = points.len() - last;
    points[from - 1].failed = true;
    points[from..].fill(Point { median_us: None, max_us: None, failed: true });
    points.into()
}

fn none() -> Arc<[Point]> {
    vec![Point::default(); 120].into()
}

fn availability(hour: f64, day: f64) -> Availabilities {
    let of = |ratio, known_seconds| Availability { available_ratio: Some(ratio), known_seconds };
    Availabilities { hour: of(hour, 3600), day: of(day, 86_400) }
}

fn set_day(facts: &mut Facts, part: usize, status: OverallStatus) {
    let mut day = facts.day.to_vec();
    day[part] = Some(status);
    facts.day = day.into();
}

fn change(
    seconds: i64,
    from: Option<OverallStatus>,
    to: OverallStatus,
    message: Option<&str>,
) -> Change {
    Change { at: ago(seconds), from, to, error_message: message.map(str::to_owned) }
}

fn services() -> Services {
    let mut all = vec![
        instance("backup-job", "ghcr.io/ballast/backup-job:v1.4.0", 9, Some(256)),
        instance("bot", "ghcr.io/ballast/bot:v1.4.0", 187, Some(512)),
        instance("engine-view", "nginx:1.26-alpine", 6, Some(64)),
        instance("nginx", "nginx:1.26-alpine", 11, Some(128)),
        instance("postgres", "postgres:16-alpine", 452, Some(512)),
        instance("preflight", "ghcr.io/ballast/preflight:v1.4.0", 0, Some(64)),
        instance("redis", "redis:7-alpine", 24, Some(128)),
        instance("sidecar", "ghcr.io/ballast/sidecar:v1.4.0", 6, Some(32)),
    ];
    all[1].entity.version = Some("v1.4.0".to_owned());
    all[1].entity.restart_count = 1;
    all[1].entity.last_restart_at = Some(ago(6 * HOUR));
    all[4].entity.disk_usage_mb = Some(3_420);
    all[4].entity.cpu_usage_percent = Some(31.4);
    let preflight = &mut all[5].entity;
    preflight.status = ServiceStatus::Stopped;
    preflight.health_results = Vec::new();
    (preflight.cpu_usage_percent, preflight.memory_usage_mb) = (None, None);
    let engine = EngineState {
        configured: true,
        ok: true,
        api_version: Some("1.44".to_owned()),
        ..EngineState::default()
    };
    Services { checked_at: Some(ago(1)), stale: false, engine, services: all }
}

fn instance(name: &str, image: &str, memory: u64, limit: Option<u64>) -> Instance {
    let entity = ServiceInstance {
        service_name: name.to_owned(),
        container_id: "0123456789ab".to_owned(),
        image_tag: image.to_owned(),
        status: ServiceStatus::Healthy,
        health_check_status: HealthCheckStatus::Pass,
        started_at: Some(ago(6 * HOUR + 1200)),
        restart_count: 0,
        last_restart_at: None,
        cpu_usage_percent: Some(1.2),
        memory_usage_mb: Some(memory),
        disk_usage_mb: Some(memory / 4),
        port_bindings: std::collections::BTreeMap::new(),
        environment_variables: std::collections::BTreeMap::new(),
        version: None,
        first_passed_at: Some(ago(6 * HOUR)),
        health_results: results("ppppp"),
    };
    Instance {
        entity,
        memory_limit_mb: limit,
        cpu_limit_percent: Some(50.0),
        findings: Vec::new(),
        checked_at: Some(ago(1)),
        stale: false,
        error_code: None,
    }
}

fn results(letters: &str) -> Vec<HealthResult> {
    let status = |letter| match letter {
        'p' => HealthCheckStatus::Pass,
        _ => HealthCheckStatus::Fail,
    };
    let result =
        |letter| HealthResult { started_at: ago(9), ended_at: ago(9), status: status(letter) };
    letters.chars().map(result).collect()
}
