//! Properties of the timeline, and the cases that show them.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::health::{Check, Checks};

const INTERVAL: Duration = Duration::from_secs(5);
const STALE_AFTER: Duration = Duration::from_secs(17);

fn at(ms: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms)
}

fn check(latency_us: Option<u64>) -> Check {
    let ok = latency_us.is_some();
    let error_code = (!ok).then_some("refused".into());
    Check { ok, latency_us, error_code, since: DateTime::UNIX_EPOCH }
}

fn round(ms: i64, postgres: Option<u64>, redis: Option<u64>) -> Round {
    let checks = Checks { bot: None, postgres: check(postgres), redis: check(redis) };
    Round { checked_at: at(ms), response_time: Duration::ZERO, checks }
}

fn timeline() -> Timeline {
    Timeline::new(INTERVAL, STALE_AFTER)
}

/// A step of time in milliseconds, how many of the two dependencies answer, and a jump of the clock.
fn steps() -> impl Strategy<Value = Vec<(u64, u8, i64)>> {
    let step = prop_oneof![8 => 1_u64..8_000, 1 => 8_000_u64..4_000_000, 1 => Just(0)];
    let jump = prop_oneof![12 => Just(0_i64), 1 => -7_200_000_i64..7_200_000];
    proptest::collection::vec((step, 0_u8..3, jump), 0..300)
}

/// What was pushed and kept: the offset, and whether the stack served.
struct Walked {
    timeline: Timeline,
    kept: Vec<(u64, bool)>,
    now: u64,
}

fn walk(mut timeline: Timeline, steps: &[(u64, u8, i64)]) -> Walked {
    let (mut now, mut clock, mut kept) = (0, 0, Vec::new());
    for (number, &(step, answering, jump)) in (0..).zip(steps) {
        now += step;
        clock += step.cast_signed() + jump;
        let postgres = (answering > 0).then_some(u64::from(answering));
        let mut round = round(clock, postgres, (answering > 1).then_some(1));
        // No two results are of the very same microsecond: by their time they could not be told apart.
        round.checked_at += TimeDelta::microseconds(number);
        let before = (timeline.ring.first(), timeline.len());
        timeline.push(&round, 0, Duration::from_millis(now));
        if (timeline.ring.first(), timeline.len()) != before {
            kept.push((now, answering > 0));
        }
        let surplus = kept.len() - timeline.len();
        kept.drain(..surplus);
    }
    Walked { timeline, kept, now }
}

/// Looks at every stretch anew, millisecond arithmetic and nothing kept in between.
fn brute_force(kept: &[(u64, bool)], now: u64, window: u64) -> (u64, u64) {
    let begin = now.saturating_sub(window);
    let stale = milliseconds(STALE_AFTER);
    let ends = kept.iter().skip(1).map(|(offset, _)| *offset).chain([now]);
    let stretches = kept.iter().zip(ends).map(|(&(from, serves), to)| {
        let known = to.max(begin) - from.max(begin);
        let spoken = to.min(from + stale).max(begin) - from.max(begin);
        (known, if serves { spoken } else { 0 })
    });
    stretches.fold((0, 0), |sum, (known, served)| (sum.0 + known, sum.1 + served))
}

