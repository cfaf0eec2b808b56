//! The journal of Deployment Events, followed in bounded memory.

use chrono::{DateTime, Utc};
use domain::abridged::Abridged;
use domain::deployment::DeploymentEvent;
use domain::history::{History, JournalLine, SCHEMA_VERSION};

use super::Deployments;
use crate::journal::{self, Fault, Follower, Item, JournalError};

/// So many lines that can't be read are remembered until somebody asks for them; others are counted.
const MOST_FAULTS: usize = 20;

/// The journal, as far as it has been read.
#[derive(Debug)]
pub struct Followed {
    follower: Follower<JournalLine>,
    read: Read,
}

#[derive(Debug, Default)]
struct Read {
    abridged: Abridged,
    /// How many lines with an end can't be read.
    faults: usize,
    /// Whether the last line has no end and can't be read.
    unended: bool,
    /// The number of the last line with a fault that was noted.
    noted: usize,
    news: Vec<Fault>,
}

impl Deployments {
    /// The journal, to be followed from its beginning.
    #[must_use]
    pub fn followed(&self) -> Followed {
        Followed { follower: Follower::new(self.path(), SCHEMA_VERSION), read: Read::default() }
    }
}

impl Followed {
    /// Reads about `most_bytes` on; true when there is more.
    ///
    /// # Errors
    /// As [`Follower::read_on`], also for a missing journal.
    pub fn read_on(&mut self, most_bytes: u64) -> Result<bool, JournalError> {
        let read = &mut self.read;
        self.follower.read_on(most_bytes, &mut |item| read.take(item))
    }

    /// What the lines add up to that have been read.
    #[must_use]
    pub const fn abridged(&self) -> &Abridged {
        &self.read.abridged
    }

    /// How many lines could not be read, a last line without its end among them.
    #[must_use]
    pub const fn faults(&self) -> usize {
        self.read.faults + if self.read.unended { 1 } else { 0 }
    }

    /// The lines that could not be read and were not told of before, the first few at least.
    pub fn take_new_faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.read.news)
    }

    /// Lets `decide` see the history as far as it matters, and appends the events that it answers with,
    /// all under one lock. They are also the answer of this call.
    ///
    /// # Errors
    /// As [`journal::update`].
    pub fn update(
        &mut self,
        now: DateTime<Utc>,
        decide: impl FnOnce(&History) -> Vec<DeploymentEvent>,
    ) -> Result<Vec<DeploymentEvent>, JournalError> {
        let decide = |read: &Read| {
            let events = decide(&read.abridged.history());
            events.into_iter().map(|event| JournalLine::new(event, now)).collect()
        };
        let lines =
            journal::update_followed(&mut self.follower, &mut self.read, Read::take, decide)?;
        Ok(lines.into_iter().map(|line| line.event).collect())
    }
}

impl Read {
    fn take(&mut self, item: Item<JournalLine>) {
        self.unended = false;
        match item {
            Item::Restart => *self = Self::default(),
            Item::Record(line) => self.abridged.take(line.event),
            Item::Fault(fault) => {
                self.faults += 1;
                self.note(fault);
            }
            Item::Unended(fault) => {
                self.unended = true;
                self.note(fault);
            }
        }
    }

    fn note(&mut self, fault: Fault) {
        if fault.line > self.noted && self.news.len() < MOST_FAULTS {
            self.news.push(fault);
        }
        self.noted = self.noted.max(fault.line);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use domain::deployment::{EventStatus, EventType, InProgress, Opener, Opening, Trigger};
    use uuid::Uuid;

    use super::*;
    use crate::journal::FaultKind;

    fn open(id: u128) -> InProgress {
        InProgress::open(Opening {
            event_id: Uuid::from_u128(id),
            event_type: EventType::Deploy,
            started_at: DateTime::UNIX_EPOCH,
            triggered_by: Trigger::Manual,
            operator: "root".into(),
            artifact_id: "v1.2.3".into(),
            previous_artifact_id: None,
            configuration_fingerprint: None,
            opened_by: Opener::Preflight,
        })
    }

    fn conclude(history: &History) -> Vec<DeploymentEvent> {
        history.in_progress().map(|open| open.succeed(DateTime::UNIX_EPOCH)).collect()
    }

    #[test]
    fn what_is_decided_is_decided_on_all_that_others_wrote_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let deployments = Deployments::in_folder(folder.path());
        let now = DateTime::UNIX_EPOCH;
        let mut followed = deployments.followed();
        assert!(followed.update(now, conclude).unwrap().is_empty(), "a missing journal is empty");
        deployments.update(now, |_| vec![open(1).into()]).unwrap();
        assert!(!followed.read_on(u64::MAX).unwrap());
        deployments.update(now, |_| vec![open(2).into()]).unwrap();
        assert_eq!(followed.update(now, conclude).unwrap().len(), 2);
        assert_eq!(followed.update(now, conclude).unwrap().len(), 0);
        assert_eq!(deployments.read().unwrap().history, followed.abridged().history());
        let totals = followed.abridged().totals();
        assert_eq!(totals.count(EventType::Deploy, EventStatus::Success), 2);
    }

    #[test]
    fn each_line_that_cannot_be_read_is_counted_and_told_of_once() {
        let folder = tempfile::tempdir().unwrap();
        let deployments = Deployments::in_folder(folder.path());
        let now = DateTime::UNIX_EPOCH;
        deployments.update(now, |_| vec![open(1).into()]).unwrap();
        let whole = fs::read_to_string(deployments.path()).unwrap();
        let add = |text: &str| {
            let mut file = fs::OpenOptions::new().append(true).open(deployments.path()).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        add(&whole[..whole.len() / 2]);
        let mut followed = deployments.followed();
        let torn = Fault { line: 2, kind: FaultKind::Torn };
        for news in [vec![torn], vec![]] {
            followed.read_on(u64::MAX).unwrap();
            assert_eq!((followed.faults(), followed.take_new_faults()), (1, news));
        }
        add(&("\n".to_owned() + &"x\n".repeat(100)));
        followed.read_on(u64::MAX).unwrap();
        let news = followed.take_new_faults();
        assert_eq!((followed.faults(), news.len()), (101, MOST_FAULTS));
        assert!(!news.contains(&torn), "it was told of before");
        add(&whole);
        followed.read_on(u64::MAX).unwrap();
        assert_eq!((followed.faults(), followed.abridged().total()), (101, 1));
    }
}
