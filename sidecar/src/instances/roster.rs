//! All containers of the project, and what is to be asked of each next.

use std::collections::BTreeMap;
use std::time::Duration;

use platform::engine::ContainerSummary;
use tokio::time::Instant;

use super::member::Member;

const SERVICE_LABEL: &str = "com.docker.compose.service";
/// More containers than this are not watched.
const MOST: usize = 1000;
/// However many events there are, the same question to the same container is not put more often.
const SPACING: Duration = Duration::from_millis(250);
/// The second sample of a container's counters follows the first so soon, and tells its CPU.
const SECOND_SAMPLE: Duration = Duration::from_secs(2);

/// What to ask a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    Inspect(String),
    Sample(String),
}

/// When a question is put next.
#[derive(Debug)]
struct Turn {
    /// `None` where it is not to be put.
    at: Option<Instant>,
    /// When it was last put.
    put: Option<Instant>,
    in_flight: bool,
    /// Something has happened since it was put.
    again: bool,
}

impl Turn {
    const fn at(at: Option<Instant>) -> Self {
        Self { at, put: None, in_flight: false, again: false }
    }

    fn soon(&mut self, now: Instant) {
        let spaced = self.put.map_or(now, |put| now.max(put + SPACING));
        self.again |= self.in_flight;
        self.at = Some(self.at.map_or(spaced, |at| at.min(spaced)));
    }

    fn put(&mut self, now: Instant) {
        (self.put, self.in_flight, self.again) = (Some(now), true, false);
    }

    fn answered(&mut self, now: Instant, pause: Duration) {
        self.in_flight = false;
        self.at = Some(now + pause);
        if self.again {
            self.soon(now);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.at.filter(|_| !self.in_flight)
    }
}

/// A container, and its turns.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) member: Member,
    inspect: Turn,
    sample: Turn,
    samples: u32,
    failures: u32,
}

/// The containers by ID.
#[derive(Debug, Default)]
pub(super) struct Roster {
    slots: BTreeMap<String, Slot>,
    /// Whether a list came before: what a later one adds is new.
    listed: bool,
}

impl Roster {
    /// Takes a list: who is new is inspected at once, who is missing is gone.
    pub(super) fn list(&mut self, summaries: Vec<ContainerSummary>, now: Instant) {
        let mut before = std::mem::take(&mut self.slots);
        for summary in summaries.into_iter().take(MOST) {
            let Some(service_name) = summary.labels.get(SERVICE_LABEL).cloned() else { continue };
            let slot = before.remove(&summary.id).unwrap_or_else(|| Slot {
                member: Member::listed(service_name, &summary, self.listed),
                inspect: Turn::at(Some(now)),
                sample: Turn::at(None),
                samples: 0,
                failures: 0,
            });
            self.slots.insert(summary.id, slot);
        }
        for slot in before.into_values() {
            slot.member.gone();
        }
        self.listed = true;
    }

    pub(super) fn slot(&mut self, id: &str) -> Option<&mut Slot> {
        self.slots.get_mut(id)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.slots.values().map(|slot| &slot.member)
    }

    pub(super) fn members_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.slots.values_mut().map(|slot| &mut slot.member)
    }

    /// Has all of them inspected soon.
    pub(super) fn look_at_all(&mut self, now: Instant) {
        self.slots.values_mut().for_each(|slot| slot.inspect.soon(now));
    }

    /// When the next question is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.slots.values().flat_map(|slot| [slot.inspect.due(), slot.sample.due()]).flatten().min()
    }

    /// At most `count` questions that are due, marked as put: those whose containers answer first, and
    /// inspections before samples.
    pub(super) fn take_due(&mut self, count: usize, now: Instant) -> Vec<Question> {
        let mut due = Vec::new();
        for (id, slot) in &self.slots {
            let failing = slot.failures > 0;
            due.extend(slot.inspect.due().map(|at| (failing, 0, at, id)));
            due.extend(slot.sample.due().map(|at| (failing, 1, at, id)));
        }
        due.retain(|(_, _, at, _)| *at <= now);
        due.sort_unstable();
        let questions: Vec<_> = due
            .into_iter()
            .take(count)
            .map(|(_, kind, _, id)| match kind {
                0 => Question::Inspect(id.clone()),
                _ => Question::Sample(id.clone()),
            })
            .collect();
        for question in &questions {
            match question {
                Question::Inspect(id) => self.slot(id).map(|slot| slot.inspect.put(now)),
                Question::Sample(id) => self.slot(id).map(|slot| slot.sample.put(now)),
            };
        }
        questions
    }
}

impl Slot {
    /// Has it inspected soon, and where it was `started`, its counters read anew.
    pub(super) fn look(&mut self, started: bool, now: Instant) {
        self.inspect.soon(now);
        if started {
            self.samples = 0;
        }
    }

    /// Its inspection has been answered or has failed; the next is due `interval` later. What failed is
    /// asked again sooner at first.
    pub(super) fn inspected(&mut self, interval: Duration, now: Instant) {
        if self.member.answers() {
            self.failures = 0;
            self.inspect.answered(now, interval);
        } else {
            self.failures = self.failures.saturating_add(1);
            let pause = Duration::from_secs(1 << self.failures.min(8));
            self.inspect.answered(now, pause.min(interval));
        }
        if !self.member.runs() || !self.member.answers() {
            self.samples = 0;
            self.sample.at = None;
        } else if self.samples == 0 {
            self.sample.soon(now);
        }
    }

    /// Its counters have been read, or could not be.
    pub(super) fn sampled(&mut self, interval: Duration, now: Instant) {
        self.samples = self.samples.saturating_add(1);
        let pause = if self.samples == 1 { SECOND_SAMPLE } else { interval };
        self.sample.answered(now, pause.min(interval));
        if !self.member.runs() {
            self.sample.at = None;
        }
    }
}
