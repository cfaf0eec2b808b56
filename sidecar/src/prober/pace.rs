//! When to ask next.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

/// A result in doubt is asked for again after this, and up to a quarter more.
const RETRY: Duration = Duration::from_millis(500);
/// Jitter is up to one part in this many.
const JITTER_PARTS: u32 = 4;

/// The rhythm of the rounds.
pub(super) struct Pace {
    interval: Duration,
    random: RandomState,
    count: u64,
}

impl Pace {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, random: RandomState::new(), count: 0 }
    }

    /// How long to wait for the round after the one that began at `begun`. Where something does not
    /// answer, a little less and never the same: a server that comes back should not meet all who
    /// wait for it at once, and is seen within the interval all the same.
    pub(super) fn until_next(&mut self, begun: Instant, all_pass: bool) -> Duration {
        let jitter = if all_pass { Duration::ZERO } else { self.jitter(self.interval) };
        self.interval.saturating_sub(jitter + begun.elapsed())
    }

    /// Whether the round that began at `begun` is to be followed by another.
    pub(super) fn is_due(&self, begun: Instant) -> bool {
        begun.elapsed() >= self.interval
    }

    /// How long to wait before a result in doubt is asked for again: less than a second.
    pub(super) fn until_retry(&mut self) -> Duration {
        RETRY + self.jitter(RETRY)
    }

    fn jitter(&mut self, of: Duration) -> Duration {
        self.count += 1;
        let most = u64::try_from(of.as_millis()).unwrap_or(u64::MAX) / u64::from(JITTER_PARTS);
        Duration::from_millis(self.random.hash_one(self.count) % most.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_comes_within_a_second_and_a_round_within_the_interval() {
        let interval = Duration::from_secs(5);
        let mut pace = Pace::new(interval);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let retry = pace.until_retry();
            assert!((RETRY..Duration::from_secs(1)).contains(&retry), "{retry:?}");
            seen.insert(retry);
            let next = pace.until_next(Instant::now(), false);
            assert!(next <= interval && next > interval / 2, "{next:?}");
            assert!(pace.until_next(Instant::now(), true) <= interval);
        }
        assert!(seen.len() > 50, "the jitter is spread");
    }

    #[test]
    fn a_round_that_took_too_long_is_followed_at_once() {
        let begun = Instant::now();
        let mut pace = Pace::new(Duration::ZERO);
        assert!(pace.is_due(begun));
        assert_eq!(pace.until_next(begun, true), Duration::ZERO);
    }
}
