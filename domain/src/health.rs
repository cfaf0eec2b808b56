//! Health Status: the aggregated health of the service and its dependencies.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// From this response time on, the service counts as timed out (State Derivation of the entity).
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Aggregated health (`HealthStatus.overall_status`), the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverallStatus {
    /// The service responds and all its dependencies do.
    Healthy,
    /// The service responds; one dependency does not.
    Degraded,
    /// Several dependencies fail, or the service itself does not respond in time.
    Unhealthy,
}

impl OverallStatus {
    /// The word that the JSON bears.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }

    /// Whether the stack still serves its users: an uptime monitor sees 200.
    #[must_use]
    pub const fn serves(self) -> bool {
        !matches!(self, Self::Unhealthy)
    }
}

/// Why a check failed: one word of a closed, documented set (`redis_loading`), never a driver's text.
pub type ErrorCode = Cow<'static, str>;

/// The stable state of one dependency, as `/health` reports it under `checks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Whether the check passes; false also before its first result.
    pub ok: bool,
    /// How long the last answer took, in microseconds; `None` when there was none.
    pub latency_us: Option<u64>,
    /// Why the last probe failed; `None` when it passed.
    pub error_code: Option<ErrorCode>,
    /// Since when `ok` is what it is.
    pub since: DateTime<Utc>,
}

impl Check {
    fn latency_ms(&self) -> Option<u64> {
        self.latency_us.map(|us| us.div_ceil(1000))
    }
}

/// Every dependency of the service, and the service itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// The service that the stack exists for; `None` when none is configured.
    pub bot: Option<Check>,
    /// PostgreSQL.
    pub postgres: Check,
    /// Redis.
    pub redis: Check,
}

impl Checks {
    /// Each check with its name: `bot`, `postgres`, `redis`.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Check)> {
        let bot = self.bot.as_ref().map(|check| ("bot", check));
        bot.into_iter().chain([("postgres", &self.postgres), ("redis", &self.redis)])
    }
}

/// What one round of probing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// When the round ended.
    pub checked_at: DateTime<Utc>,
    /// How long the whole round took.
    pub response_time: Duration,
    /// What each check is now.
    pub checks: Checks,
}

/// Detailed health information of the service, with all attributes of the entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthStatus {
    /// The service that is checked.
    pub service_name: String,
    /// The aggregated health.
    pub overall_status: OverallStatus,
    /// When this status was made.
    pub timestamp: DateTime<Utc>,
    /// How long the check took, in milliseconds.
    pub response_time_ms: u64,
    /// Whether PostgreSQL answers.
    pub postgres_connected: bool,
    /// How long a query took, in milliseconds, rounded up.
    pub postgres_response_time_ms: Option<u64>,
    /// Whether Redis answers.
    pub redis_connected: bool,
    /// How long a `PING` took, in milliseconds, rounded up.
    pub redis_response_time_ms: Option<u64>,
    /// The deployed version.
    pub version: Option<String>,
    /// Seconds since the service last started answering; 0 while it does not.
    pub uptime_seconds: u64,
    /// What is wrong, in codes and fixed words; `None` when healthy.
    pub error_message: Option<String>,
    /// When the newest results were taken; `None` before the first.
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether the results are older than they may be.
    pub stale: bool,
    /// Each dependency for itself.
    pub checks: Checks,
}

/// A Health Status that was kept: the attributes of the entity, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthResult {
    /// The service that was checked.
    pub service_name: String,
    /// The aggregated health.
    pub overall_status: OverallStatus,
    /// When the check ended.
    pub timestamp: DateTime<Utc>,
    /// How long the check took, in milliseconds.
    pub response_time_ms: u64,
    /// Whether PostgreSQL answered.
    pub postgres_connected: bool,
    /// How long a query took, in milliseconds, rounded up.
    pub postgres_response_time_ms: Option<u64>,
    /// Whether Redis answered.
    pub redis_connected: bool,
    /// How long a `PING` took, in milliseconds, rounded up.
    pub redis_response_time_ms: Option<u64>,
    /// The deployed version.
    pub version: Option<String>,
    /// Seconds since the service had last started answering.
    pub uptime_seconds: u64,
    /// What was wrong, in codes and fixed words; `None` when healthy.
    pub error_message: Option<String>,
}

