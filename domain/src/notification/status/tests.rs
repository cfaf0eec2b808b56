//! The rule by example, and its promises for any course of events.

use proptest::prelude::*;

use super::*;
use crate::health::{Check, Checks};
use OverallStatus::{Degraded, Healthy, Unhealthy};

const SETTLE: Duration = Duration::from_secs(15);

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a time")
}

fn moment(second: u64) -> Moment {
    let elapsed = Duration::from_secs(second);
    Moment { at: start() + elapsed, elapsed }
}

fn health(status: OverallStatus) -> HealthStatus {
    let check = |ok: bool| Check {
        ok,
        latency_us: None,
        error_code: (!ok).then_some("redis_refused".into()),
        since: start(),
    };
    let checks =
        Checks { bot: None, postgres: check(status != Unhealthy), redis: check(status == Healthy) };
    HealthStatus {
        service_name: "bot".into(),
        overall_status: status,
        timestamp: start(),
        response_time_ms: 0,
        postgres_connected: true,
        postgres_response_time_ms: None,
        redis_connected: true,
        redis_response_time_ms: None,
        version: None,
        uptime_seconds: 0,
        error_message: None,
        checked_at: Some(start()),
        stale: false,
        checks,
    }
}

/// What is told, and in which second, of a course of statuses that each last so many seconds.
fn told(rule: &mut Rule, course: &[(OverallStatus, u64)]) -> Vec<(u64, News)> {
    let mut second = 0;
    let mut all = Vec::new();
    for (status, lasts) in course {
        for _ in 0..*lasts {
            all.extend(rule.observe(&health(*status), moment(second)).map(|news| (second, news)));
            second += 1;
        }
    }
    all
}

fn rule() -> Rule {
    Rule::new(SETTLE, Memory::default())
}

fn state(news: &News) -> Told {
    match news {
        News::StatusChanged(change) => Told::Status(change.overall_status),
        News::StatusKeepsChanging(_) => Told::KeepsChanging,
        _ => panic!("not of the status"),
    }
}

fn states(all: &[(u64, News)]) -> Vec<(u64, Told)> {
    all.iter().map(|(second, news)| (*second, state(news))).collect()
}

#[test]
fn a_change_that_holds_is_told_once_and_a_recovery_with_how_long_it_took() {
    let all = told(&mut rule(), &[(Healthy, 60), (Degraded, 300), (Healthy, 300)]);
    assert_eq!(states(&all), [(75, Told::Status(Degraded)), (375, Told::Status(Healthy))]);
    let News::StatusChanged(down) = &all[0].1 else { panic!("{all:?}") };
    assert_eq!((down.from, down.since, down.unwell_seconds), (Some(Healthy), moment(60).at, None));
    assert_eq!(down.failing[0].error_code.as_deref(), Some("redis_refused"));
    let News::StatusChanged(up) = &all[1].1 else { panic!("{all:?}") };
    assert_eq!((up.since, up.unwell_seconds), (moment(360).at, Some(300)));
}

#[test]
fn it_is_unwell_from_the_first_bad_status_to_the_recovery() {
    let course = [(Healthy, 10), (Degraded, 100), (Unhealthy, 100), (Degraded, 100), (Healthy, 20)];
    let all = told(&mut rule(), &course);
    let News::StatusChanged(up) = &all.last().expect("a notice").1 else { panic!("{all:?}") };
    assert_eq!((all.len(), up.unwell_seconds), (4, Some(300)));
}

#[test]
fn what_does_not_hold_is_not_told() {
    let course = [(Healthy, 60), (Degraded, 15), (Healthy, 60), (Unhealthy, 15), (Healthy, 60)];
    assert!(told(&mut rule(), &course).is_empty());
}

#[test]
fn after_a_restart_only_what_is_new_is_told() {
    let mut first = rule();
    assert_eq!(told(&mut first, &[(Healthy, 20), (Degraded, 30)]).len(), 1);
    let after = |course: &[_]| told(&mut Rule::new(SETTLE, first.memory().clone()), course);
    assert!(after(&[(Degraded, 600)]).is_empty());
    assert_eq!(states(&after(&[(Healthy, 600)])), [(15, Told::Status(Healthy))]);
    assert_eq!(states(&after(&[(Unhealthy, 600)])), [(60, Told::Status(Unhealthy))]);
}

