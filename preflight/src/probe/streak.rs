//! How many checks have failed in a row, and whether that is reason enough for a restart.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// What one container's checks add up to.
///
/// Failures count only once a check has passed since the container started: a program that is slow
/// to start is left alone, however long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Streak {
    /// When the container's first process started, in the kernel's ticks: another start, another
    /// streak.
    init_start: u64,
    passed: bool,
    failures: u32,
}

/// What is to be done after a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing.
    Leave,
    /// The container's processes are to be ended.
    End,
}

impl Streak {
    /// The streak of a container that was started at `init_start`.
    #[must_use]
    pub(crate) const fn of_start(init_start: u64) -> Self {
        Self { init_start, passed: false, failures: 0 }
    }

    /// The streak as it stands for a container that was started at `init_start`: a streak of an
    /// earlier start is over.
    #[must_use]
    pub(crate) fn for_start(self, init_start: u64) -> Self {
        if self.init_start == init_start { self } else { Self::of_start(init_start) }
    }

    /// The streak after one more check.
    #[must_use]
    pub(crate) const fn after(self, passed: bool, restart_after: NonZeroU32) -> (Self, Decision) {
        if passed {
            return (Self { passed: true, failures: 0, ..self }, Decision::Leave);
        }
        if !self.passed {
            return (self, Decision::Leave);
        }
        let failures = self.failures.saturating_add(1);
        let decision =
            if failures >= restart_after.get() { Decision::End } else { Decision::Leave };
        (Self { failures, ..self }, decision)
    }

    /// How many checks have failed in a row.
    #[must_use]
    pub(crate) const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: NonZeroU32 = NonZeroU32::new(2).unwrap();

    fn decisions(streak: Streak, checks: &str) -> String {
        let mut streak = streak;
        checks
            .chars()
            .map(|check| {
                let decision;
                (streak, decision) = streak.after(check == '+', TWO);
                if decision == Decision::End { 'E' } else { '.' }
            })
            .collect()
    }

    #[test]
    fn failures_count_in_a_row_and_only_after_the_first_pass() {
        let fresh = Streak::of_start(7);
        assert_eq!(decisions(fresh, "------"), "......");
        assert_eq!(decisions(fresh, "-+-+-+"), "......");
        assert_eq!(decisions(fresh, "--+--"), "....E");
        // What did not end the first time is ended again.
        assert_eq!(decisions(fresh, "+---"), "..EE");
    }

    #[test]
    fn a_new_start_begins_anew() {
        let (passed, _) = Streak::of_start(7).after(true, TWO);
        let (failing, _) = passed.after(false, TWO);
        assert_eq!(failing.for_start(7), failing);
        assert_eq!(failing.for_start(8), Streak::of_start(8));
    }
}
