//! Which changes of the overall status are told, and when.
//!
//! What a person is woken for has held for a while, is another status than the one last told, and is
//! one of at most [`MAX_NOTICES`] within [`WINDOW`]. A status that keeps changing is told as that,
//! once, and again only when it has calmed down.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::notice::{Failing, KeepsChanging, News, StatusChange};
use crate::health::{HealthStatus, OverallStatus};

/// So many notices of the status come within [`WINDOW`], at most.
pub const MAX_NOTICES: usize = 6;
/// See [`MAX_NOTICES`].
pub const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// A status that kept changing has calmed down when it has held for so long.
pub const CALM: Duration = Duration::from_mins(2);

/// The last places of [`MAX_NOTICES`] are for "it keeps changing", and for where that ended.
const KEPT_FOR_CALM: usize = 1;
const KEPT_FOR_CHANGING: usize = 1;
/// So many changes within [`WINDOW`] are a status that keeps changing, though none has held.
const MANY_CHANGES: usize = 8;
/// A stack that is coming up gets this many times the usual patience, a minute at most.
const START_PATIENCE: u32 = 4;
const MAX_START_PATIENCE: Duration = Duration::from_mins(1);

/// What was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// A status.
    Status(OverallStatus),
    /// That it keeps changing.
    KeepsChanging,
}

/// What outlives a restart. Before the first notice all is taken to be well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    told: Told,
    /// Since when it is not healthy, going by what was told.
    unwell_since: Option<DateTime<Utc>>,
    /// When the last notices were: [`MAX_NOTICES`] at most.
    notices: Vec<DateTime<Utc>>,
}

/// A moment, by two clocks: the time of day is for people and for the next start, and may jump; what
/// is waited for goes by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time of day.
    pub at: DateTime<Utc>,
    /// Time since the watching began.
    pub elapsed: Duration,
}

/// Watches the overall status.
#[derive(Debug, Clone)]
pub struct Rule {
    settle: Duration,
    memory: Memory,
    held: Option<Held>,
    was_healthy: bool,
    /// The last changes: [`MANY_CHANGES`] at most.
    changes: VecDeque<Moment>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    status: OverallStatus,
    since: Moment,
}

impl Default for Memory {
    fn default() -> Self {
        let told = Told::Status(OverallStatus::Healthy);
        Self { told, unwell_since: None, notices: Vec::new() }
    }
}

impl Memory {
    /// What was told last.
    #[must_use]
    pub const fn told(&self) -> Told {
        self.told
    }

    /// How many of the notices are within [`WINDOW`]. One from the future is of a clock that was set.
    fn recent(&self, now: DateTime<Utc>) -> usize {
        let is_recent = |at: &&DateTime<Utc>| (TimeDelta::zero()..WINDOW).contains(&(now - **at));
        self.notices.iter().filter(is_recent).count()
    }

    fn tell(&mut self, told: Told, at: DateTime<Utc>) {
        self.told = told;
        let surplus = (self.notices.len() + 1).saturating_sub(MAX_NOTICES);
        self.notices.drain(..surplus);
        self.notices.push(at);
    }
}

impl Rule {
    /// A rule that knows what was told before, and tells what has held for `settle`.
    #[must_use]
    pub const fn new(settle: Duration, memory: Memory) -> Self {
        Self { settle, memory, held: None, was_healthy: false, changes: VecDeque::new() }
    }

    /// What is to be remembered.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Looks at the status, which is to be done about every second, and says what is to be told.
    /// What is not yet known is nothing to tell.
    pub fn observe(&mut self, health: &HealthStatus, now: Moment) -> Option<News> {
        health.checked_at?;
        let held = self.hold(health.overall_status, now);
        let held_for = now.elapsed.saturating_sub(held.since.elapsed);
        let recent = self.memory.recent(now.at);
        let is_news = self.memory.told != Told::Status(held.status);
        if is_news && held_for >= self.patience(recent, now) && recent < MAX_NOTICES {
            return Some(News::StatusChanged(self.change(held, health, now)));
        }
        let does_not_hold = if held_for >= self.settle {
            is_news && recent >= usual_notices() && held_for < CALM
        } else {
            self.changes.len() == MANY_CHANGES
        };
        let is_told = self.memory.told == Told::KeepsChanging;
        if does_not_hold && !is_told && recent < MAX_NOTICES - KEPT_FOR_CALM {
            return Some(News::StatusKeepsChanging(self.keeps_changing(held, health, now)));
        }
        None
    }

    fn hold(&mut self, status: OverallStatus, now: Moment) -> Held {
        self.was_healthy |= status == OverallStatus::Healthy;
        while self.changes.front().is_some_and(|change| is_past(*change, now)) {
            self.changes.pop_front();
        }
        match self.held {
            Some(held) if held.status == status => held,
            before => {
                if before.is_some() {
                    if self.changes.len() == MANY_CHANGES {
                        self.changes.pop_front();
                    }
                    self.changes.push_back(now);
                }
                let held = Held { status, since: now };
                self.held = Some(held);
                held
            }
        }
    }

    /// How long a status must hold to be told.
    fn patience(&self, recent: usize, now: Moment) -> Duration {
        let is_restless = self.memory.told == Told::KeepsChanging || recent >= usual_notices();
        if is_restless {
            return self.settle.max(CALM);
        }
        let start = (self.settle * START_PATIENCE).min(self.settle.max(MAX_START_PATIENCE));
        if self.was_healthy || now.elapsed >= start { self.settle } else { start }
    }

    fn change(&mut self, held: Held, health: &HealthStatus, now: Moment) -> StatusChange {
        let from = match self.memory.told {
            Told::Status(status) => Some(status),
            Told::KeepsChanging => None,
        };
        let is_well = held.status == OverallStatus::Healthy;
        let unwell_since = self.memory.unwell_since.take();
        if !is_well {
            self.memory.unwell_since = unwell_since.or(Some(held.since.at));
        }
        self.memory.tell(Told::Status(held.status), now.at);
        let lasted =
            |since: DateTime<Utc>| (held.since.at - since).num_seconds().try_into().unwrap_or(0);
        StatusChange {
            from,
            overall_status: held.status,
            since: held.since.at,
            unwell_seconds: unwell_since.filter(|_| is_well).map(lasted),
            failing: Failing::of(&health.checks),
            stale: health.stale,
        }
    }

    fn keeps_changing(&mut self, held: Held, health: &HealthStatus, now: Moment) -> KeepsChanging {
        let since = self.changes.front().unwrap_or(&held.since).at;
        self.memory.unwell_since.get_or_insert(since);
        self.memory.tell(Told::KeepsChanging, now.at);
        let failing = Failing::of(&health.checks);
        KeepsChanging { overall_status: held.status, since, failing }
    }
}

const fn usual_notices() -> usize {
    MAX_NOTICES - KEPT_FOR_CALM - KEPT_FOR_CHANGING
}

fn is_past(change: Moment, now: Moment) -> bool {
    now.elapsed.saturating_sub(change.elapsed) >= WINDOW.to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests;
