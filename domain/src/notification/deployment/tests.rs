//! What is told of deployments.

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::MAX_REASON;
use super::*;
use crate::deployment::{EventState, EventType, InProgress, Opener, Opening, Trigger};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a time")
}

fn opening(id: u128, minutes_ago: i64) -> Opening {
    Opening {
        event_id: Uuid::from_u128(id),
        event_type: EventType::Deploy,
        started_at: now() - TimeDelta::minutes(minutes_ago + 1),
        triggered_by: Trigger::Manual,
        operator: "root\r\nBcc: everybody".into(),
        artifact_id: "v1.2.3".into(),
        previous_artifact_id: None,
        configuration_fingerprint: None,
        opened_by: Opener::Preflight,
    }
}

fn open(id: u128, minutes_ago: i64) -> InProgress {
    InProgress::open(opening(id, minutes_ago))
}

fn success(id: u128, minutes_ago: i64) -> DeploymentEvent {
    open(id, minutes_ago).succeed(now() - TimeDelta::minutes(minutes_ago))
}

fn failed(id: u128, minutes_ago: i64) -> DeploymentEvent {
    fail(open(id, minutes_ago), minutes_ago)
}

fn fail(event: InProgress, minutes_ago: i64) -> DeploymentEvent {
    event.fail(now() - TimeDelta::minutes(minutes_ago), "x".repeat(1000), None).into()
}

/// A deployment of `deploy`.
fn deployment(id: u128, minutes_ago: i64) -> InProgress {
    InProgress::open(Opening {
        opened_by: Opener::Deploy,
        previous_artifact_id: Some("v1.0.0".into()),
        ..opening(id, minutes_ago)
    })
}

/// The automatic rollback of such a one.
fn rollback(id: u128, minutes_ago: i64) -> InProgress {
    InProgress::open(Opening {
        event_type: EventType::Rollback,
        triggered_by: Trigger::Automated,
        artifact_id: "v1.0.0".into(),
        previous_artifact_id: Some("v1.2.3".into()),
        opened_by: Opener::Deploy,
        ..opening(id, minutes_ago)
    })
}

fn rolled_back(event: DeploymentEvent) -> DeploymentEvent {
    let EventState::Failed(failed) = event.state() else { panic!("it failed") };
    failed.rolled_back(now())
}

fn moment(elapsed: Duration) -> Moment {
    Moment { at: now(), elapsed }
}

fn told(rule: &mut DeploymentRule, events: &[DeploymentEvent]) -> Vec<u128> {
    told_at(rule, events, None, Duration::ZERO)
}

fn told_at(
    rule: &mut DeploymentRule,
    events: &[DeploymentEvent],
    deploying: Option<bool>,
    elapsed: Duration,
) -> Vec<u128> {
    let news = rule.observe(events, deploying, moment(elapsed));
    news.iter().map(|event| event.event_id.as_u128()).collect()
}

fn restarted(rule: &DeploymentRule) -> DeploymentRule {
    let text = serde_json::to_string(rule.memory()).expect("it can be kept");
    DeploymentRule::new(serde_json::from_str(&text).expect("and read"))
}

#[test]
fn an_outcome_is_told_once_also_after_a_restart() {
    let mut rule = DeploymentRule::default();
    assert!(told(&mut rule, &[open(1, 0).into()]).is_empty());
    assert_eq!(told(&mut rule, &[success(1, 0)]), [1]);
    assert!(told(&mut rule, &[success(1, 0)]).is_empty());
    assert_eq!(told(&mut restarted(&rule), &[success(2, 0), success(1, 0)]), [2]);
}

#[test]
fn a_failure_that_is_rolled_back_later_is_told_again() {
    let mut rule = DeploymentRule::default();
    assert_eq!(told(&mut rule, &[failed(1, 1)]), [1]);
    assert_eq!(told(&mut rule, &[rolled_back(failed(1, 1))]), [1]);
}

#[test]
fn of_ages_ago_nothing_is_told() {
    let mut fresh = DeploymentRule::default();
    assert_eq!(told(&mut fresh, &[success(1, 14), success(2, 16)]), [1]);
    let mut knowing = DeploymentRule::default();
    assert!(told(&mut knowing, &[]).is_empty());
    let events = [success(3, 13 * 60), success(2, 16), success(1, 14)];
    assert_eq!(told(&mut knowing, &events), [2, 1]);
    let mut waiting = DeploymentRule::default();
    let old = [fail(deployment(1, 16), 16)];
    for elapsed in [Duration::ZERO, MOST_PATIENCE] {
        assert!(told_at(&mut waiting, &old, None, elapsed).is_empty());
    }
}

#[test]
fn memory_has_a_bound_and_what_fell_out_of_it_is_not_told_again() {
    let mut rule = DeploymentRule::default();
    let events: Vec<_> =
        (0..700).map(|id| success(id, 14 - i64::try_from(id / 50).unwrap_or(0))).collect();
    assert_eq!(told(&mut rule, &events).len(), 700);
    assert_eq!(rule.memory().count(), MAX_REMEMBERED);
    assert!(told(&mut rule, &events).is_empty());
    assert_eq!(told(&mut rule, &[success(1000, 0)]), [1000]);
}

