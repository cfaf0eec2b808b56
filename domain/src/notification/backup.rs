//! Backups: that they fail, that they are made again, and that none is young enough.
//!
//! A run of failures of one database is told when it begins, then once a day while it lasts, and the
//! first verified backup after it as well. That there is no verified backup young enough is told
//! whatever the reason is: nothing was tried, nobody can read the index, or the container is gone.

mod facts;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::notice::News;
use super::status::Moment;
use crate::backup::BackupRecord;
use crate::reuse::age;

pub use facts::{Failed, Late, Recovered, Told as ToldBackup};

/// What lasts is told again after so long.
pub const AGAIN_AFTER: TimeDelta = TimeDelta::days(1);
/// A stack that starts has so long for its first backup, or for the one that it has missed, before it
/// is told that there is none.
pub const FIRST_WITHIN: TimeDelta = TimeDelta::hours(1);
/// So many databases are remembered, at most.
const MAX_DATABASES: usize = 16;

/// What the index of the backups says.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The newest records, in whatever order.
    pub records: &'a [BackupRecord],
    /// Why the index can't be read now; the records are those that were read before.
    pub error_code: Option<&'a str>,
}

/// What outlives a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupMemory {
    /// The databases whose backups fail, as it was told.
    failing: Vec<Failing>,
    /// Since when it is late.
    late_since: Option<DateTime<Utc>>,
    /// That this was told.
    late_told: Option<LateTold>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct LateTold {
    told_at: DateTime<Utc>,
    newest_verified_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Failing {
    database_name: String,
    told_at: DateTime<Utc>,
    failures: u64,
    /// When the newest good backup was made, as it was when this was told.
    newest_verified_at: Option<DateTime<Utc>>,
}

/// Watches the index of the backups.
#[derive(Debug, Clone)]
pub struct BackupRule {
    max_age: Duration,
    settle: Duration,
    memory: BackupMemory,
    /// Whether a backup that is young enough was there in this life.
    was_fresh: bool,
    /// Since when the index can't be read.
    unread_since: Option<Duration>,
}

impl BackupRule {
    /// A rule that knows what was told before. A backup of `max_age` is too old; an index that can't
    /// be read for `settle` is told.
    #[must_use]
    pub const fn new(max_age: Duration, settle: Duration, memory: BackupMemory) -> Self {
        Self { max_age, settle, memory, was_fresh: false, unread_since: None }
    }

    /// What is to be remembered.
    #[must_use]
    pub const fn memory(&self) -> &BackupMemory {
        &self.memory
    }

    /// Looks at the index, which is to be done about every second, and says what is to be told.
    pub fn observe(&mut self, seen: Seen<'_>, now: Moment) -> Vec<News> {
        let mut news = Vec::new();
        if seen.error_code.is_none() {
            for database in databases(seen.records) {
                news.extend(self.of_database(&database, now.at));
            }
            let is_known =
                |name: &str| seen.records.iter().any(|record| record.database_name == name);
            self.memory.failing.retain(|failing| is_known(&failing.database_name));
        }
        let newest = seen.records.iter().filter(|record| is_good(record, now.at));
        let newest = newest.max_by_key(|record| record.created_at);
        let is_told = news.iter().any(|news| matches!(news, News::BackupRecovered(_)));
        news.extend(self.lateness(newest, seen.error_code, now, is_told));
        news
    }

    fn of_database(&mut self, records: &[&BackupRecord], now: DateTime<Utc>) -> Option<News> {
        let newest = records.first()?;
        let name = &newest.database_name;
        let at = self.memory.failing.iter().position(|failing| failing.database_name == *name);
        if newest.is_good() {
            let before = self.memory.failing.swap_remove(at?);
            return Some(recovered(newest, before.newest_verified_at, before.failures));
        }
        if !newest.has_failed() {
            return None;
        }
        let is_told = at.is_some_and(|at| {
            (TimeDelta::zero()..AGAIN_AFTER).contains(&(now - self.memory.failing[at].told_at))
        });
        let in_a_row = || records.iter().take_while(|record| !record.is_good());
        let failures = in_a_row().filter(|record| record.has_failed());
        let count = failures.clone().count().try_into().unwrap_or(u64::MAX);
        let newest_verified_at = records.iter().find(|record| is_good(record, now));
        let newest_verified_at = newest_verified_at.map(|record| record.created_at);
        if let Some(at) = at {
            self.memory.failing[at].failures = count;
        }
        if is_told || (at.is_none() && self.memory.failing.len() >= MAX_DATABASES) {
            return None;
        }
        let failing = Failing {
            database_name: name.clone(),
            told_at: now,
            failures: count,
            newest_verified_at,
        };
        match at {
            Some(at) => self.memory.failing[at] = failing,
            None => self.memory.failing.push(failing),
        }
        Some(News::BackupFailed(Failed {
            backup: ToldBackup::of(newest),
            error_code: newest.error_code.as_deref().map(facts::code),
            failures: count,
            failing_since: failures.last().unwrap_or(newest).created_at,
            newest_verified_at,
        }))
    }

    fn lateness(
        &mut self,
        newest: Option<&BackupRecord>,
        error_code: Option<&str>,
        now: Moment,
        is_told: bool,
    ) -> Option<News> {
        let unread = error_code.map(|_| *self.unread_since.get_or_insert(now.elapsed));
        self.unread_since = unread;
        let is_settling =
            unread.is_some_and(|since| now.elapsed.saturating_sub(since) < self.settle);
        let age = newest.and_then(|newest| age(newest, now.at));
        if error_code.is_none() && age.is_some_and(|age| age < self.max_age) {
            self.was_fresh = true;
            self.memory.late_since = None;
            let late = self.memory.late_told.take().filter(|_| !is_told)?;
            return Some(recovered(newest?, late.newest_verified_at, 0));
        }
        if is_settling {
            return None;
        }
        let since = *self.memory.late_since.get_or_insert(now.at);
        let is_due = self.was_fresh || (now.at - since).abs() >= FIRST_WITHIN;
        let again = |late: LateTold| (now.at - late.told_at).abs() >= AGAIN_AFTER;
        if !is_due || !self.memory.late_told.is_none_or(again) {
            return None;
        }
        let newest_verified_at = newest.map(|newest| newest.created_at);
        self.memory.late_told = Some(LateTold { told_at: now.at, newest_verified_at });
        Some(News::BackupLate(Late {
            newest_verified_at,
            age_seconds: age.map(|age| age.as_secs()),
            max_age_seconds: self.max_age.as_secs(),
            error_code: error_code.map(facts::code),
        }))
    }
}

/// The records of each database, the newest first.
fn databases(records: &[BackupRecord]) -> Vec<Vec<&BackupRecord>> {
    let of_runs = records.iter().filter(|record| !record.is_only_offsite());
    let mut sorted: Vec<&BackupRecord> = of_runs.collect();
    sorted.sort_by(|one, other| {
        let newest_first = other.created_at.cmp(&one.created_at);
        one.database_name.cmp(&other.database_name).then(newest_first)
    });
    let same =
        |one: &&BackupRecord, other: &&BackupRecord| one.database_name == other.database_name;
    sorted.chunk_by(same).map(<[_]>::to_vec).collect()
}

fn is_good(record: &BackupRecord, now: DateTime<Utc>) -> bool {
    record.is_good() && age(record, now).is_some()
}

fn recovered(record: &BackupRecord, before: Option<DateTime<Utc>>, failures: u64) -> News {
    let without = before.map(|before| record.created_at - before);
    News::BackupRecovered(Recovered {
        backup: ToldBackup::of(record),
        failures,
        without_seconds: without.map(|without| without.num_seconds().try_into().unwrap_or(0)),
        restore_ms: record.restore_ms,
    })
}

#[cfg(test)]
mod tests;
