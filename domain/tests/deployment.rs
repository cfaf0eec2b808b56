//! State machine, history and gate of Deployment Events, over random histories.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::deployment::{
    DeploymentEvent, EventState, EventStatus, EventType, InProgress, Opener, Opening, Trigger,
};
use domain::history::{History, JournalLine, Start};
use proptest::prelude::*;
use uuid::Uuid;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a valid time") + TimeDelta::seconds(seconds)
}

fn opening(id: u128, artifact: &str) -> Opening {
    Opening {
        event_id: Uuid::from_u128(id),
        event_type: EventType::Deploy,
        started_at: at(0),
        triggered_by: Trigger::Manual,
        operator: "root".into(),
        artifact_id: artifact.into(),
        previous_artifact_id: None,
        configuration_fingerprint: Some("f".into()),
        opened_by: Opener::Preflight,
    }
}

fn start(id: u128, artifact: &str, fingerprint: &str) -> Start {
    Start {
        event_id: Uuid::from_u128(id),
        at: at(i64::try_from(id).expect("small")),
        operator: "root".into(),
        artifact_id: artifact.into(),
        configuration_fingerprint: fingerprint.into(),
    }
}

fn history(events: &[DeploymentEvent]) -> History {
    History::from_lines(events.iter().map(|event| JournalLine::new(event.clone(), at(0))))
}

#[test]
fn an_event_ends_as_the_data_model_says() {
    let success = InProgress::open(opening(1, "v1.0.0")).succeed(at(42));
    assert_eq!(success.fields().duration_seconds, Some(42));
    assert_eq!(success.fields().health_check_passed, Some(true));
    assert!(matches!(success.state(), EventState::Terminal(_)));

    let failed = InProgress::open(opening(2, "v1.0.0")).fail(at(5), "health gate", Some(false));
    assert_eq!(failed.fields().error_message.as_deref(), Some("health gate"));
    let back = failed.rolled_back(at(9));
    assert_eq!(
        (back.fields().status, back.fields().duration_seconds),
        (EventStatus::RolledBack, Some(9))
    );
    assert!(matches!(back.state(), EventState::Terminal(_)));
}

