//! One check: a probe, and what its results add up to.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::health::Check;
use domain::stability::{Stability, Thresholds};

use crate::view::View;

/// Asks one dependency.
pub(super) trait Probe {
    /// The check's name in `/health`.
    const NAME: &'static str;

    /// Asks once. The answer, or its absence, comes within `deadline`, and nothing goes on after
    /// it. It tells how long the answer took, without the time to connect, or a code.
    async fn ask(&mut self, deadline: Duration) -> Result<Duration, &'static str>;
}

/// A probe with the stable state of its check.
pub(super) struct Watched<P> {
    probe: P,
    timeout: Duration,
    stability: Stability,
    check: Check,
}

impl<P: Probe> Watched<P> {
    pub(super) fn new(
        probe: P,
        timeout: Duration,
        thresholds: Thresholds,
        now: DateTime<Utc>,
    ) -> Self {
        let check = Check { ok: false, latency_us: None, error_code: None, since: now };
        Self { probe, timeout, stability: Stability::new(thresholds), check }
    }

    pub(super) fn check(&self) -> Check {
        self.check.clone()
    }

    pub(super) fn in_doubt(&self) -> bool {
        self.stability.in_doubt()
    }

    pub(super) fn passes(&self) -> bool {
        self.check.error_code.is_none()
    }

    pub(super) async fn ask_if_in_doubt(&mut self, view: &View) {
        if self.in_doubt() {
            self.ask(view).await;
        }
    }

    /// Asks once and takes the result; only a change is logged for everybody to see.
    pub(super) async fn ask(&mut self, view: &View) {
        let result = self.probe.ask(self.timeout).await;
        view.metrics.observe_probe(P::NAME, result);
        if let Err(error_code) = result {
            tracing::debug!(check = P::NAME, error_code, "probe failed");
        }
        let before = self.stability.passing();
        let changed = self.stability.observe(result.is_ok());
        self.check.latency_us =
            result.ok().map(|latency| u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
        self.check.error_code = result.err().map(Into::into);
        if changed {
            self.check.ok = result.is_ok();
            self.check.since = view.board.now();
            self.log_change(before, result);
        }
    }

    fn log_change(&self, before: Option<bool>, result: Result<Duration, &'static str>) {
        let check = P::NAME;
        let from = before.map_or("unknown", word);
        let latency_us = self.check.latency_us;
        match result {
            Ok(_) => tracing::info!(check, from, to = word(true), latency_us, "check changed"),
            Err(error_code) => {
                tracing::warn!(check, from, to = word(false), error_code, "check changed");
            }
        }
    }
}

const fn word(passing: bool) -> &'static str {
    if passing { "pass" } else { "fail" }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use domain::health::Reporter;
    use platform::clock::FixedClock;

    use super::*;
    use crate::board::Board;

    struct Script(Vec<Result<Duration, &'static str>>);

    impl Probe for Script {
        const NAME: &'static str = "script";

        async fn ask(&mut self, _: Duration) -> Result<Duration, &'static str> {
            self.0.remove(0)
        }
    }

    #[tokio::test]
    async fn a_check_keeps_its_state_until_the_result_is_stable_and_shows_the_raw_one() {
        let reporter = Reporter {
            service_name: "bot".into(),
            version: None,
            started_at: DateTime::UNIX_EPOCH,
            stale_after: Duration::from_secs(1),
            asks_bot: false,
        };
        let later = DateTime::UNIX_EPOCH + Duration::from_mins(1);
        let view = View::of(Board::new(reporter, Duration::from_secs(1), FixedClock::new(later)));
        let count = |n| NonZeroU32::new(n).unwrap();
        let script = Script(vec![Ok(Duration::from_micros(1500)), Err("refused"), Err("timeout")]);
        let thresholds = Thresholds { fall: count(2), rise: count(1) };
        let mut watched =
            Watched::new(script, Duration::from_secs(2), thresholds, DateTime::UNIX_EPOCH);

        watched.ask(&view).await;
        let check = watched.check();
        assert!(check.ok && watched.passes() && !watched.in_doubt());
        assert_eq!((check.latency_us, check.since), (Some(1500), later));

        watched.ask(&view).await;
        let check = watched.check();
        assert!(check.ok && watched.in_doubt());
        assert_eq!((check.latency_us, check.error_code.as_deref()), (None, Some("refused")));

        watched.ask_if_in_doubt(&view).await;
        let check = watched.check();
        assert!(!check.ok && !watched.in_doubt());
        assert_eq!(check.error_code.as_deref(), Some("timeout"));
    }
}