proptest! {
    #[test]
    fn the_ring_never_outgrows_its_capacity(steps in steps(), hours in 2_u64..20) {
        let walked = walk(Timeline::new(Duration::from_hours(hours), STALE_AFTER), &steps);
        let most = usize::try_from(24 / hours + (24 / hours).div_ceil(3)).unwrap();
        prop_assert!(walked.timeline.len() <= most.max(2));
    }

    #[test]
    fn availability_is_what_a_look_at_every_result_gives(
        steps in steps(), later in 0_u64..90_000_000, hours in prop_oneof![Just(0), 1_u64..12],
    ) {
        let interval = if hours == 0 { INTERVAL } else { Duration::from_hours(hours) };
        let Walked { timeline, kept, now } = walk(Timeline::new(interval, STALE_AFTER), &steps);
        let now = now + later;
        let found = timeline.availability(Duration::from_millis(now));
        for (found, window) in [(found.hour, HOUR), (found.day, KEPT_FOR)] {
            let (known, served) = brute_force(&kept, now, milliseconds(window));
            prop_assert_eq!(found.known_seconds, known / 1000);
            let seconds = |ms| Duration::from_millis(ms).as_secs_f64();
            let ratio = (known > 0).then(|| seconds(served) / seconds(known));
            let off = found.available_ratio.zip(ratio).map(|(found, ratio)| (found - ratio).abs());
            prop_assert_eq!(found.available_ratio.is_some(), known > 0);
            prop_assert!(off.is_none_or(|off| off < 1e-12), "{found:?} {ratio:?}");
            prop_assert!(found.available_ratio.is_none_or(|ratio| (0.0..=1.0).contains(&ratio)));
        }
    }

    #[test]
    fn pages_walk_through_all_results_once_even_if_the_clock_jumps(
        steps in steps(), most in 1_usize..40,
    ) {
        let Walked { timeline, .. } = walk(timeline(), &steps);
        let all: Vec<_> = timeline.ring.iter().rev().map(Sample::at_us).collect();
        let (mut walked, mut before) = (Vec::new(), None);
        loop {
            let page = timeline.page(before, most);
            walked.extend(page.results().map(|kept| kept.round.checked_at.timestamp_micros()));
            if !page.more || walked.len() > all.len() {
                break;
            }
            before = page.results().last().map(|kept| kept.round.checked_at);
        }
        prop_assert_eq!(walked, all);
    }

    #[test]
    fn changes_are_the_differences_of_what_was_noted(noted in proptest::collection::vec(0_u8..3, 0..80)) {
        use OverallStatus::{Degraded, Healthy, Unhealthy};
        let mut timeline = timeline();
        let noted: Vec<_> =
            noted.into_iter().map(|number| [Healthy, Degraded, Unhealthy][usize::from(number)]).collect();
        let mut expected = Vec::new();
        for (time, to) in (0..).zip(&noted) {
            let change = timeline.note(at(time), *to, None);
            let from = usize::try_from(time).unwrap().checked_sub(1).map(|place| noted[place]);
            let differs = from != Some(*to);
            prop_assert_eq!(change.is_some(), differs);
            expected.extend(change);
        }
        expected.reverse();
        prop_assert!(expected.windows(2).all(|pair| pair[0].from == Some(pair[1].to)));
        prop_assert_eq!(timeline.changes(MOST_CHANGES), expected);
    }

    #[test]
    fn a_curve_is_what_each_part_holds(steps in steps(), points in 1_usize..50) {
        let Walked { timeline, kept, now } = walk(timeline(), &steps);
        let window = Duration::from_mins(10);
        let offset = Duration::from_millis(now);
        let curve = timeline.curve(CheckName::Postgres, window, points, offset);
        prop_assert_eq!(curve.len(), points);
        let bot = timeline.curve(CheckName::Bot, window, points, offset);
        prop_assert_eq!(bot, vec![Point::default(); points]);
        for point in &curve {
            prop_assert!(point.median_us <= point.max_us);
            prop_assert_eq!(point.median_us.is_some(), point.max_us.is_some());
        }
        let within = |since: u64| kept.iter().filter(move |(offset, _)| *offset + since >= now);
        let recent = within(milliseconds(window)).any(|(_, answered)| *answered);
        let spoken = within(milliseconds(window + STALE_AFTER)).any(|(_, answered)| *answered);
        let drawn = curve.iter().any(|point| point.median_us.is_some());
        prop_assert!(!recent || drawn);
        prop_assert!(spoken || !drawn);
    }
}