#[test]
fn a_record_bears_every_attribute_and_null_for_what_is_absent() {
    let line = JournalLine::new(InProgress::open(opening(1, "v1.0.0")), at(1));
    let json = serde_json::to_value(&line).expect("JSON");
    for key in [
        "schema_version",
        "recorded_at",
        "event_id",
        "event_type",
        "started_at",
        "completed_at",
        "duration_seconds",
        "triggered_by",
        "operator",
        "artifact_id",
        "previous_artifact_id",
        "status",
        "error_message",
        "health_check_passed",
        "backup_created",
        "migration_applied",
        "backup_id",
        "diagnosis",
    ] {
        assert!(json.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(json["status"], "in_progress");
    assert!(json["completed_at"].is_null());
    assert!(json["started_at"].as_str().is_some_and(|time| time.ends_with('Z')));
    assert_eq!(serde_json::from_value::<JournalLine>(json).expect("a line"), line);
}

#[test]
fn a_record_that_no_transition_made_is_refused() {
    let event = DeploymentEvent::from(InProgress::open(opening(1, "v1.0.0")));
    let mut json = serde_json::to_value(&event).expect("JSON");
    json["status"] = "success".into();
    assert!(serde_json::from_value::<DeploymentEvent>(json).is_err());
}

#[test]
fn an_unchanged_start_records_nothing() {
    let first = history(&[]).on_start(&start(1, "v1.0.0", "f")).opened.expect("an event");
    assert_eq!(first.fields().event_type, EventType::Deploy);
    let deployed = history(&[first.clone().succeed(at(2))]);
    assert_eq!(deployed.on_start(&start(3, "v1.0.0", "f")), domain::history::Recording::default());
    let open = history(&[first.into()]);
    assert_eq!(open.on_start(&start(3, "v1.0.0", "f")), domain::history::Recording::default());
}

#[test]
fn a_change_opens_the_event_that_it_is() {
    let deployed = InProgress::open(opening(1, "v1.0.0")).succeed(at(2));
    let failed: DeploymentEvent =
        InProgress::open(opening(2, "v2.0.0")).fail(at(3), "gate", Some(false)).into();
    for (events, artifact, fingerprint, expected) in [
        (vec![deployed.clone()], "v2.0.0", "f", EventType::Deploy),
        (vec![deployed.clone()], "v1.0.0", "g", EventType::ConfigUpdate),
        (vec![deployed.clone(), failed.clone()], "v1.0.0", "f", EventType::Rollback),
        (vec![deployed.clone(), failed.clone()], "v2.0.0", "f", EventType::Deploy),
    ] {
        let opened = history(&events).on_start(&start(9, artifact, fingerprint)).opened;
        let opened = opened.expect("an event");
        assert_eq!(opened.fields().event_type, expected, "{artifact} {fingerprint}");
        let replaced = if expected == EventType::Rollback { "v2.0.0" } else { "v1.0.0" };
        assert_eq!(opened.fields().previous_artifact_id.as_deref(), Some(replaced));
    }
}

#[test]
fn an_artifact_arrives_once_and_a_rollback_tells_from_where() {
    let mut events: Vec<DeploymentEvent> = Vec::new();
    let mut clock = 0;
    let mut run = |artifact: &str, fingerprint: &str, succeeds: bool| {
        clock += 10;
        let recording = history(&events).on_start(&start(clock, artifact, fingerprint));
        let open = recording.opened.expect("an event");
        let (opened_as, at) = (open.fields().event_type, open.fields().started_at);
        events.push(if succeeds { open.succeed(at) } else { open.fail(at, "gate", None).into() });
        let history = history(&events);
        let arrival = history.arrival().expect("an arrival");
        let from = arrival.rollback_from.map(str::to_owned);
        (opened_as, arrival.event.fields().artifact_id.clone(), from)
    };
    let v1 = || "v1.0.0".to_owned();
    let v2 = || "v2.0.0".to_owned();
    assert_eq!(run("v1.0.0", "f", true), (EventType::Deploy, v1(), None));
    assert_eq!(run("v1.0.0", "g", true), (EventType::ConfigUpdate, v1(), None));
    assert_eq!(run("v2.0.0", "g", false), (EventType::Deploy, v1(), None));
    assert_eq!(run("v1.0.0", "g", true), (EventType::Rollback, v1(), Some(v2())));
    assert_eq!(run("v1.0.0", "f", true), (EventType::ConfigUpdate, v1(), Some(v2())));
    assert_eq!(run("v2.0.0", "f", true), (EventType::Deploy, v2(), None));
    assert_eq!(run("v1.0.0", "f", true), (EventType::Rollback, v1(), Some(v2())));
    assert_eq!(history(&[]).arrival(), None);
}

#[test]
fn preflight_leaves_the_events_of_deploy_alone() {
    let mine = InProgress::open(Opening { opened_by: Opener::Deploy, ..opening(1, "v1.0.0") });
    let recording = history(&[mine.into()]).on_start(&start(2, "v2.0.0", "f"));
    assert!(recording.superseded.is_empty() && recording.opened.is_some());
}

/// What may happen to a stack, one after the other.
#[derive(Debug, Clone)]
enum Happening {
    Start { artifact: u8, fingerprint: u8 },
    Passed,
    GateFailed,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (0..3u8, 0..2u8)
            .prop_map(|(artifact, fingerprint)| Happening::Start { artifact, fingerprint }),
        Just(Happening::Passed),
        Just(Happening::GateFailed),
    ]
}

proptest! {
    #[test]
    fn at_most_one_event_is_open_and_none_ends_twice(happenings in proptest::collection::vec(happening(), 0..40)) {
        let mut journal: Vec<JournalLine> = Vec::new();
        for (clock, happening) in (1u128..).zip(happenings) {
            let now = at(i64::try_from(clock).expect("small"));
            let history = History::from_lines(journal.clone());
            let open = history.in_progress().next();
            let ended: HashSet<Uuid> = history.events().iter()
                .filter(|event| event.fields().completed_at.is_some())
                .map(|event| event.fields().event_id).collect();
            let new: Vec<DeploymentEvent> = match (happening, open) {
                (Happening::Start { artifact, fingerprint }, _) => {
                    let recording = history.on_start(&start(clock, &format!("v{artifact}.0.0"), &format!("{fingerprint}")));
                    recording.superseded.into_iter().map(DeploymentEvent::from)
                        .chain(recording.opened.map(DeploymentEvent::from)).collect()
                }
                (Happening::Passed, Some(open)) => vec![open.succeed(now)],
                (Happening::GateFailed, Some(open)) => vec![open.fail(now, "gate", Some(false)).into()],
                _ => vec![],
            };
            for event in new {
                prop_assert!(!ended.contains(&event.fields().event_id), "an ended event was written again");
                journal.push(JournalLine::new(event, now));
            }
            let history = History::from_lines(journal.clone());
            prop_assert!(history.in_progress().count() <= 1);
        }
    }

    #[test]
    fn the_same_start_twice_is_the_same_as_once(starts in proptest::collection::vec((0..3u8, 0..2u8), 1..10)) {
        let mut journal: Vec<JournalLine> = Vec::new();
        for (clock, (artifact, fingerprint)) in (1u128..).zip(starts) {
            for repeat in 0..2 {
                let start = start(clock * 2 + repeat, &format!("v{artifact}.0.0"), &format!("{fingerprint}"));
                let recording = History::from_lines(journal.clone()).on_start(&start);
                prop_assert!(repeat == 0 || recording == domain::history::Recording::default());
                journal.extend(recording.superseded.into_iter().map(|event| JournalLine::new(event, start.at)));
                journal.extend(recording.opened.map(|event| JournalLine::new(event, start.at)));
            }
        }
    }
}

mod gate {
    use domain::gate::{Gate, Running, Sight, Verdict};
    use domain::health::{Check, Checks, HealthStatus, Reporter, Round};

    use super::*;

    const GATE: Gate =
        Gate { stable_for: Duration::from_secs(15), deadline: Duration::from_mins(3) };

    fn health(ok: bool) -> HealthStatus {
        let check = |ok: bool| Check {
            ok,
            latency_us: None,
            error_code: (!ok).then_some("refused".into()),
            since: at(0),
        };
        let checks = Checks { bot: Some(check(ok)), postgres: check(true), redis: check(true) };
        let round = Round { checked_at: at(0), response_time: Duration::ZERO, checks };
        let reporter = Reporter {
            service_name: "bot".into(),
            version: None,
            started_at: at(0),
            stale_after: Duration::from_secs(15),
            asks_bot: true,
        };
        reporter.report(Some((&round, Duration::ZERO)), at(0))
    }

    const RIGHT: Running<'_> = Running::Artifact("v1.0.0");
    const WRONG: Running<'_> = Running::Artifact("v0.9.0");

    fn sight(health: &HealthStatus) -> Sight<'_> {
        let long = Duration::from_hours(1);
        Sight { open_for: long, watched_for: long, health, healthy_for: None, running: RIGHT }
    }

    fn judge(sight: Sight<'_>) -> Verdict {
        GATE.judge(InProgress::open(opening(1, "v1.0.0")).fields(), sight)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn only_a_stable_health_of_the_right_artifact_passes() {
        let health = health(true);
        let after = |open: u64, healthy: u64, running| {
            let (open_for, healthy_for) = (seconds(open), Some(seconds(healthy)));
            judge(Sight { open_for, healthy_for, running, ..sight(&health) })
        };
        assert_eq!(after(15, 15, RIGHT), Verdict::Pass);
        assert_eq!(after(15, 15, Running::NobodyToAsk), Verdict::Pass);
        assert_eq!(after(60, 14, RIGHT), Verdict::Wait);
        assert_eq!(after(14, 900, RIGHT), Verdict::Wait, "health from before the event counted");
        assert_eq!(after(60, 60, WRONG), Verdict::Wait);
        assert_eq!(after(60, 60, Running::NotTold), Verdict::Wait);
    }

    #[test]
    fn the_deadline_fails_with_a_reason_and_says_whether_it_was_healthy() {
        for (ok, running, expected) in [
            (false, Running::NobodyToAsk, "bot: refused"),
            (true, WRONG, "another artifact is running"),
            (true, Running::NotTold, "the running artifact is not known"),
        ] {
            let health = health(ok);
            let healthy_for = ok.then_some(seconds(60));
            let verdict = judge(Sight { running, healthy_for, ..sight(&health) });
            let reason = format!("health gate: not stable within 180 s: {expected}");
            assert_eq!(verdict, Verdict::Fail { reason, health_check_passed: ok });
        }
    }

    #[test]
    fn whoever_has_not_watched_as_long_as_the_deadline_fails_nothing() {
        let health = health(false);
        let watched = |watched| judge(Sight { watched_for: seconds(watched), ..sight(&health) });
        assert_eq!(watched(179), Verdict::Wait);
        assert!(matches!(watched(180), Verdict::Fail { .. }));
        let open = |open| judge(Sight { open_for: seconds(open), ..sight(&health) });
        assert_eq!(open(179), Verdict::Wait);
        assert!(matches!(open(180), Verdict::Fail { .. }));
    }
}