#[test]
fn texts_of_others_are_short_and_on_one_line() {
    let news = DeploymentRule::default().observe(&[failed(1, 0)], None, moment(Duration::ZERO));
    assert_eq!(news[0].operator, "root  Bcc: everybody");
    let reason = news[0].error_message.as_deref().unwrap_or_default();
    assert!(reason.ends_with("x…") && reason.chars().count() == MAX_REASON);
}

#[test]
fn a_failure_that_nobody_undoes_is_told_after_a_moment() {
    for (deploying, patience) in
        [(None, PATIENCE), (Some(false), PATIENCE), (Some(true), MOST_PATIENCE)]
    {
        let mut rule = DeploymentRule::default();
        let events = [fail(deployment(1, 0), 0)];
        let just_before = patience.saturating_sub(Duration::from_millis(1));
        for elapsed in [Duration::ZERO, just_before] {
            assert!(told_at(&mut rule, &events, deploying, elapsed).is_empty());
            assert!(rule.is_waiting() && rule.memory().count() == 0);
        }
        assert_eq!(told_at(&mut rule, &events, deploying, patience), [1]);
        assert!(!rule.is_waiting());
        assert!(told_at(&mut rule, &events, deploying, patience).is_empty());
    }
    // The next command is at work, and will not undo it.
    let mut rule = DeploymentRule::default();
    let events = [deployment(2, 0).into(), fail(deployment(1, 1), 1)];
    for (elapsed, expected) in [(Duration::ZERO, &[][..]), (PATIENCE, &[1])] {
        assert_eq!(told_at(&mut rule, &events, Some(true), elapsed), expected);
    }
}

#[test]
fn a_failure_and_the_rollback_that_undoes_it_are_told_as_one_also_across_a_restart() {
    let bad = || fail(deployment(1, 1), 1);
    let steps = [
        vec![deployment(1, 1).into()],
        vec![bad()],
        vec![rollback(2, 0).into(), bad()],
        vec![rollback(2, 0).succeed(now()), rolled_back(bad())],
    ];
    for restart_after in 0..=steps.len() {
        let mut rule = DeploymentRule::default();
        let mut news = Vec::new();
        for (step, events) in steps.iter().enumerate() {
            let elapsed = Duration::from_mins(1) * u32::try_from(step).unwrap_or(0);
            for (look, more) in [0, 2, 4].into_iter().enumerate() {
                let now = moment(elapsed + Duration::from_secs(more));
                news.extend(rule.observe(events, (look > 0).then_some(true), now));
            }
            if step == restart_after {
                rule = restarted(&rule);
            }
        }
        assert_eq!((news.len(), rule.memory().count()), (1, 2), "{restart_after}: {news:?}");
        assert_eq!(news[0].event_id.as_u128(), 1);
        assert_eq!(news[0].status, EventStatus::RolledBack);
        let rollback = news[0].rollback.as_ref().expect("it is told with its rollback");
        assert_eq!((rollback.event_id.as_u128(), rollback.status), (2, EventStatus::Success));
        assert!(!news[0].rollback_failed());
    }
}

#[test]
fn a_rollback_that_fails_is_told_at_once_with_what_it_was_to_undo() {
    let mut rule = DeploymentRule::default();
    let bad = || fail(deployment(1, 1), 1);
    assert!(told(&mut rule, &[rollback(2, 0).into(), bad()]).is_empty());
    let events = [fail(rollback(2, 0), 0), bad()];
    let news = rule.observe(&events, Some(true), moment(Duration::from_secs(1)));
    assert_eq!((news.len(), news[0].event_id.as_u128()), (1, 1));
    assert!(news[0].rollback_failed());
    assert!(told_at(&mut rule, &events, None, MOST_PATIENCE).is_empty());
}

#[test]
fn a_rollback_that_takes_long_is_told_when_it_ends() {
    let bad = || fail(deployment(1, 1), 1);
    let waited = || {
        let mut rule = DeploymentRule::default();
        let events = [rollback(2, 0).into(), bad()];
        assert!(told(&mut rule, &events).is_empty());
        assert_eq!(told_at(&mut rule, &events, Some(true), MOST_PATIENCE), [1]);
        rule
    };
    assert_eq!(told(&mut waited(), &[fail(rollback(2, 0), 0), bad()]), [2]);
    assert_eq!(told(&mut waited(), &[rollback(2, 0).succeed(now()), rolled_back(bad())]), [1]);
}

#[test]
fn a_rollback_by_hand_stands_for_itself() {
    let by_hand = |id| {
        InProgress::open(Opening {
            event_type: EventType::Rollback,
            previous_artifact_id: Some("v1.2.3".into()),
            opened_by: Opener::Deploy,
            ..opening(id, 0)
        })
    };
    let mut rule = DeploymentRule::default();
    assert_eq!(told(&mut rule, &[by_hand(2).succeed(now()), success(1, 1)]), [1, 2]);
    let news = rule.observe(&[fail(by_hand(3), 0)], Some(true), moment(Duration::ZERO));
    assert!(news[0].rollback_failed(), "and its failure is told at once");
}
