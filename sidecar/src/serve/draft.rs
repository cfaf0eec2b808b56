//! Health Status in the form of the IETF draft "Health Check Response Format for HTTP APIs"
//! (draft-inadarei-api-health-check-06), `application/health+json`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::health::{Check, HealthStatus, OverallStatus};
use serde::Serialize;

/// The draft's form of a Health Status. What is not known is left out, as the draft has it.
#[derive(Debug, Serialize)]
pub(super) struct Draft<'a> {
    status: Word,
    /// The draft tells the public version of an API from its release; there is one name for both.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(rename = "releaseId", skip_serializing_if = "Option::is_none")]
    release_id: Option<&'a str>,
    #[serde(rename = "serviceId")]
    service_id: &'a str,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    notes: Vec<&'static str>,
    checks: BTreeMap<&'static str, [Measured<'a>; 1]>,
}

/// The draft's three states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Pass,
    Warn,
    Fail,
}

/// One measurement.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Measured<'a> {
    component_id: &'static str,
    component_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_value: Option<f64>,
    observed_unit: &'static str,
    status: Word,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
}

impl<'a> Draft<'a> {
    pub(super) fn of(health: &'a HealthStatus) -> Self {
        let checks = &health.checks;
        let measured = |id, kind, check| [Measured::of(id, kind, check, health)];
        let bot = checks.bot.as_ref();
        Self {
            status: match health.overall_status {
                OverallStatus::Healthy => Word::Pass,
                OverallStatus::Degraded => Word::Warn,
                OverallStatus::Unhealthy => Word::Fail,
            },
            version: health.version.as_deref(),
            release_id: health.version.as_deref(),
            service_id: &health.service_name,
            description: "health of the service and of what it depends on",
            output: health.error_message.as_deref(),
            notes: health
                .stale
                .then_some("the results are older than they may be")
                .into_iter()
                .collect(),
            checks: [
                bot.map(|bot| ("bot:responseTime", measured("bot", "component", bot))),
                Some((
                    "postgres:responseTime",
                    measured("postgres", "datastore", &checks.postgres),
                )),
                Some(("redis:responseTime", measured("redis", "datastore", &checks.redis))),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }
}

impl<'a> Measured<'a> {
    fn of(
        component_id: &'static str,
        component_type: &'static str,
        check: &'a Check,
        health: &HealthStatus,
    ) -> Self {
        Self {
            component_id,
            component_type,
            observed_value: check.latency_us.map(milliseconds),
            observed_unit: "ms",
            status: match (check.ok && !health.stale, &check.error_code) {
                (false, _) => Word::Fail,
                // One failure does not fail a check: it is told all the same.
                (true, Some(_)) => Word::Warn,
                (true, None) => Word::Pass,
            },
            time: health.checked_at,
            output: check.error_code.as_deref(),
        }
    }
}

fn milliseconds(microseconds: u64) -> f64 {
    std::time::Duration::from_micros(microseconds).as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::health::{Checks, Reporter, Round};

    use super::*;

    fn check(ok: bool, error_code: Option<&'static str>) -> Check {
        let latency_us = ok.then_some(1234);
        let error_code = error_code.map(Into::into);
        Check { ok, latency_us, error_code, since: DateTime::UNIX_EPOCH }
    }

    fn draft_of(postgres: Check, age: Duration) -> serde_json::Value {
        let reporter = Reporter {
            service_name: "bot".into(),
            version: Some("v1.2.3".into()),
            started_at: DateTime::UNIX_EPOCH,
            stale_after: Duration::from_secs(1),
            asks_bot: false,
        };
        let checks = Checks { bot: None, postgres, redis: check(true, None) };
        let checked_at = DateTime::UNIX_EPOCH;
        let round = Round { checked_at, response_time: Duration::ZERO, checks };
        let health = reporter.report(Some((&round, age)), DateTime::UNIX_EPOCH);
        serde_json::to_value(Draft::of(&health)).unwrap()
    }

    #[test]
    fn the_words_are_the_drafts() {
        let new = Duration::ZERO;
        for (postgres, age, whole, single) in [
            (check(true, None), new, "pass", "pass"),
            (check(true, Some("postgres_timeout")), new, "pass", "warn"),
            (check(false, Some("postgres_timeout")), new, "warn", "fail"),
            (check(true, None), Duration::from_secs(2), "fail", "fail"),
        ] {
            let draft = draft_of(postgres, age);
            assert_eq!(draft["status"], whole, "{draft}");
            assert_eq!(draft["checks"]["postgres:responseTime"][0]["status"], single, "{draft}");
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let draft = draft_of(check(false, Some("postgres_refused")), Duration::ZERO);
        let postgres = &draft["checks"]["postgres:responseTime"][0];
        assert_eq!(postgres["output"], "postgres_refused");
        assert!(postgres.get("observedValue").is_none() && draft["checks"].get("bot").is_none());
        let redis = &draft["checks"]["redis:responseTime"][0];
        assert_eq!(redis["observedValue"], 1.234);
        assert_eq!((&draft["releaseId"], &draft["serviceId"]), (&"v1.2.3".into(), &"bot".into()));
    }
}
