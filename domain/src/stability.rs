//! When a check has really changed: after `fall` failures or `rise` successes in a row.
//!
//! One slow answer is not an outage, and one good answer after an outage may be enough; both are
//! the operator's choice (`FALL`, `RISE`). A check that flaps is the exception: whoever answers
//! every other question is not well between two failures. The more often the raw results have
//! turned lately, the more successes in a row it takes until such a check passes again, so that it
//! counts as failing until it has been good for a while. Failing never takes longer.

use std::num::NonZeroU32;

/// Turns among the remembered results that an outage and its end, or a single slow answer, explain.
const ORDINARY_TURNS: u32 = 2;
/// How many more successes in a row each further turn asks for.
const SUCCESSES_PER_TURN: u32 = 3;
/// The most that turns ask for.
const MOST_MORE_SUCCESSES: u32 = 11;

/// How many results in a row flip a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Failures in a row until a passing check fails.
    pub fall: NonZeroU32,
    /// Successes in a row until a failing check passes; more while it flaps.
    pub rise: NonZeroU32,
}

/// The stable state of one check, derived from its raw results.
#[derive(Debug, Clone)]
pub struct Stability {
    thresholds: Thresholds,
    passing: Option<bool>,
    against: u32,
    last: Option<bool>,
    /// A bit for each of the last 64 results, set where it was another than the one before it.
    turns: u64,
}

impl Stability {
    /// Starts unknown: the first result decides at once, since there is nothing to be stable about.
    #[must_use]
    pub const fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, passing: None, against: 0, last: None, turns: 0 }
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
        let turned = self.last.is_some_and(|last| last != passed);
        self.turns = self.turns << 1 | u64::from(turned);
        self.last = Some(passed);
        if self.passing == Some(passed) {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let needed = match self.passing {
            None => 1,
            Some(true) => self.thresholds.fall.get(),
            Some(false) => self.successes_needed(),
        };
        if self.against < needed {
            return false;
        }
        self.passing = Some(passed);
        self.against = 0;
        true
    }

    fn successes_needed(&self) -> u32 {
        let flaps = self.turns.count_ones().saturating_sub(ORDINARY_TURNS);
        self.thresholds.rise.get() + (flaps * SUCCESSES_PER_TURN).min(MOST_MORE_SUCCESSES)
    }
}

#[cfg(test)]
mod tests {
    use proptest::bool::weighted;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn stability(fall: u32, rise: u32) -> Stability {
        let count = |n| NonZeroU32::new(n).expect("not zero");
        Stability::new(Thresholds { fall: count(fall), rise: count(rise) })
    }

    fn raw_turns(results: &[bool]) -> usize {
        results.windows(2).filter(|pair| pair[0] != pair[1]).count()
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
            [true, false, true, false, false].map(|passed| check.observe(passed)).into();
        assert_eq!(changes, [true, false, false, false, true]);
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

    #[test]
    fn the_end_of_an_ordinary_outage_is_seen_at_its_first_success() {
        let mut check = stability(2, 1);
        for passed in [true, false, false, false] {
            check.observe(passed);
        }
        assert!(check.observe(true));
        for _ in 0..64 {
            check.observe(true);
        }
        // What lies so far back is forgotten.
        check.observe(false);
        assert!(check.observe(false) && check.observe(true));
    }

    #[test]
    fn a_check_that_flaps_passes_once_it_has_been_good_for_a_while() {
        let mut check = stability(2, 1);
        for passed in [true, false, false, true, false, false, true, false] {
            check.observe(passed);
        }
        assert_eq!(check.passing(), Some(false));
        let needed = (1..100).find(|_| check.observe(true)).expect("it passes in the end");
        assert_eq!(needed, 1 + MOST_MORE_SUCCESSES);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_falls_after_fall_failures_in_a_row_and_never_rises_before_rise_successes(
            fall in 1_u32..6,
            rise in 1_u32..6,
            results in vec(any::<bool>(), 1..300),
        ) {
            let mut check = stability(fall, rise);
            let (mut failures, mut successes) = (0, 0);
            for (count, &passed) in results.iter().enumerate() {
                let changed = check.observe(passed);
                (failures, successes) =
                    if passed { (0, successes + 1) } else { (failures + 1, 0) };
                if changed && count > 0 && !passed {
                    prop_assert_eq!(failures, fall);
                }
                prop_assert!(failures < fall || check.passing() == Some(false));
                prop_assert!(!changed || count == 0 || failures > 0 || successes >= rise);
                prop_assert!(successes < rise + MOST_MORE_SUCCESSES || check.passing() == Some(true));
                prop_assert_eq!(check.in_doubt(), check.passing() != Some(passed));
            }
        }

        #[test]
        fn whatever_comes_the_state_changes_only_so_often(
            runs in vec((any::<bool>(), prop_oneof![3 => 1_usize..4, 1 => 12_usize..16]), 1..100),
        ) {
            let results: Vec<bool> =
                runs.into_iter().flat_map(|(passed, times)| vec![passed; times]).collect();
            let mut check = stability(2, 1);
            let changes: Vec<usize> =
                results.iter().map(|&passed| usize::from(check.observe(passed))).collect();
            for window in changes.windows(64) {
                prop_assert!(window.iter().sum::<usize>() <= 12, "{:?}", results);
            }
        }

        #[test]
        fn of_random_failures_few_turns_are_told(
            results in (30_u32..71).prop_flat_map(|percent| {
                vec(weighted(f64::from(percent) / 100.0), 1000)
            }),
        ) {
            let mut check = stability(2, 1);
            let told = results.iter().filter(|&&passed| check.observe(passed)).count();
            let raw = raw_turns(&results);
            prop_assert!(told * 10 <= raw, "{told} of {raw}");
        }
    }
}
