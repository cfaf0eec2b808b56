//! The deployment history in bounded memory, however long the journal is.
//!
//! The newest events are kept whole, and so is every open one. Of all others it is remembered how many
//! ended how, after how long, and which of them brought the artifact that should run.

mod totals;

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::deployment::{DeploymentEvent, EventStatus, EventType, Fields};
use crate::history::History;

pub use totals::{DURATION_BUCKETS, DeploymentTotals, Durations};

/// The most events that are kept whole.
pub const MOST_EVENTS: usize = 500;
/// Of so many of the newest events the diagnosis is kept.
pub const MOST_DIAGNOSES: u64 = 20;
/// The most characters of a text that somebody wrote; what is longer ends in `…`.
pub const MOST_CHARACTERS: usize = 2_000;

/// What the lines of a journal add up to.
///
/// An event that is no longer kept is done with: a later line of it, which no program writes, counts as
/// another event.
#[derive(Debug, Clone)]
pub struct Abridged {
    most: usize,
    opened: u64,
    /// The kept events by the order in which they were opened.
    kept: BTreeMap<u64, DeploymentEvent>,
    places: HashMap<Uuid, u64>,
    settled: DeploymentTotals,
    /// The newest success that is no longer kept.
    last_success: Option<(u64, DeploymentEvent)>,
    /// The newest success before it that is of another artifact.
    replaced: Option<(u64, DeploymentEvent)>,
    /// Between the two, the newest deployment or rollback.
    brought: Option<(u64, DeploymentEvent)>,
}

impl Default for Abridged {
    fn default() -> Self {
        Self::with_most(MOST_EVENTS)
    }
}

impl Abridged {
    fn with_most(most: usize) -> Self {
        Self {
            most,
            opened: 0,
            kept: BTreeMap::new(),
            places: HashMap::new(),
            settled: DeploymentTotals::default(),
            last_success: None,
            replaced: None,
            brought: None,
        }
    }

    /// Takes the next line's event: the last line of an event holds.
    pub fn take(&mut self, event: DeploymentEvent) {
        let Some(event) = bounded(event) else { return };
        let event_id = event.fields().event_id;
        let place = self.places.get(&event_id).copied();
        self.kept.insert(place.unwrap_or(self.opened), event);
        if place.is_none() {
            self.places.insert(event_id, self.opened);
            self.opened += 1;
        }
        let past = self.opened.checked_sub(MOST_DIAGNOSES + 1);
        [past, place.filter(|place| Some(*place) <= past)]
            .into_iter()
            .flatten()
            .for_each(|place| self.forget_diagnosis(place));
        if self.kept.len() > self.most {
            self.settle_oldest();
        }
    }

    /// How many events there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.opened
    }

    /// The newest `most` events, newest first.
    #[must_use]
    pub fn newest(&self, most: usize) -> Vec<DeploymentEvent> {
        self.kept.values().rev().take(most).cloned().collect()
    }

    /// How many events ended how, over the whole journal.
    #[must_use]
    pub fn totals(&self) -> DeploymentTotals {
        let mut totals = self.settled.clone();
        self.kept.values().for_each(|event| totals.count_in(event.fields()));
        totals
    }

    /// A history that says the same of what is open, of what succeeded last and of what should run now.
    #[must_use]
    pub fn history(&self) -> History {
        let settled = [&self.replaced, &self.brought, &self.last_success].into_iter().flatten();
        let settled = settled.map(|(place, event)| (place, event));
        let events: BTreeMap<_, _> = settled.chain(&self.kept).collect();
        History::from_events(events.into_values().cloned())
    }

    fn forget_diagnosis(&mut self, place: u64) {
        let known = self.kept.get(&place).filter(|event| event.fields().diagnosis.is_some());
        let Some(event) = known.cloned() else { return };
        let bare = Fields { diagnosis: None, ..event.into() };
        if let Ok(event) = DeploymentEvent::try_from(bare) {
            self.kept.insert(place, event);
        }
    }

    /// The oldest event that is concluded, or the oldest of all, is from now on only counted.
    fn settle_oldest(&mut self) {
        let is_open = |event: &DeploymentEvent| event.fields().status == EventStatus::InProgress;
        let concluded = self.kept.iter().find(|(_, event)| !is_open(event));
        let Some(place) = concluded.or(self.kept.first_key_value()).map(|(place, _)| *place) else {
            return;
        };
        if let Some(event) = self.kept.remove(&place) {
            self.places.remove(&event.fields().event_id);
            self.settled.count_in(event.fields());
            if event.fields().status == EventStatus::Success {
                self.settle_success(place, event);
            }
        }
    }

    /// One that was open for long may be settled after others that were opened later.
    fn settle_success(&mut self, place: u64, event: DeploymentEvent) {
        let artifact_of = |event: &DeploymentEvent| event.fields().artifact_id.clone();
        let is_last = self.last_success.as_ref().is_none_or(|(last, _)| *last < place);
        let same_artifact = self
            .last_success
            .as_ref()
            .is_some_and(|(_, last)| artifact_of(last) == artifact_of(&event));
        if is_last {
            let before = self.last_success.replace((place, event.clone()));
            if !same_artifact {
                self.replaced = before;
            }
        }
        let settled = Some((place, event));
        if same_artifact || is_last {
            let brings = settled.as_ref().is_some_and(|(_, event)| brings(event.fields()));
            if brings && is_newer(settled.as_ref(), self.brought.as_ref()) {
                self.brought = settled;
            }
        } else if is_newer(settled.as_ref(), self.replaced.as_ref()) {
            self.replaced = settled;
        }
        if is_newer(self.replaced.as_ref(), self.brought.as_ref()) {
            self.brought = None;
        }
    }
}

/// Whether the one was opened after the other.
fn is_newer(one: Option<&(u64, DeploymentEvent)>, other: Option<&(u64, DeploymentEvent)>) -> bool {
    one.map(|(place, _)| place) > other.map(|(place, _)| place)
}

const fn brings(event: &Fields) -> bool {
    matches!(event.event_type, EventType::Deploy | EventType::Rollback)
}

/// The event with texts of bounded length. A shorter text makes no event inconsistent.
fn bounded(event: DeploymentEvent) -> Option<DeploymentEvent> {
    let mut fields = Fields::from(event);
    [&mut fields.operator, &mut fields.artifact_id].into_iter().for_each(clip);
    let more = [
        &mut fields.previous_artifact_id,
        &mut fields.error_message,
        &mut fields.configuration_fingerprint,
        &mut fields.backup_id,
    ];
    more.into_iter().flatten().for_each(clip);
    if let Some(diagnosis) = &mut fields.diagnosis {
        diagnosis.bound();
    }
    DeploymentEvent::try_from(fields).ok()
}

/// Cuts what is longer than [`MOST_CHARACTERS`].
pub fn clip(text: &mut String) {
    if text.len() <= MOST_CHARACTERS {
        return;
    }
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests;