#[test]
fn a_day_is_kept_and_the_bound_holds_at_the_shortest_interval() {
    for (seconds, most) in [(1, MOST_SAMPLES), (5, 23_040), (300, 384)] {
        let interval = Duration::from_secs(seconds);
        let mut timeline = Timeline::new(interval, interval * 4);
        for number in 0..90_000 {
            let offset = Duration::from_secs(seconds * number);
            timeline.push(&round(0, Some(1), Some(1)), 0, offset);
        }
        assert_eq!(timeline.len(), most);
        let day = timeline.availability(Duration::from_secs(seconds * 90_000)).day;
        assert_eq!((day.known_seconds, day.available_ratio), (86_400, Some(1.0)));
    }
}

#[test]
fn asking_again_within_a_round_is_kept_only_if_it_says_something_else() {
    let mut timeline = timeline();
    for (ms, redis, kept) in [
        (0, Some(1), 1),
        (600, Some(2), 1),
        (1_200, None, 2),
        (1_800, None, 2),
        (2_400, Some(1), 3),
        (4_900, Some(1), 4),
    ] {
        timeline.push(&round(0, Some(1), redis), 0, Duration::from_millis(ms));
        assert_eq!(timeline.len(), kept, "{ms}");
    }
}

#[test]
fn time_that_nobody_spoke_for_was_not_available_and_time_before_the_first_result_is_not_known() {
    let mut timeline = timeline();
    let day =
        |timeline: &Timeline, seconds| timeline.availability(Duration::from_secs(seconds)).day;
    assert_eq!(day(&timeline, 50), Availability { available_ratio: None, known_seconds: 0 });
    timeline.push(&round(0, Some(1), Some(1)), 0, Duration::from_secs(100));
    assert_eq!(day(&timeline, 110), Availability { available_ratio: Some(1.0), known_seconds: 10 });
    assert_eq!(day(&timeline, 134), Availability { available_ratio: Some(0.5), known_seconds: 34 });
    timeline.push(&round(0, Some(1), None), 0, Duration::from_secs(134));
    timeline.push(&round(0, None, None), 0, Duration::from_secs(151));
    let after = Availability { available_ratio: Some(0.5), known_seconds: 68 };
    assert_eq!(day(&timeline, 168), after, "degraded serves, unhealthy does not");
}

#[test]
fn a_curve_has_gaps_where_nothing_answers_and_a_long_interval_makes_none() {
    let mut timeline = timeline();
    for (second, latency) in [(0, Some(10)), (10, Some(30)), (20, None), (50, Some(7)), (51, None)]
    {
        timeline.push(&round(0, latency, Some(1)), 0, Duration::from_secs(second));
    }
    let curve = |points| {
        let window = Duration::from_mins(1);
        timeline.curve(CheckName::Postgres, window, points, Duration::from_mins(1))
    };
    let drawn: Vec<_> = curve(6).iter().map(|point| (point.median_us, point.failed)).collect();
    let failed = (None, true);
    let expected =
        [(Some(10), false), (Some(30), false), failed, failed, (None, false), (Some(7), true)];
    assert_eq!(drawn, expected);
    let spread = curve(12);
    assert_eq!(spread[1].median_us, Some(10), "a part without a result of its own is spoken for");
    let worst = timeline.worst(Duration::from_mins(1), 6, Duration::from_mins(1));
    let (healthy, degraded) = (Some(OverallStatus::Healthy), Some(OverallStatus::Degraded));
    assert_eq!(worst, [healthy, healthy, degraded, degraded, None, degraded]);
    let whole = Point { median_us: Some(10), max_us: Some(30), failed: true };
    assert_eq!(curve(1), [whole]);
}

#[test]
fn only_the_newest_changes_are_kept() {
    let mut timeline = timeline();
    for number in 0..3_000 {
        let to = [OverallStatus::Healthy, OverallStatus::Degraded][usize::from(number % 2 == 1)];
        timeline.note(at(number), to, Some("redis: redis_refused"));
    }
    let changes = timeline.changes(usize::MAX);
    assert_eq!((changes.len(), changes[0].at), (MOST_CHANGES, at(2_999)));
}
