//! What the prober last found, kept in memory for everybody who asks.
//!
//! An answer comes from here at once: a reader never waits for a dependency, and never asks one.

mod curves;
mod history;
mod versions;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::health::{HealthStatus, OverallStatus, Reporter, Round};
use domain::timeline::{Availabilities, Change, CheckName, Point, Timeline};
use platform::clock::Clock;

use curves::Curves;
pub use history::HistoryPage;
use versions::Versions;

/// The newest round, and what it adds up to with the rounds before it.
pub struct Board {
    reporter: Reporter,
    clock: Box<dyn Clock>,
    /// What the timeline's offsets are counted from.
    begun: Instant,
    generation: AtomicU64,
    state: Mutex<State>,
    curves: Mutex<Curves<(CheckName, Duration, usize), Point>>,
    worst: Mutex<Curves<(Duration, usize), Option<OverallStatus>>>,
}

#[derive(Debug)]
struct State {
    newest: Option<Arc<Round>>,
    /// When the prober last advanced, by a clock that never jumps.
    advanced: Instant,
    healthy_since: Option<Instant>,
    timeline: Timeline,
    /// What the records say is deployed.
    deployed: Option<String>,
    /// What the engine says runs, where it is one release.
    running: Option<String>,
    versions: Versions,
}

impl Board {
    /// A board on which nothing is known yet, for a round each `interval`.
    #[must_use]
    pub fn new(reporter: Reporter, interval: Duration, clock: impl Clock + 'static) -> Self {
        let begun = Instant::now();
        let timeline = Timeline::new(interval, reporter.stale_after);
        let state = State {
            newest: None,
            advanced: begun,
            healthy_since: None,
            timeline,
            deployed: None,
            running: None,
            versions: Versions::default(),
        };
        Self {
            reporter,
            clock: Box::new(clock),
            begun,
            generation: AtomicU64::new(0),
            state: Mutex::new(state),
            curves: Mutex::default(),
            worst: Mutex::default(),
        }
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
        let (newest, advanced, deployed) =
            self.with(|state| (state.newest.clone(), state.advanced, state.versions.newest()));
        let age = instant.saturating_duration_since(advanced);
        let status = self.reporter.report(newest.as_deref().map(|round| (round, age)), self.now());
        HealthStatus { version: status.version.or(deployed), ..status }
    }

    /// Takes the version that the records say is deployed.
    pub fn note_deployed(&self, version: Option<String>) {
        self.note_version(|state| state.deployed = version);
    }

    /// Takes the version that the engine says runs; `None` where none runs, or more than one.
    pub fn note_running(&self, version: Option<String>) {
        self.note_version(|state| state.running = version);
    }

