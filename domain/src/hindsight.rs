//! The newest events of a journal that is read from its end: what to remember, and when to stop.
//!
//! Reading backwards one meets the later lines of an event before the line that opened it, and can't see
//! whether there is an earlier one. What is known of it is the time: a program records an opening when
//! the event starts, and a clock is not set back by more than [`CLOCK_SET_BACK`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::deployment::DeploymentEvent;
use crate::history::{History, JournalLine};

/// How far the times of a journal's lines may be from the order of the lines. Where a clock was set back
/// by more in the middle of an event, that event may be told out of order or left out.
pub const CLOCK_SET_BACK: TimeDelta = TimeDelta::hours(1);

/// What the lines from the end of a journal add up to.
///
/// An event whose opening can't be read stands where its first line stands, as in [`History`]. It is
/// left out where it began more than [`CLOCK_SET_BACK`] before the oldest line that was taken.
#[derive(Debug, Clone)]
pub struct Hindsight {
    most: usize,
    lines: u64,
    /// When the line was recorded that was taken last.
    reached: Option<DateTime<Utc>>,
    /// How many lines from the end the first line stands that is known of an event.
    places: HashMap<Uuid, u64>,
    /// By that place the newest record of each event.
    met: BTreeMap<u64, DeploymentEvent>,
    /// The events that may have an earlier line, by their start.
    unsettled: BTreeSet<(DateTime<Utc>, Uuid)>,
}

impl Hindsight {
    /// Looks for the newest `most` events.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            lines: 0,
            reached: None,
            places: HashMap::new(),
            met: BTreeMap::new(),
            unsettled: BTreeSet::new(),
        }
    }

    /// Takes the line before the one that was taken last.
    pub fn take(&mut self, line: JournalLine) {
        self.lines += 1;
        self.reached = Some(line.recorded_at);
        let id = line.event.fields().event_id;
        let newest = if let Some(place) = self.places.insert(id, self.lines) {
            self.met.remove(&place).unwrap_or(line.event)
        } else {
            self.unsettled.insert(key(&line.event));
            line.event
        };
        self.met.insert(self.lines, newest);
        while let Some(latest) = self.unsettled.last().copied() {
            if latest.0.signed_duration_since(line.recorded_at) <= CLOCK_SET_BACK {
                break;
            }
            self.unsettled.remove(&latest);
        }
    }

    /// Whether no earlier line can change the answer. Where much is asked for, it is looked into from
    /// time to time only.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let each = u64::try_from(self.most.div_ceil(8)).unwrap_or(u64::MAX);
        if self.most == 0 {
            return true;
        }
        if self.met.len() < self.most || !self.lines.is_multiple_of(each) {
            return false;
        }
        let known = self.met.values().filter(|event| !self.began_before(event));
        known.take(self.most).take_while(|event| self.is_settled(event)).count() == self.most
    }

    /// The newest events, after all lines were taken.
    #[must_use]
    pub fn into_whole_history(mut self) -> History {
        self.unsettled.clear();
        self.into_history()
    }

    /// The newest events, once there [is enough](Self::is_enough).
    #[must_use]
    pub fn into_history(self) -> History {
        let settled = self.met.values().filter(|event| self.is_settled(event));
        let mut events: Vec<_> = settled.take(self.most).cloned().collect();
        events.reverse();
        History::from_events(events)
    }

    /// Whether the event was opened before the oldest line that was taken.
    fn began_before(&self, event: &DeploymentEvent) -> bool {
        let began = event.fields().started_at;
        let before = |at: DateTime<Utc>| at.signed_duration_since(began) > CLOCK_SET_BACK;
        !self.is_settled(event) && self.reached.is_some_and(before)
    }

    fn is_settled(&self, event: &DeploymentEvent) -> bool {
        !self.unsettled.contains(&key(event))
    }
}

fn key(event: &DeploymentEvent) -> (DateTime<Utc>, Uuid) {
    (event.fields().started_at, event.fields().event_id)
}

#[cfg(test)]
mod tests;
