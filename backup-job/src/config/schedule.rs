//! When backups are due.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds};

/// When backups are due: a cron expression in UTC, where no hour is missing or comes twice.
#[derive(Debug, Clone)]
pub struct Schedule(Cron);

/// The text is no schedule, or one that never comes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no schedule")]
pub struct NoSchedule;

impl FromStr for Schedule {
    type Err = NoSchedule;

    fn from_str(text: &str) -> Result<Self, NoSchedule> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser.parse(text).map_err(|_| NoSchedule)?;
        let comes_round = cron.find_next_occurrence(&DateTime::UNIX_EPOCH, true).is_ok();
        comes_round.then_some(Self(cron)).ok_or(NoSchedule)
    }
}

impl Schedule {
    /// When a backup was due last, at `now` or before.
    #[must_use]
    pub fn last_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.find_previous_occurrence(&now, true).ok()
    }

    /// When a backup is due next, after `now`.
    #[must_use]
    pub fn next_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.find_next_occurrence(&now, false).ok()
    }
}
