//! The newest events of the journal, without reading it whole.

use std::ops::ControlFlow;

use domain::hindsight::Hindsight;
use domain::history::{History, SCHEMA_VERSION};

use super::Deployments;
use crate::journal::{self, JournalError, Reached};

/// The newest events of the journal.
#[derive(Debug, Default)]
pub struct Newest {
    /// They alone.
    pub history: History,
    /// How many of the lines that were read, from the end of the journal, could not be understood.
    pub passed_over: usize,
}

impl Deployments {
    /// The newest `most` events, in time and memory that don't grow with the journal: it is read from its
    /// end, no further back than an hour before these events began. They are those that [`Self::read`]
    /// ends with; of clocks that were set back and of openings that can't be read, see [`Hindsight`].
    /// Before the first event there are none.
    ///
    /// # Errors
    /// As [`journal::read_back`], but for a missing journal.
    pub fn newest(&self, most: usize) -> Result<Newest, JournalError> {
        let mut hindsight = Hindsight::new(most);
        let mut passed_over = 0;
        let reached = journal::read_back(self.path(), SCHEMA_VERSION, |line| {
            match line {
                Ok(line) => hindsight.take(line),
                Err(_) => passed_over += 1,
            }
            if hindsight.is_enough() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let history = match reached {
            Ok(Reached::Enough) => hindsight.into_history(),
            Ok(Reached::Beginning) => hindsight.into_whole_history(),
            Err(JournalError::Missing { .. }) => History::default(),
            Err(error) => return Err(error),
        };
        Ok(Newest { history, passed_over })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::{DateTime, TimeDelta, Utc};
    use domain::deployment::{EventType, InProgress, Opener, Opening, Trigger};
    use domain::history::JournalLine;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::journal::MAX_LINE_BYTES;

    /// What a program does next, or what befalls it.
    #[derive(Debug, Clone, Copy)]
    enum Act {
        Open,
        Amend(usize),
        Conclude(usize),
        /// A later line of an event that something else made unreadable.
        Spoil(usize),
        /// A power cut in the middle of a line, after that part of it.
        Tear(usize),
        Blank,
        Overlong,
    }

    fn acts() -> impl Strategy<Value = Vec<(Act, i64, i64, bool)>> {
        let act = prop_oneof![
            60 => Just(Act::Open),
            30 => (0_usize..4).prop_map(Act::Amend),
            60 => (0_usize..4).prop_map(Act::Conclude),
            10 => (0_usize..4).prop_map(Act::Spoil),
            10 => (1_usize..500).prop_map(Act::Tear),
            5 => Just(Act::Blank),
            1 => Just(Act::Overlong),
        ];
        // Minutes until the next, and by how many the clock is wrong: together less than an hour.
        prop::collection::vec((act, 0..40_i64, -25..25_i64, any::<bool>()), 0..80)
    }

    fn open(id: usize, started_at: DateTime<Utc>) -> InProgress {
        InProgress::open(Opening {
            event_id: Uuid::from_u128(id as u128),
            event_type: EventType::Deploy,
            started_at,
            triggered_by: Trigger::Manual,
            operator: "root".into(),
            artifact_id: "v1.2.3".into(),
            previous_artifact_id: None,
            configuration_fingerprint: None,
            opened_by: Opener::Deploy,
        })
    }

    fn journal_of(acts: &[(Act, i64, i64, bool)]) -> String {
        let (mut text, mut opened, mut minutes) = (String::new(), Vec::<InProgress>::new(), 0);
        for (id, (act, pause, wrong, carriage_return)) in acts.iter().enumerate() {
            minutes += pause;
            let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes + wrong);
            let json = |event| serde_json::to_string(&JournalLine::new(event, now)).unwrap();
            let line = match *act {
                Act::Open => {
                    opened.push(open(id, now));
                    json(open(id, now).into())
                }
                Act::Tear(bytes) => {
                    let whole = json(open(id, now).into());
                    whole[..bytes.min(whole.len() - 1)].to_owned()
                }
                Act::Blank => " ".into(),
                Act::Overlong => "x".repeat(MAX_LINE_BYTES + id),
                Act::Amend(which) | Act::Conclude(which) | Act::Spoil(which)
                    if which >= opened.len() =>
                {
                    continue;
                }
                Act::Amend(which) => json(opened[which].clone().into()),
                Act::Conclude(which) => json(opened.remove(which).succeed(now)),
                Act::Spoil(which) => json(opened[which].clone().into()).replace(':', ";"),
            };
            text.push_str(&line);
            text.push_str(if *carriage_return { "\r\n" } else { "\n" });
        }
        text
    }

    proptest! {
        #[test]
        fn it_is_what_the_whole_journal_ends_with(acts in acts(), most in 0_usize..30, cut in 0_usize..400) {
            let folder = tempfile::tempdir().unwrap();
            let deployments = Deployments::in_folder(folder.path());
            let text = journal_of(&acts);
            for cut in [0, 1, cut] {
                fs::write(deployments.path(), &text[..text.len().saturating_sub(cut)]).unwrap();
                let newest = deployments.newest(most);
                let Ok(whole) = deployments.read() else {
                    let same = matches!(newest, Err(JournalError::Corrupt { .. }));
                    prop_assert!(same || most == 0, "{:?}", newest);
                    continue;
                };
                let events = whole.history.events();
                let newest = newest.unwrap();
                prop_assert_eq!(newest.history.events(), &events[events.len().saturating_sub(most)..]);
                prop_assert!(newest.passed_over <= whole.faults.len());
            }
        }
    }

    #[test]
    fn before_the_first_event_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let newest = Deployments::in_folder(folder.path()).newest(20).unwrap();
        assert_eq!((newest.history, newest.passed_over), (History::default(), 0));
    }

    #[test]
    fn of_a_journal_however_long_only_the_end_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let deployments = Deployments::in_folder(folder.path());
        let lines = |many: usize| -> String {
            let opened = (0..many).map(|id| {
                let now = DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::try_from(id).unwrap());
                serde_json::to_string(&JournalLine::new(open(id, now), now)).unwrap() + "\n"
            });
            opened.collect()
        };
        let read_bytes = |many| {
            fs::write(deployments.path(), lines(many)).unwrap();
            let before = bytes_read();
            assert_eq!(deployments.newest(20).unwrap().history.events().len(), 20);
            bytes_read() - before
        };
        let (short, long) = (read_bytes(200), read_bytes(20_000));
        assert!(long < 2 * short, "{short} {long}");
    }

    /// How many bytes this thread has read so far.
    fn bytes_read() -> u64 {
        let text = fs::read_to_string("/proc/thread-self/io").unwrap();
        text.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
    }
}