impl HealthResult {
    /// The entity within what is reported.
    #[must_use]
    pub fn of(status: HealthStatus) -> Self {
        Self {
            service_name: status.service_name,
            overall_status: status.overall_status,
            timestamp: status.timestamp,
            response_time_ms: status.response_time_ms,
            postgres_connected: status.postgres_connected,
            postgres_response_time_ms: status.postgres_response_time_ms,
            redis_connected: status.redis_connected,
            redis_response_time_ms: status.redis_response_time_ms,
            version: status.version,
            uptime_seconds: status.uptime_seconds,
            error_message: status.error_message,
        }
    }
}

/// Who reports, and how old a result may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporter {
    /// `HealthStatus.service_name`.
    pub service_name: String,
    /// `HealthStatus.version`.
    pub version: Option<String>,
    /// When the reporter started: the `since` of what is not yet known.
    pub started_at: DateTime<Utc>,
    /// Results older than this are stale.
    pub stale_after: Duration,
    /// Whether the service itself is asked.
    pub asks_bot: bool,
}

impl Reporter {
    /// The status at `now`, from the newest round and its age by a clock that never jumps; without a
    /// round, a status that is not yet known.
    #[must_use]
    pub fn report(&self, newest: Option<(&Round, Duration)>, now: DateTime<Utc>) -> HealthStatus {
        let Some((round, age)) = newest else { return self.not_yet_known(now) };
        let stale = age > self.stale_after;
        let (overall_status, error_message) = if stale {
            (OverallStatus::Unhealthy, Some("stale: no check has finished in time".to_owned()))
        } else {
            derive(&round.checks, round.response_time)
        };
        let checks = round.checks.clone();
        HealthStatus {
            service_name: self.service_name.clone(),
            overall_status,
            timestamp: now,
            response_time_ms: milliseconds(round.response_time),
            postgres_connected: checks.postgres.ok,
            postgres_response_time_ms: checks.postgres.latency_ms(),
            redis_connected: checks.redis.ok,
            redis_response_time_ms: checks.redis.latency_ms(),
            version: self.version.clone(),
            uptime_seconds: self.uptime_seconds(&checks, now),
            error_message,
            checked_at: Some(round.checked_at),
            stale,
            checks,
        }
    }

    fn not_yet_known(&self, now: DateTime<Utc>) -> HealthStatus {
        let unknown = Check {
            ok: false,
            latency_us: None,
            error_code: Some(Cow::Borrowed("not_yet_known")),
            since: self.started_at,
        };
        HealthStatus {
            service_name: self.service_name.clone(),
            overall_status: OverallStatus::Unhealthy,
            timestamp: now,
            response_time_ms: 0,
            postgres_connected: false,
            postgres_response_time_ms: None,
            redis_connected: false,
            redis_response_time_ms: None,
            version: self.version.clone(),
            uptime_seconds: 0,
            error_message: Some("not yet known: the first check has not finished".to_owned()),
            checked_at: None,
            stale: false,
            checks: Checks {
                bot: self.asks_bot.then(|| unknown.clone()),
                postgres: unknown.clone(),
                redis: unknown,
            },
        }
    }

    fn uptime_seconds(&self, checks: &Checks, now: DateTime<Utc>) -> u64 {
        let since = match &checks.bot {
            Some(bot) if bot.ok => bot.since,
            Some(_) => return 0,
            None => self.started_at,
        };
        (now - since).num_seconds().try_into().unwrap_or(0)
    }
}

