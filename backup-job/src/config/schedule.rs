//! When backups are due.
//!
//! A time of day that a change of the clocks skips is due at the end of the gap, and one that comes
//! twice is due the first time: a daily backup is due once on every day of its zone.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};

/// How many due times are looked at for the longest gap between two: a year of hourly ones.
const GAPS: usize = 9000;

/// When backups are due: a cron expression in a time zone, and how much later a run may begin.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
    jitter: Jitter,
}

/// How much later than it is due a run begins: always the same for one due time of one host, so that
/// a restart changes nothing.
#[derive(Debug, Clone, Default)]
pub struct Jitter {
    /// The most.
    pub most: Duration,
    /// What makes it another one on another host.
    pub host: String,
}

/// The text is no schedule, or one that never comes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no schedule")]
pub struct NoSchedule;

/// The text is no name of the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no time zone")]
pub struct NoZone;

/// Reads a time zone's name, such as `Europe/Berlin`.
///
/// # Errors
/// [`NoZone`].
pub fn zone(text: &str) -> Result<Tz, NoZone> {
    text.parse().map_err(|_| NoZone)
}

/// Reads a cron expression of five fields.
///
/// # Errors
/// [`NoSchedule`].
pub fn cron(text: &str) -> Result<Cron, NoSchedule> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
    let cron = parser.parse(text).map_err(|_| NoSchedule)?;
    let comes_round = cron.find_next_occurrence(&DateTime::UNIX_EPOCH, true).is_ok();
    comes_round.then_some(cron).ok_or(NoSchedule)
}

impl Schedule {
    /// `cron` as the clocks of `zone` show it.
    #[must_use]
    pub const fn new(cron: Cron, zone: Tz, jitter: Jitter) -> Self {
        Self { cron, zone, jitter }
    }

    /// When the run was due that should have begun last, at `now` or before.
    #[must_use]
    pub fn last_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.previous(now, true)?;
        if self.start(due) <= now { Some(due) } else { self.previous(due, false) }
    }

    /// When a run begins next, after `now`.
    #[must_use]
    pub fn next_start(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waiting = self.previous(now, true).map(|due| self.start(due));
        let waiting = waiting.filter(|start| *start > now);
        waiting.or_else(|| self.next(now).map(|due| self.start(due)))
    }

    /// The longest time between two runs in the year after `now`.
    #[must_use]
    pub fn longest_gap(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let year = now + TimeDelta::days(366);
        let mut due = self.next(now)?;
        let mut longest = TimeDelta::zero();
        for _ in 0..GAPS {
            let next = self.next(due)?;
            longest = longest.max(next - due);
            if next > year {
                break;
            }
            due = next;
        }
        Some(longest + TimeDelta::from_std(self.jitter.most).unwrap_or_default())
    }

    fn start(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        let room = self.next(due).and_then(|next| (next - due).to_std().ok()).unwrap_or_default();
        due + self.jitter.of(due, room)
    }

    fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.cron.find_next_occurrence(&after.with_timezone(&self.zone), false);
        next.ok().map(|next| next.to_utc())
    }

    fn previous(&self, at: DateTime<Utc>, inclusive: bool) -> Option<DateTime<Utc>> {
        let at = at.with_timezone(&self.zone);
        let previous = self.cron.find_previous_occurrence(&at, inclusive);
        previous.ok().map(|previous| previous.to_utc())
    }
}

impl Jitter {
    /// From nothing to the most, and always less than `room`.
    fn of(&self, due: DateTime<Utc>, room: Duration) -> Duration {
        let seconds = self.most.as_secs().min(room.as_secs().saturating_sub(1));
        let mut hasher = DefaultHasher::new();
        (&self.host, due.timestamp()).hash(&mut hasher);
        Duration::from_secs(hasher.finish() % (seconds + 1))
    }
}

#[cfg(test)]
mod tests;
