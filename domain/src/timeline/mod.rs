//! The Health Status results of the last day, in bounded memory, and what they add up to.
//!
//! Pure: how much time lies between two results is told by a monotonic offset that the caller hands in.
//! The time of day is only shown, because it may jump.

mod availability;
mod curve;
mod ring;
mod sample;

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::health::{ErrorCode, OverallStatus, Round};
use availability::Window;
use ring::Ring;
use sample::{Codes, Sample};

pub use availability::{Availabilities, Availability};
pub use curve::Point;
pub use sample::CheckName;

/// How far back results are kept.
pub const KEPT_FOR: Duration = Duration::from_hours(24);
/// The most results that are kept, whatever the interval: a day of one each second.
pub const MOST_SAMPLES: usize = 86_400;
/// The most changes of the status that are kept.
pub const MOST_CHANGES: usize = 1_000;

const HOUR: Duration = Duration::from_hours(1);

/// A change of the overall status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When it was seen.
    pub at: DateTime<Utc>,
    /// What the status was; `None` when nothing was known before.
    pub from: Option<OverallStatus>,
    /// What the status is.
    pub to: OverallStatus,
    /// What is wrong, in codes and fixed words; `None` when healthy.
    pub error_message: Option<String>,
}

/// A result as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What the round found. `since` of its checks is not kept: it is the round's own time.
    pub round: Round,
    /// `HealthStatus.uptime_seconds` at that moment.
    pub uptime_seconds: u64,
}

/// The results of the last day, the changes among them, and running sums of the availability.
#[derive(Debug)]
pub struct Timeline {
    ring: Ring,
    codes: Codes,
    hour: Window,
    day: Window,
    changes: VecDeque<Change>,
    status: Option<OverallStatus>,
    /// Results closer together than this say something new only if they say something else.
    spacing: Duration,
    stale_after: Duration,
}

impl Timeline {
    /// An empty timeline for a round each `interval`; a result speaks for `stale_after` and no longer.
    ///
    /// Rounds come up to a quarter sooner where something fails, so there is room for a third more than
    /// one an interval; at one second that third is cut off by [`MOST_SAMPLES`].
    #[must_use]
    pub fn new(interval: Duration, stale_after: Duration) -> Self {
        let rounds = KEPT_FOR.as_millis() / interval.as_millis().max(1);
        let capacity = usize::try_from(rounds + rounds.div_ceil(3)).unwrap_or(MOST_SAMPLES);
        Self {
            ring: Ring::new(capacity.clamp(2, MOST_SAMPLES)),
            codes: Codes::default(),
            hour: Window::new(HOUR),
            day: Window::new(KEPT_FOR),
            changes: VecDeque::new(),
            status: None,
            spacing: interval / 2,
            stale_after,
        }
    }

    /// Keeps what a round found at `offset`, which never goes back.
    ///
    /// Asking again within a round is not a result of its own, unless it changes what is said: else a
    /// check in doubt would push the day out of the ring.
    pub fn push(&mut self, round: &Round, uptime_seconds: u64, offset: Duration) {
        let sample = Sample::of(round, uptime_seconds, milliseconds(offset), &mut self.codes);
        if let Some(newest) = self.ring.newest() {
            let soon =
                sample.offset_ms.saturating_sub(newest.offset_ms) < milliseconds(self.spacing);
            if soon && sample.says_the_same_as(newest) {
                return;
            }
        }
        let stale_after_ms = milliseconds(self.stale_after);
        for window in [&mut self.hour, &mut self.day] {
            window.before_push(&self.ring, &sample, stale_after_ms);
        }
        self.ring.push(sample);
        for window in [&mut self.hour, &mut self.day] {
            window.after_push(&self.ring, stale_after_ms);
        }
    }

    /// Notes what is reported at the moment, and returns the change if it is one.
    pub fn note(
        &mut self,
        at: DateTime<Utc>,
        to: OverallStatus,
        error_message: Option<&str>,
    ) -> Option<Change> {
        let from = self.status.replace(to);
        if from == Some(to) {
            return None;
        }
        let error_message = error_message.map(str::to_owned);
        let change = Change { at, from, to, error_message };
        if self.changes.len() == MOST_CHANGES {
            self.changes.pop_front();
        }
        self.changes.push_back(change.clone());
        Some(change)
    }

    /// The newest `most` changes, newest first.
    #[must_use]
    pub fn changes(&self, most: usize) -> Vec<Change> {
        self.changes.iter().rev().take(most).cloned().collect()
    }

    /// How many results are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The share of the last hour and of the last day in which the stack served, at `offset`.
    #[must_use]
    pub fn availability(&self, offset: Duration) -> Availabilities {
        let read = |window: &Window| {
            window.read(&self.ring, milliseconds(offset), milliseconds(self.stale_after))
        };
        Availabilities { hour: read(&self.hour), day: read(&self.day) }
    }

    /// Up to `most` results before that time of day, newest first, and whether there are more. To walk
    /// on, ask for those before the last one: also where the clock was set back nothing comes twice.
    #[must_use]
    pub fn page(&self, before: Option<DateTime<Utc>>, most: usize) -> Page {
        let end = before.map_or(self.ring.len(), |before| self.ring.place_of(before));
        let begin = end.saturating_sub(most);
        let samples = self.ring.range(begin, end).rev().copied().collect();
        Page { samples, codes: self.codes.clone(), more: begin > 0 }
    }

    /// How long `check` took to answer within the last `window`, in `points` equal parts, oldest first.
    #[must_use]
    pub fn curve(
        &self,
        check: CheckName,
        window: Duration,
        points: usize,
        offset: Duration,
    ) -> Vec<Point> {
        curve::curve(&self.ring, check, &self.span(window, points, offset))
    }

    /// The worst status within the last `window`, in `points` equal parts, oldest first; `None` where
    /// nothing is known.
    #[must_use]
    pub fn worst(
        &self,
        window: Duration,
        points: usize,
        offset: Duration,
    ) -> Vec<Option<OverallStatus>> {
        curve::worst(&self.ring, &self.span(window, points, offset))
    }

    fn span(&self, window: Duration, points: usize, offset: Duration) -> curve::Span {
        curve::Span {
            end_ms: milliseconds(offset),
            window_ms: milliseconds(window),
            points,
            stale_after_ms: milliseconds(self.stale_after),
        }
    }
}

/// Some results, still in the form in which they are kept: what is copied while others wait.
#[derive(Debug, Clone)]
pub struct Page {
    samples: Vec<Sample>,
    codes: Codes,
    /// Whether there are older ones.
    pub more: bool,
}

impl Page {
    /// The results, newest first.
    pub fn results(&self) -> impl Iterator<Item = Kept> + '_ {
        self.samples.iter().map(|sample| sample.kept(|index| self.code(index)))
    }

    fn code(&self, index: u8) -> Option<ErrorCode> {
        self.codes.get(index)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
