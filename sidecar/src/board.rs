//! What the prober last found, kept in memory for everybody who asks.
//!
//! An answer comes from here at once: a reader never waits for a dependency, and never asks one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::health::{HealthStatus, OverallStatus, Reporter, Round};
use platform::clock::Clock;

/// The newest round, and what it adds up to with the rounds before it.
pub struct Board {
    reporter: Reporter,
    clock: Box<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    newest: Option<Arc<Round>>,
    /// When the prober last advanced, by a clock that never jumps.
    advanced: Instant,
    healthy_since: Option<Instant>,
    announced: Option<OverallStatus>,
}

impl Board {
    /// A board on which nothing is known yet.
    #[must_use]
    pub fn new(reporter: Reporter, clock: impl Clock + 'static) -> Self {
        let state =
            State { newest: None, advanced: Instant::now(), healthy_since: None, announced: None };
        Self { reporter, clock: Box::new(clock), state: Mutex::new(state) }
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Health Status as of now.
    #[must_use]
    pub fn report(&self) -> HealthStatus {
        self.report_at(Instant::now())
    }

    fn report_at(&self, instant: Instant) -> HealthStatus {
        let (newest, advanced) = self.with(|state| (state.newest.clone(), state.advanced));
        let age = instant.saturating_duration_since(advanced);
        self.reporter.report(newest.as_deref().map(|round| (round, age)), self.now())
    }

    /// How long every report has been `healthy`, without a break; `None` while it is not.
    #[must_use]
    pub fn healthy_for(&self) -> Option<Duration> {
        self.healthy_for_at(Instant::now())
    }

    fn healthy_for_at(&self, instant: Instant) -> Option<Duration> {
        let since = self.with(|state| state.healthy_since)?;
        Some(instant.saturating_duration_since(since))
    }

    /// Whether the prober has advanced lately.
    #[must_use]
    pub fn is_advancing(&self) -> bool {
        self.is_advancing_at(Instant::now())
    }

    fn is_advancing_at(&self, instant: Instant) -> bool {
        let advanced = self.with(|state| state.advanced);
        instant.saturating_duration_since(advanced) <= self.reporter.stale_after
    }

    /// Takes a new round, and logs what it changes.
    pub fn publish(&self, round: Round) {
        self.publish_at(round, Instant::now());
    }

    fn publish_at(&self, round: Round, instant: Instant) {
        // A break that nobody reported is a break all the same.
        self.announce_at(instant);
        self.with(|state| {
            state.newest = Some(Arc::new(round));
            state.advanced = instant;
        });
        self.announce_at(instant);
    }

    /// Logs the overall status if it has changed since it was last logged: a round may have changed
    /// it, or the want of one.
    pub fn announce(&self) {
        self.announce_at(Instant::now());
    }

    fn announce_at(&self, instant: Instant) {
        let status = self.report_at(instant);
        if status.checked_at.is_none() {
            return;
        }
        let overall = status.overall_status;
        let before = self.with(|state| {
            state.healthy_since = match state.healthy_since {
                _ if overall != OverallStatus::Healthy => None,
                None => Some(instant),
                since => since,
            };
            state.announced.replace(overall)
        });
        if before != Some(overall) {
            log_change(before, &status);
        }
    }

    fn with<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn log_change(before: Option<OverallStatus>, status: &HealthStatus) {
    let from = before.map_or("unknown", OverallStatus::as_str);
    let overall_status = status.overall_status.as_str();
    let response_time_ms = status.response_time_ms;
    match &status.error_message {
        None => tracing::info!(from, overall_status, response_time_ms, "health status changed"),
        Some(error_message) => tracing::warn!(
            from,
            overall_status,
            response_time_ms,
            error_message,
            "health status changed"
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::health::{Check, Checks};
    use platform::clock::FixedClock;

    use super::*;

    const STALE_AFTER: Duration = Duration::from_secs(17);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn round(seconds: i64, ok: bool) -> Round {
        let check =
            |ok| Check { ok, latency_us: None, error_code: None, since: DateTime::UNIX_EPOCH };
        let checks = Checks { bot: None, postgres: check(ok), redis: check(true) };
        Round { checked_at: at(seconds), response_time: Duration::ZERO, checks }
    }

    fn board() -> (Board, Instant) {
        let reporter = Reporter {
            service_name: "bot".into(),
            version: None,
            started_at: at(0),
            stale_after: STALE_AFTER,
            asks_bot: false,
        };
        (Board::new(reporter, FixedClock::new(at(0))), Instant::now())
    }

    #[test]
    fn what_is_not_yet_known_is_not_healthy_and_lives() {
        let (board, start) = board();
        assert!(board.report_at(start).checked_at.is_none());
        assert!(board.is_advancing_at(start + STALE_AFTER / 2));
        assert_eq!(board.healthy_for_at(start), None);
    }

    #[test]
    fn health_counts_from_its_first_round_until_the_first_break() {
        let (board, start) = board();
        let later = |seconds| start + Duration::from_secs(seconds);
        let lasted = |seconds| board.healthy_for_at(later(seconds));
        board.publish_at(round(1, true), later(1));
        board.publish_at(round(2, true), later(2));
        assert_eq!(lasted(3), Some(Duration::from_secs(2)));
        board.publish_at(round(3, false), later(3));
        assert_eq!(lasted(3), None);
        board.publish_at(round(4, true), later(4));
        assert_eq!(lasted(4), Some(Duration::ZERO));
    }

    #[test]
    fn a_prober_that_stands_still_is_stale_and_breaks_the_count() {
        let (board, start) = board();
        board.publish_at(round(1, true), start);
        let later = start + STALE_AFTER + Duration::from_secs(2);
        assert!(board.report_at(later).stale && !board.is_advancing_at(later));
        board.publish_at(round(30, true), later);
        assert!(!board.report_at(later).stale && board.is_advancing_at(later));
        assert_eq!(board.healthy_for_at(later), Some(Duration::ZERO));
    }
}
