//! How long to wait for an engine that does not answer.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

/// Pauses that double up to a quarter of a minute, each up to a quarter shorter than that: an engine that
/// comes back does not meet all who wait for it at once.
#[derive(Debug)]
pub(super) struct Pause {
    next: Duration,
    random: RandomState,
    count: u64,
}

impl Pause {
    pub(super) fn new() -> Self {
        Self { next: FIRST, random: RandomState::new(), count: 0 }
    }

    pub(super) fn after_failure(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST);
        self.count += 1;
        let quarter = u64::try_from(whole.as_millis() / 4).unwrap_or(u64::MAX).max(1);
        whole.saturating_sub(Duration::from_millis(self.random.hash_one(self.count) % quarter))
    }

    pub(super) const fn after_success(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_bound_and_begin_anew_after_a_success() {
        let mut pause = Pause::new();
        let pauses: Vec<_> = (0..8).map(|_| pause.after_failure()).collect();
        assert!(pauses.iter().all(|pause| *pause > FIRST / 2 && *pause <= LONGEST), "{pauses:?}");
        assert!(pauses[7] > LONGEST / 2, "{pauses:?}");
        pause.after_success();
        assert!(pause.after_failure() <= FIRST);
    }
}
