//! How long, and how often, a notice is tried.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::notice::Notice;

/// The longest pause between two attempts, whatever a server asks for.
pub const MAX_PAUSE: Duration = Duration::from_mins(10);
/// So often is a notice tried at most.
pub const MAX_ATTEMPTS: u32 = 60;

/// The pause after the first failure; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause that nobody asked for.
const LONGEST_OWN: Duration = Duration::from_mins(5);
/// A status that nobody could be told for so long is history.
const STATUS_LASTS: TimeDelta = TimeDelta::hours(1);
/// The outcome of a deployment, or of a backup, is of use for longer.
const OUTCOME_LASTS: TimeDelta = TimeDelta::hours(12);

/// How long to wait after so many failures, at least one: twice as long after each, never less than a
/// server `asked` for within [`MAX_PAUSE`], and up to a quarter more by `jitter` of 0 to 255, so
/// that what failed together does not come back together.
#[must_use]
pub fn pause(failures: u32, asked: Option<Duration>, jitter: u8) -> Duration {
    let own = FIRST_PAUSE * 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    let wanted = own.min(LONGEST_OWN).max(asked.unwrap_or_default());
    (wanted + wanted * u32::from(jitter) / 1024).min(MAX_PAUSE)
}

/// Whether nobody needs to be told any more.
#[must_use]
pub fn is_too_old(notice: &Notice, now: DateTime<Utc>) -> bool {
    let lasts = if notice.is_of_status() { STATUS_LASTS } else { OUTCOME_LASTS };
    now - notice.at > lasts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_their_bounds() {
        let seconds = |failures, asked: Option<u64>, jitter| {
            pause(failures, asked.map(Duration::from_secs), jitter).as_secs_f64()
        };
        for (failures, asked, expected) in [
            (1, None, 1.0),
            (2, None, 2.0),
            (5, None, 16.0),
            (9, None, 256.0),
            (10, None, 300.0),
            (u32::MAX, None, 300.0),
            (1, Some(30), 30.0),
            (10, Some(30), 300.0),
            (1, Some(u64::from(u32::MAX)), 600.0),
        ] {
            let shortest = seconds(failures, asked, 0);
            assert!((shortest - expected).abs() < 1e-9, "{failures} {asked:?}: {shortest}");
            let longest = seconds(failures, asked, 255);
            assert!(longest >= shortest && longest <= shortest * 1.25, "{failures} {asked:?}");
        }
        assert!(seconds(3, None, 128) > seconds(3, None, 0), "jitter spreads them");
    }
}
