//! The service and what it depends on: whether it answers, how fast now and over the last hour.

use domain::health::{Check, HealthStatus};
use domain::timeline::CheckName;

use super::curve::Curve;
use super::facts::Facts;
use super::mark::{Mark, Tone};
use super::meaning::meaning;
use super::words::{self, Moment, cut};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) id: &'static str,
    pub(super) name: String,
    pub(super) mark: Mark,
    /// How long the last answer took.
    pub(super) latency: Option<String>,
    /// Since when it answers, or does not; `None` before anything is known.
    pub(super) since: Option<Moment>,
    /// Why the last attempt failed.
    pub(super) code: Option<String>,
    pub(super) meaning: Option<String>,
    pub(super) curve: Curve,
    /// The axis of the curve.
    pub(super) top: String,
    pub(super) median: Option<String>,
    pub(super) max: Option<String>,
    /// The curve in a sentence.
    pub(super) description: String,
}

/// Each check of `health` with the name that people know.
pub(super) fn checks(health: &HealthStatus) -> Vec<(CheckName, String, &Check)> {
    let checks = &health.checks;
    let service = || cut(&health.service_name, 40);
    let bot = checks.bot.as_ref().map(|check| (CheckName::Bot, service(), check));
    bot.into_iter()
        .chain([
            (CheckName::Postgres, "PostgreSQL".to_owned(), &checks.postgres),
            (CheckName::Redis, "Redis".to_owned(), &checks.redis),
        ])
        .collect()
}

/// All of them.
pub(super) fn dependencies(facts: &Facts) -> Vec<Dependency> {
    let health = &facts.health;
    checks(health).into_iter().map(|(check, name, state)| of(facts, check, name, state)).collect()
}

fn of(facts: &Facts, check: CheckName, name: String, state: &Check) -> Dependency {
    let (id, points) = match check {
        CheckName::Bot => ("bot", &facts.bot),
        CheckName::Postgres => ("postgres", &facts.postgres),
        CheckName::Redis => ("redis", &facts.redis),
    };
    let health = &facts.health;
    let known = health.checked_at.is_some();
    let curve = Curve::through(points);
    let (median, max) = (curve.median_us.map(words::latency), curve.max_us.map(words::latency));
    Dependency {
        id,
        mark: mark(state, known, health.stale),
        latency: state.latency_us.filter(|_| state.error_code.is_none()).map(words::latency),
        since: known.then(|| Moment::of(state.since, health.timestamp)),
        code: state.error_code.as_deref().map(str::to_owned),
        meaning: state.error_code.as_deref().and_then(meaning),
        top: words::round_latency(curve.top_us),
        description: description(&name, median.as_deref(), max.as_deref(), curve.failures),
        name,
        curve,
        median,
        max,
    }
}

fn mark(check: &Check, known: bool, stale: bool) -> Mark {
    let (tone, word) = match (check.ok, &check.error_code) {
        _ if !known => (Tone::Unknown, "not yet known"),
        _ if stale => (Tone::Unknown, "stale"),
        (true, None) => (Tone::Good, "answers"),
        (true, Some(_)) => (Tone::Warn, "in doubt"),
        (false, None) => (Tone::Busy, "recovering"),
        (false, Some(_)) => (Tone::Bad, "does not answer"),
    };
    Mark { tone, word }
}

fn description(name: &str, median: Option<&str>, max: Option<&str>, failures: usize) -> String {
    let (Some(median), Some(max)) = (median, max) else {
        return format!("Latency of {name}: no answer is known within the last hour.");
    };
    let failed = match failures {
        0 => "no answer missing".to_owned(),
        1 => "answers missing in one half-minute".to_owned(),
        _ => format!("answers missing in {failures} half-minutes"),
    };
    format!("Latency of {name} over the last hour: median {median}, at most {max}, {failed}.")
}