    /// What runs is the version, and else what is deployed: a deployment may not have come to its end.
    fn note_version(&self, note: impl FnOnce(&mut State)) {
        let now = self.now();
        let is_another = self.with(|state| {
            note(state);
            let version = state.running.as_deref().or(state.deployed.as_deref());
            state.versions.note(now, version)
        });
        if is_another {
            self.generation.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whose health it is.
    #[must_use]
    pub fn service_name(&self) -> &str {
        &self.reporter.service_name
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

    /// A number that is another one after each round, and after each change of the status: what was made
    /// from the board before is out of date.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// The kept results from before that time of day, newest first, as `/history` answers them.
    #[must_use]
    pub fn history(&self, before: Option<DateTime<Utc>>) -> HistoryPage {
        self.history_at(before, Instant::now())
    }

    fn history_at(&self, before: Option<DateTime<Utc>>, instant: Instant) -> HistoryPage {
        let (page, changes, availability, versions) = self.with(|state| {
            let page = state.timeline.page(before, history::MOST_RESULTS);
            let changes = state.timeline.changes(history::MOST_CHANGES);
            let availability = state.timeline.availability(self.offset(instant));
            (page, changes, availability, state.versions.clone())
        });
        HistoryPage::new(&self.reporter, &versions, &page, changes, availability)
    }

    /// The share of the last hour and the last day in which the stack served.
    #[must_use]
    pub fn availability(&self) -> Availabilities {
        let offset = self.offset(Instant::now());
        self.with(|state| state.timeline.availability(offset))
    }

    /// The newest `most` changes of the status, newest first.
    #[must_use]
    pub fn changes(&self, most: usize) -> Vec<Change> {
        self.with(|state| state.timeline.changes(most))
    }

    /// How long `check` took to answer within the last `window`, in `points` equal parts, oldest first. It
    /// is made anew only each few seconds, however often it is asked for.
    #[must_use]
    pub fn curve(&self, check: CheckName, window: Duration, points: usize) -> Arc<[Point]> {
        let instant = Instant::now();
        let offset = self.offset(instant);
        let make = || self.with(|state| state.timeline.curve(check, window, points, offset));
        let mut curves = self.curves.lock().unwrap_or_else(PoisonError::into_inner);
        curves.get((check, window, points), instant, make)
    }

    /// The worst status within the last `window`, in `points` equal parts, oldest first; `None` where
    /// nothing is known. It is made anew as rarely as a curve.
    #[must_use]
    pub fn worst(&self, window: Duration, points: usize) -> Arc<[Option<OverallStatus>]> {
        let instant = Instant::now();
        let offset = self.offset(instant);
        let make = || self.with(|state| state.timeline.worst(window, points, offset));
        let mut worst = self.worst.lock().unwrap_or_else(PoisonError::into_inner);
        worst.get((window, points), instant, make)
    }

    fn offset(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.begun)
    }

    /// Takes a new round, and logs what it changes.
    pub fn publish(&self, round: Round) {
        self.publish_at(round, Instant::now());
    }

    fn publish_at(&self, round: Round, instant: Instant) {
        // A break that nobody reported is a break all the same.
        self.announce_at(instant);
        let uptime_seconds =
            self.reporter.report(Some((&round, Duration::ZERO)), round.checked_at).uptime_seconds;
        self.with(|state| {
            state.timeline.push(&round, uptime_seconds, self.offset(instant));
            state.newest = Some(Arc::new(round));
            state.advanced = instant;
        });
        self.generation.fetch_add(1, Ordering::Relaxed);
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
        let change = self.with(|state| {
            state.healthy_since = match state.healthy_since {
                _ if overall != OverallStatus::Healthy => None,
                None => Some(instant),
                since => since,
            };
            state.timeline.note(status.timestamp, overall, status.error_message.as_deref())
        });
        if let Some(change) = change {
            self.generation.fetch_add(1, Ordering::Relaxed);
            log_change(&change, status.response_time_ms);
        }
    }

    fn with<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn log_change(change: &Change, response_time_ms: u64) {
    let from = change.from.map_or("unknown", OverallStatus::as_str);
    let overall_status = change.to.as_str();
    match &change.error_message {
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
        let board = Board::new(reporter, Duration::from_secs(5), FixedClock::new(at(0)));
        (board, Instant::now())
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

    #[test]
    fn the_walk_through_the_history_meets_every_result_once() {
        let (board, start) = board();
        for number in 0..450 {
            let instant = start + Duration::from_secs(5 * number);
            board.publish_at(round(5 * number.cast_signed(), number % 3 != 0), instant);
        }
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = board.history_at(before, start);
            assert!(page.results.len() <= history::MOST_RESULTS);
            seen.extend(page.results.iter().map(|result| result.timestamp));
            let Some(next) = page.next else { break };
            before = next.strip_prefix("/history?before=").and_then(|time| time.parse().ok());
            assert!(before.is_some(), "{next}");
        }
        let expected: Vec<_> = (0..450).rev().map(|number| at(5 * number)).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_is_kept_is_what_was_said_and_staleness_is_a_change_too() {
        let (board, start) = board();
        board.publish_at(round(1, false), start);
        let later = start + STALE_AFTER * 2;
        let generation = board.generation();
        board.announce_at(later);
        assert!(board.generation() > generation);
        let page = board.history_at(None, later);
        let result = &page.results[0];
        assert_eq!((result.timestamp, result.overall_status), (at(1), OverallStatus::Degraded));
        assert_eq!(result.error_message.as_deref(), Some("postgres: recovering"));
        let to: Vec<_> = page.changes.iter().map(|change| change.to.as_str()).collect();
        assert_eq!(to, ["unhealthy", "degraded"]);
        assert_eq!(page.availability.hour.available_ratio, Some(0.5));
        assert_eq!(page.next, None);
    }
}
