//! The outcomes that nobody needs to be told again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::deployment::{EventStatus, Fields};

/// How many outcomes are remembered.
pub const MAX_REMEMBERED: usize = 256;
/// An outcome that is first seen later than this after it came is told only by who remembers
/// earlier ones, and knows by that that nobody told it.
pub const NEWS_FOR: TimeDelta = TimeDelta::minutes(15);
/// Nobody tells of what is older.
const EVER_NEWS_FOR: TimeDelta = TimeDelta::hours(12);

/// The outcomes that nobody needs to be told again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Whether outcomes have been looked at before.
    begun: bool,
    /// Every outcome up to this moment is known.
    until: Option<DateTime<Utc>>,
    /// The known ones after that, oldest first.
    known: Vec<Known>,
}

/// One outcome of one event: one that failed may be rolled back yet, which is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    event_id: Uuid,
    status: EventStatus,
    at: DateTime<Utc>,
}

impl Known {
    /// `None` while the event is open.
    fn of(event: &Fields) -> Option<Self> {
        let Fields { event_id, status, completed_at, .. } = *event;
        Some(Self { event_id, status, at: completed_at? })
    }

    fn is_of(&self, outcome: &Self) -> bool {
        (self.event_id, self.status) == (outcome.event_id, outcome.status)
    }
}

impl Outcomes {
    /// The outcomes among `events` that are news, oldest first. Those that are too old for it are known
    /// from then on.
    pub(super) fn news<'a>(
        &mut self,
        events: &[&'a Fields],
        now: DateTime<Utc>,
    ) -> Vec<&'a Fields> {
        let lasts = if self.begun { EVER_NEWS_FOR } else { NEWS_FOR };
        self.begun = true;
        let ended = events.iter().filter_map(|event| Some((Known::of(event)?, *event)));
        let fresh = ended.filter(|(known, _)| self.is_fresh(known, now));
        let is_news = |(known, _): &(Known, &Fields)| now - known.at <= lasts;
        let (mut news, old): (Vec<_>, Vec<_>) = fresh.partition(is_news);
        self.remember_all(old.into_iter().map(|(known, _)| known));
        news.sort_by_key(|(known, _)| known.at);
        news.into_iter().map(|(_, event)| event).collect()
    }

    /// Whether nobody needs to be told of this outcome again.
    pub(super) fn knows(&self, event: &Fields) -> bool {
        Known::of(event).is_some_and(|outcome| !self.is_unknown(&outcome))
    }

    /// Nobody needs to be told of these again.
    pub(super) fn remember<'a>(&mut self, events: impl IntoIterator<Item = &'a Fields>) {
        self.remember_all(events.into_iter().filter_map(Known::of));
    }

    #[cfg(test)]
    pub(super) const fn count(&self) -> usize {
        self.known.len()
    }

    fn is_fresh(&self, outcome: &Known, now: DateTime<Utc>) -> bool {
        now - outcome.at <= EVER_NEWS_FOR && self.is_unknown(outcome)
    }

    fn is_unknown(&self, outcome: &Known) -> bool {
        self.until.is_none_or(|until| outcome.at > until)
            && !self.known.iter().any(|known| known.is_of(outcome))
    }

    fn remember_all(&mut self, outcomes: impl Iterator<Item = Known>) {
        for outcome in outcomes {
            if self.is_unknown(&outcome) {
                self.known.push(outcome);
            }
        }
        self.known.sort_by_key(|known| known.at);
        let too_many = self.known.len().saturating_sub(MAX_REMEMBERED);
        if let Some(newest) = self.known.drain(..too_many).next_back() {
            self.until = Some(newest.at);
        }
    }
}
