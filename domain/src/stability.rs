//! When a check has really changed: after `fall` failures or `rise` successes in a row.
//!
//! One slow answer is not an outage, and one good answer after an outage may be enough; both are
//! the operator's choice (`FALL`, `RISE`).

use std::num::NonZeroU32;

/// How many results in a row flip a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Failures in a row until a passing check fails.
    pub fall: NonZeroU32,
    /// Successes in a row until a failing check passes.
    pub rise: NonZeroU32,
}

/// The stable state of one check, derived from its raw results.
#[derive(Debug, Clone)]
pub struct Stability {
    thresholds: Thresholds,
    passing: Option<bool>,
    against: u32,
}

impl Stability {
    /// Starts unknown: the first result decides at once, since there is nothing to be stable about.
    #[must_use]
    pub const fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, passing: None, against: 0 }
    }

    /// The stable state; `None` before the first result.
    #[must_use]
    pub const fn passing(&self) -> Option<bool> {
        self.passing
    }

    /// Whether the last result contradicts the stable state, so that it is worth asking again soon.
    #[must_use]
    pub const fn in_doubt(&self) -> bool {
        self.against > 0
    }

    /// Takes one raw result; true when the stable state changed.
    pub fn observe(&mut self, passed: bool) -> bool {
        if self.passing == Some(passed) {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let needed = match self.passing {
            None => 1,
            Some(true) => self.thresholds.fall.get(),
            Some(false) => self.thresholds.rise.get(),
        };
        if self.against < needed {
            return false;
        }
        self.passing = Some(passed);
        self.against = 0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stability(fall: u32, rise: u32) -> Stability {
        let count = |n| NonZeroU32::new(n).expect("not zero");
        Stability::new(Thresholds { fall: count(fall), rise: count(rise) })
    }

    #[test]
    fn the_first_result_decides() {
        for passed in [true, false] {
            let mut check = stability(3, 3);
            assert!(check.observe(passed));
            assert_eq!(check.passing(), Some(passed));
        }
    }

    #[test]
    fn a_success_between_failures_starts_the_count_again() {
        let mut check = stability(2, 1);
        let changes: Vec<bool> =
            [true, false, true, false, false, true].map(|passed| check.observe(passed)).into();
        assert_eq!(changes, [true, false, false, false, true, true]);
    }

    #[test]
    fn a_contradicting_result_leaves_the_check_in_doubt() {
        let mut check = stability(2, 1);
        check.observe(true);
        check.observe(false);
        assert!(check.in_doubt());
        check.observe(false);
        assert!(!check.in_doubt());
    }
}