#[test]
fn a_stack_that_comes_up_has_a_minute() {
    assert!(told(&mut rule(), &[(Unhealthy, 59), (Healthy, 600)]).is_empty());
    let all = told(&mut rule(), &[(Unhealthy, 600)]);
    assert_eq!(states(&all), [(60, Told::Status(Unhealthy))]);
    let hour = Duration::from_hours(1);
    let all = told(&mut Rule::new(hour, Memory::default()), &[(Unhealthy, 7200)]);
    assert_eq!(states(&all), [(3600, Told::Status(Unhealthy))]);
}

#[test]
fn nothing_known_is_nothing_told() {
    let mut unknown = health(Unhealthy);
    unknown.checked_at = None;
    let mut rule = rule();
    assert!((0..3600).all(|second| rule.observe(&unknown, moment(second)).is_none()));
}

#[test]
fn what_keeps_changing_is_told_as_that_and_then_where_it_ended() {
    let mut course = Vec::new();
    for _ in 0..40 {
        course.extend([(Degraded, 20), (Healthy, 20)]);
    }
    course.push((Unhealthy, 1200));
    let all = told(&mut rule(), &[&[(Healthy, 20)], &course[..]].concat());
    let kinds: Vec<_> = all.iter().map(|(_, news)| state(news)).collect();
    assert_eq!(
        kinds[..5],
        [
            Told::Status(Degraded),
            Told::Status(Healthy),
            Told::Status(Degraded),
            Told::Status(Healthy),
            Told::KeepsChanging,
        ]
    );
    assert_eq!(kinds[5..], [Told::Status(Unhealthy)], "{:?}", states(&all));
    assert_eq!(all[5].0, 20 + 1600 + CALM.as_secs());
}

#[test]
fn what_never_holds_is_told_as_that() {
    let course = [(Healthy, 10), (Degraded, 10)].repeat(60);
    let all = told(&mut rule(), &[&course[..], &[(Healthy, 300)]].concat());
    let [(at, News::StatusKeepsChanging(restless)), (end, News::StatusChanged(up))] = &all[..]
    else {
        panic!("{all:?}")
    };
    assert_eq!((*at, restless.since), (80, moment(10).at));
    assert_eq!((*end, up.from, up.overall_status), (1200 + CALM.as_secs(), None, Healthy));
    assert_eq!(up.unwell_seconds, Some(1190));
}

/// Any course: statuses that last from a second to half an hour.
fn courses() -> impl Strategy<Value = Vec<(OverallStatus, u64)>> {
    let status = prop_oneof![Just(Healthy), Just(Degraded), Just(Unhealthy)];
    let lasts = prop_oneof![1..5_u64, 10..40_u64, 100..300_u64, 500..2000_u64];
    prop::collection::vec((status, lasts), 1..60)
}

proptest! {
    #[test]
    fn no_state_is_told_twice_in_a_row_and_the_rate_is_kept(
        course in courses(), settle in 0..400_u64, restart in 0..60_usize,
    ) {
        let settle = Duration::from_secs(settle);
        let mut rule = Rule::new(settle, Memory::default());
        let mut all = vec![(0, Told::Status(Healthy))];
        let mut second = 0;
        for (index, (status, lasts)) in course.iter().enumerate() {
            if index == restart {
                rule = Rule::new(settle, rule.memory().clone());
            }
            for _ in 0..*lasts {
                let news = rule.observe(&health(*status), moment(second));
                all.extend(news.map(|news| (second, state(&news))));
                second += 1;
            }
        }
        prop_assert!(all.windows(2).all(|pair| pair[0].1 != pair[1].1), "{all:?}");
        let window = WINDOW.num_seconds().unsigned_abs();
        for span in all[1..].windows(MAX_NOTICES + 1) {
            prop_assert!(span[MAX_NOTICES].0 - span[0].0 >= window, "{all:?}");
        }
    }

    #[test]
    fn where_it_settles_is_told_in_the_end(course in courses(), settle in 0..400_u64) {
        let mut rule = Rule::new(Duration::from_secs(settle), Memory::default());
        let last = course.last().expect("a status").0;
        let all = told(&mut rule, &[&course[..], &[(last, 1300)]].concat());
        prop_assert_eq!(rule.memory().told(), Told::Status(last), "{:?}", states(&all));
    }

    #[test]
    fn what_comes_seldom_is_told_each_time(bad in 16..600_u64, rounds in 1..5_usize) {
        let course = [(Healthy, 600), (Unhealthy, bad)].repeat(rounds);
        let all = told(&mut rule(), &course);
        prop_assert_eq!(all.len(), rounds * 2 - 1);
    }
}