/// The entity's State Derivation. A service that does not answer counts as not responding.
#[must_use]
pub fn derive(checks: &Checks, response_time: Duration) -> (OverallStatus, Option<String>) {
    let failing: Vec<String> = checks
        .named()
        .filter(|(_, check)| !check.ok)
        .map(|(name, check)| match &check.error_code {
            Some(code) => format!("{name}: {code}"),
            None => format!("{name}: recovering"),
        })
        .collect();
    let responds = checks.bot.as_ref().is_none_or(|bot| bot.ok);
    let dependencies_down = [&checks.postgres, &checks.redis].iter().filter(|c| !c.ok).count();
    if response_time >= RESPONSE_TIMEOUT {
        return (OverallStatus::Unhealthy, Some("response_timeout".to_owned()));
    }
    let overall = match (responds, dependencies_down) {
        (true, 0) => OverallStatus::Healthy,
        (true, 1) => OverallStatus::Degraded,
        _ => OverallStatus::Unhealthy,
    };
    (overall, (!failing.is_empty()).then(|| failing.join("; ")))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("a valid time")
    }

    fn check(ok: bool) -> Check {
        Check {
            ok,
            latency_us: ok.then_some(1500),
            error_code: (!ok).then_some(Cow::Borrowed("refused")),
            since: at(0),
        }
    }

    fn checks(bot: Option<bool>, postgres: bool, redis: bool) -> Checks {
        Checks { bot: bot.map(check), postgres: check(postgres), redis: check(redis) }
    }

    fn reporter() -> Reporter {
        Reporter {
            service_name: "bot".into(),
            version: Some("v1.2.3".into()),
            started_at: at(0),
            stale_after: Duration::from_secs(15),
            asks_bot: true,
        }
    }

    #[test]
    fn the_status_follows_the_data_model() {
        use OverallStatus::{Degraded, Healthy, Unhealthy};
        for (bot, postgres, redis, expected) in [
            (Some(true), true, true, Healthy),
            (None, true, true, Healthy),
            (Some(true), false, true, Degraded),
            (Some(true), true, false, Degraded),
            (Some(true), false, false, Unhealthy),
            (Some(false), true, true, Unhealthy),
            (Some(false), false, false, Unhealthy),
        ] {
            let (overall, message) = derive(&checks(bot, postgres, redis), Duration::ZERO);
            assert_eq!(overall, expected, "{bot:?} {postgres} {redis}");
            assert_eq!(message.is_none(), expected == Healthy);
        }
    }

    #[test]
    fn ten_seconds_are_a_timeout() {
        let all = checks(Some(true), true, true);
        assert_eq!(derive(&all, Duration::from_millis(9_999)).0, OverallStatus::Healthy);
        assert_eq!(derive(&all, RESPONSE_TIMEOUT).0, OverallStatus::Unhealthy);
    }

    #[test]
    fn an_old_result_is_stale_and_never_healthy() {
        let round = Round {
            checked_at: at(0),
            response_time: Duration::from_millis(2),
            checks: checks(Some(true), true, true),
        };
        let at_age =
            |seconds| reporter().report(Some((&round, Duration::from_secs(seconds))), at(0));
        assert_eq!(at_age(15).overall_status, OverallStatus::Healthy);
        assert!(!at_age(15).stale);
        assert_eq!(at_age(16).overall_status, OverallStatus::Unhealthy);
        assert!(at_age(16).stale);
    }

    #[test]
    fn before_the_first_round_nothing_is_healthy() {
        let status = reporter().report(None, at(1));
        assert_eq!(status.overall_status, OverallStatus::Unhealthy);
        assert!(status.checked_at.is_none() && !status.postgres_connected);
    }

    #[test]
    fn latency_is_rounded_up_to_milliseconds() {
        let round = Round {
            checked_at: at(0),
            response_time: Duration::from_micros(2_001),
            checks: checks(Some(true), true, true),
        };
        let status = reporter().report(Some((&round, Duration::ZERO)), at(0));
        assert_eq!(status.postgres_response_time_ms, Some(2));
        assert_eq!(status.response_time_ms, 3);
    }
}
