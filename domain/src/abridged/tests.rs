//! The abridged history beside the whole one.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::deployment::{Diagnosis, EventState, InProgress, Opener, Opening, Trigger};
use crate::history::JournalLine;

fn at(seconds: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds.into())
}

fn open(id: usize, event_type: EventType, artifact: u8) -> InProgress {
    InProgress::open(Opening {
        event_id: Uuid::from_u128(id as u128),
        event_type,
        started_at: at(u32::try_from(id).unwrap_or(0)),
        triggered_by: Trigger::Manual,
        operator: "root".into(),
        artifact_id: format!("v1.0.{artifact}"),
        previous_artifact_id: None,
        configuration_fingerprint: None,
        opened_by: Opener::Preflight,
    })
}

/// What is done next: open an event of that type and artifact, or conclude one of the open ones.
#[derive(Debug, Clone)]
enum Step {
    Open(usize, u8),
    Conclude(usize, bool, u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let open = (0_usize..4, 0_u8..3).prop_map(|(kind, artifact)| Step::Open(kind, artifact));
    let conclude = (0_usize..3, proptest::bool::weighted(0.7), 0_u32..5_000)
        .prop_map(|(which, good, seconds)| Step::Conclude(which, good, seconds));
    proptest::collection::vec(prop_oneof![1 => open, 1 => conclude], 0..120)
}

fn lines(steps: &[Step]) -> Vec<DeploymentEvent> {
    let (mut lines, mut opened): (Vec<DeploymentEvent>, Vec<InProgress>) = Default::default();
    for (id, step) in steps.iter().enumerate() {
        match *step {
            Step::Open(kind, artifact) if opened.len() < 3 => {
                let event = open(id, EventType::ALL[kind], artifact);
                opened.push(event.clone());
                lines.push(event.into());
            }
            Step::Conclude(which, good, seconds) if which < opened.len() => {
                let event = opened.remove(which);
                lines.push(if good {
                    event.succeed(at(seconds))
                } else {
                    event.fail(at(seconds), "x", None).into()
                });
            }
            Step::Open(..) | Step::Conclude(..) => {}
        }
    }
    lines
}

proptest! {
    #[test]
    fn it_says_the_same_as_the_whole_history(steps in steps(), most in 4_usize..12) {
        let lines = lines(&steps);
        let whole = History::from_lines(lines.iter().map(|event| JournalLine::new(event.clone(), at(0))));
        let mut abridged = Abridged::with_most(most);
        for event in lines {
            abridged.take(event);
        }
        prop_assert!(abridged.kept.len() <= most && abridged.places.len() <= most);
        prop_assert_eq!(usize::try_from(abridged.total()).ok(), Some(whole.events().len()));

        let said = abridged.history();
        prop_assert_eq!(said.last_success(), whole.last_success());
        prop_assert_eq!(said.arrival(), whole.arrival());
        let in_progress = |history: &History| history.in_progress().collect::<Vec<_>>();
        prop_assert_eq!(in_progress(&said), in_progress(&whole));
        let newest: Vec<_> = whole.events().iter().rev().take(most - 3).cloned().collect();
        prop_assert_eq!(abridged.newest(most - 3), newest);

        let totals = abridged.totals();
        let all = || whole.events().iter().map(DeploymentEvent::fields);
        for event_type in EventType::ALL {
            for status in EventStatus::ALL {
                let of = |event: &&Fields| (event.event_type, event.status) == (event_type, status);
                prop_assert_eq!(totals.count(event_type, status), all().filter(of).count() as u64);
                let took: Vec<_> = all().filter(of).filter_map(|event| event.duration_seconds).collect();
                let durations = totals.durations(event_type, status);
                prop_assert_eq!((durations.count, durations.sum_seconds), (took.len() as u64, took.iter().sum()));
                for (bucket, bound) in durations.buckets.iter().zip(DURATION_BUCKETS) {
                    prop_assert_eq!(*bucket, took.iter().filter(|took| **took <= bound).count() as u64);
                }
            }
        }
        let open = all().filter(|event| event.status == EventStatus::InProgress);
        prop_assert_eq!(totals.oldest_open_at, open.map(|event| event.started_at).min());
    }
}

#[test]
fn an_event_that_stays_open_is_kept_and_its_end_is_not_a_second_event() {
    let mut abridged = Abridged::with_most(3);
    let first = open(0, EventType::Deploy, 0);
    abridged.take(first.clone().into());
    for id in 1..50 {
        abridged.take(open(id, EventType::Restart, 1).succeed(at(1)));
    }
    assert_eq!(abridged.history().in_progress().collect::<Vec<_>>(), std::slice::from_ref(&first));
    abridged.take(first.succeed(at(9)));
    assert_eq!(abridged.total(), 50);
    assert_eq!(abridged.totals().count(EventType::Deploy, EventStatus::Success), 1);
    assert_eq!(abridged.totals().count(EventType::Deploy, EventStatus::InProgress), 0);
}

#[test]
fn texts_of_others_are_bounded_and_the_event_stays_what_it_is() {
    let mut abridged = Abridged::default();
    let long = "ä".repeat(MOST_CHARACTERS * 3);
    let event = open(1, EventType::Deploy, 0).fail(at(1), long, Some(false));
    abridged.take(event.into());
    let kept = abridged.newest(1).remove(0);
    let message = kept.fields().error_message.clone().unwrap_or_default();
    assert_eq!(message.chars().count(), MOST_CHARACTERS + 1);
    assert!(message.ends_with("ä…"));
    assert!(matches!(kept.state(), EventState::Failed(_)));
}

#[test]
fn a_deployment_that_is_concluded_last_of_all_still_brought_its_artifact() {
    let mut abridged = Abridged::with_most(2);
    let slow = open(0, EventType::Deploy, 2);
    abridged.take(slow.clone().into());
    abridged.take(open(1, EventType::Restart, 2).succeed(at(1)));
    abridged.take(open(2, EventType::Deploy, 0).into());
    let deployed = slow.succeed(at(2));
    abridged.take(deployed.clone());
    for id in 3..6 {
        abridged.take(open(id, EventType::Deploy, 0).into());
    }
    let history = abridged.history();
    assert_eq!(history.arrival().map(|arrival| arrival.event), Some(&deployed));
}

#[test]
fn the_diagnosis_is_kept_of_the_newest_events_alone() {
    let said = || Diagnosis { service_name: "bot".into(), ..Diagnosis::default() };
    let failed = |id| {
        let failed = open(id, EventType::Deploy, 0).fail(at(1), "x", None);
        DeploymentEvent::from(failed.with_diagnosis(said()))
    };
    let most = usize::try_from(MOST_DIAGNOSES).unwrap();
    let mut abridged = Abridged::default();
    (0..=most).for_each(|id| abridged.take(failed(id)));
    abridged.take(failed(0));
    let told: Vec<bool> =
        abridged.newest(most + 1).iter().map(|event| event.fields().diagnosis.is_some()).collect();
    assert_eq!(told, [vec![true; most], vec![false]].concat());
}
