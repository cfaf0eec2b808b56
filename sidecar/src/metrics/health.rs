//! Health Status and its checks.

use chrono::{DateTime, Utc};
use domain::health::{HealthStatus, OverallStatus};
use domain::timeline::Availabilities;

use super::families::{Families, number, seconds, truth};

const STATES: [OverallStatus; 3] =
    [OverallStatus::Healthy, OverallStatus::Degraded, OverallStatus::Unhealthy];

pub(super) fn add(families: &mut Families, health: &HealthStatus, available: &Availabilities) {
    let service = health.service_name.as_str();
    let version = health.version.as_deref().unwrap_or_default();
    families
        .gauge("ballast_stack_info", "The service whose stack this is, and its deployed version.")
        .set(&[("service", service), ("version", version)], 1.0);
    let mut status =
        families.gauge("ballast_stack_status", "1 for the overall status of the stack, else 0.");
    for state in STATES {
        let is_it = truth(health.overall_status == state);
        status.set(&[("status", state.as_str())], is_it);
    }
    drop(status);
    families.value(
        "ballast_stack_stale",
        "1 while the newest results are older than they may be, or there are none yet.",
        truth(health.stale || health.checked_at.is_none()),
    );
    families.value(
        "ballast_stack_checked_timestamp_seconds",
        "When the newest results were taken.",
        health.checked_at.map(seconds),
    );
    families.value(
        "ballast_stack_checked_age_seconds",
        "How old the newest results are.",
        health.checked_at.map(|at| age(at, health.timestamp)),
    );
    families.value(
        "ballast_stack_uptime_seconds",
        "How long the service has been answering; 0 while it does not.",
        number(health.uptime_seconds),
    );
    checks(families, health);
    availability(families, available);
}

fn checks(families: &mut Families, health: &HealthStatus) {
    let mut up = families.gauge(
        "ballast_check_up",
        "Whether the check passes, after as many results in a row as it takes to flip.",
    );
    for (name, check) in health.checks.named() {
        up.set(&[("check", name)], truth(check.ok));
    }
    drop(up);
    let mut last =
        families.gauge("ballast_check_last_probe_ok", "Whether the newest probe got an answer.");
    for (name, check) in health.checks.named() {
        last.set(&[("check", name)], truth(check.error_code.is_none()));
    }
    drop(last);
    let mut error =
        families.gauge("ballast_check_error", "1 with the code for which the newest probe failed.");
    for (name, check) in health.checks.named() {
        if let Some(code) = &check.error_code {
            error.set(&[("check", name), ("code", code)], 1.0);
        }
    }
    drop(error);
    let mut latency =
        families.gauge("ballast_check_latency_seconds", "How long the newest answer took.");
    for (name, check) in health.checks.named() {
        if let Some(microseconds) = check.latency_us {
            latency.set(&[("check", name)], number(microseconds) / 1e6);
        }
    }
    drop(latency);
    let mut since = families
        .gauge("ballast_check_since_timestamp_seconds", "Since when the check is what it is.");
    for (name, check) in health.checks.named() {
        since.set(&[("check", name)], seconds(check.since));
    }
}

fn availability(families: &mut Families, available: &Availabilities) {
    let windows = [("1h", &available.hour), ("24h", &available.day)];
    let mut ratio = families.gauge(
        "ballast_stack_available_ratio",
        "The share of the window's known time in which the stack served its users.",
    );
    for (window, one) in windows {
        if let Some(share) = one.available_ratio {
            ratio.set(&[("window", window)], share);
        }
    }
    drop(ratio);
    let mut known = families
        .gauge("ballast_stack_known_seconds", "How much of the window the sidecar knows of.");
    for (window, one) in windows {
        known.set(&[("window", window)], number(one.known_seconds));
    }
}

/// Never negative, whatever a clock does.
pub(super) fn age(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (seconds(to) - seconds(from)).max(0.0)
}
