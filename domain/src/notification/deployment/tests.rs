//! What is told of deployments.

use super::*;
use crate::deployment::{InProgress, Opener, Opening};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a time")
}

fn open(id: u128, minutes_ago: i64) -> InProgress {
    InProgress::open(Opening {
        event_id: Uuid::from_u128(id),
        event_type: EventType::Deploy,
        started_at: now() - TimeDelta::minutes(minutes_ago + 1),
        triggered_by: Trigger::Manual,
        operator: "root\r\nBcc: everybody".into(),
        artifact_id: "v1.2.3".into(),
        previous_artifact_id: None,
        configuration_fingerprint: None,
        opened_by: Opener::Preflight,
    })
}

fn success(id: u128, minutes_ago: i64) -> DeploymentEvent {
    open(id, minutes_ago).succeed(now() - TimeDelta::minutes(minutes_ago))
}

fn failed(id: u128, minutes_ago: i64) -> DeploymentEvent {
    open(id, minutes_ago)
        .fail(now() - TimeDelta::minutes(minutes_ago), "x".repeat(1000), None)
        .into()
}

fn told(outcomes: &mut Outcomes, events: &[DeploymentEvent]) -> Vec<u128> {
    outcomes.news(events, now()).iter().map(|event| event.event_id.as_u128()).collect()
}

#[test]
fn an_outcome_is_told_once_also_after_a_restart() {
    let mut outcomes = Outcomes::default();
    assert!(told(&mut outcomes, &[open(1, 0).into()]).is_empty());
    assert_eq!(told(&mut outcomes, &[success(1, 0)]), [1]);
    assert!(told(&mut outcomes, &[success(1, 0)]).is_empty());
    let text = serde_json::to_string(&outcomes).expect("it can be kept");
    let mut restarted: Outcomes = serde_json::from_str(&text).expect("and read");
    assert_eq!(told(&mut restarted, &[success(2, 0), success(1, 0)]), [2]);
}

#[test]
fn a_failure_that_is_rolled_back_later_is_told_again() {
    let mut outcomes = Outcomes::default();
    assert_eq!(told(&mut outcomes, &[failed(1, 1)]), [1]);
    let crate::deployment::EventState::Failed(failed) = failed(1, 1).state() else { panic!() };
    assert_eq!(told(&mut outcomes, &[failed.rolled_back(now())]), [1]);
}

#[test]
fn of_ages_ago_nothing_is_told() {
    assert_eq!(told(&mut Outcomes::default(), &[success(1, 14), success(2, 16)]), [1]);
    let mut knowing = Outcomes::default();
    assert!(told(&mut knowing, &[]).is_empty());
    assert_eq!(told(&mut knowing, &[success(3, 13 * 60), success(2, 16), success(1, 14)]), [2, 1]);
}

#[test]
fn memory_has_a_bound_and_what_fell_out_of_it_is_not_told_again() {
    let mut outcomes = Outcomes::default();
    let events: Vec<_> =
        (0..700).map(|id| success(id, 14 - i64::try_from(id / 50).unwrap_or(0))).collect();
    assert_eq!(told(&mut outcomes, &events).len(), 700);
    assert_eq!(outcomes.known.len(), MAX_REMEMBERED);
    assert!(told(&mut outcomes, &events).is_empty());
    assert_eq!(told(&mut outcomes, &[success(1000, 0)]), [1000]);
}

#[test]
fn texts_of_others_are_short_and_on_one_line() {
    let news = Outcomes::default().news(&[failed(1, 0)], now());
    assert_eq!(news[0].operator, "root  Bcc: everybody");
    let reason = news[0].error_message.as_deref().unwrap_or_default();
    assert!(reason.ends_with("x…") && reason.chars().count() == MAX_REASON);
}
