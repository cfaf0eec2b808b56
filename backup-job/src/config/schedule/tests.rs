//! Due times in real zones, whose clocks are put forward and back.

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

use super::*;

fn schedule(expression: &str, zone_name: &str) -> Schedule {
    Schedule::new(cron(expression).unwrap(), zone(zone_name).unwrap(), Jitter::default())
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// All due times after `from`, up to `to`.
fn all(schedule: &Schedule, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let next = |due: &DateTime<Utc>| schedule.next(*due);
    std::iter::successors(schedule.next(from), next).take_while(|due| *due <= to).collect()
}

/// The due times of a day of a zone, by its own clocks.
fn of_day(expression: &str, zone_name: &str, (year, month, day): (i32, u32, u32)) -> Vec<String> {
    let zone = zone(zone_name).unwrap();
    let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let noon = day.and_hms_opt(12, 0, 0).unwrap().and_utc();
    let around = (noon - TimeDelta::days(2), noon + TimeDelta::days(2));
    let due = all(&schedule(expression, zone_name), around.0, around.1).into_iter();
    let due = due.map(|due| due.with_timezone(&zone)).filter(|due| due.date_naive() == day);
    due.map(|due| due.format("%H:%M %Z").to_string()).collect()
}

#[test]
fn a_time_that_the_clocks_skip_or_show_twice_is_due_once_that_day() {
    for (expression, zone, day, expected) in [
        ("30 2 * * *", "Europe/Berlin", (2026, 3, 29), "03:00 CEST"),
        ("30 2 * * *", "Europe/Berlin", (2026, 10, 25), "02:30 CEST"),
        ("30 2 * * *", "Europe/Berlin", (2026, 6, 1), "02:30 CEST"),
        ("30 2 * * *", "America/New_York", (2027, 3, 14), "03:00 EDT"),
        ("30 1 * * *", "America/New_York", (2027, 11, 7), "01:30 EDT"),
        ("30 1 * * *", "Europe/London", (2028, 3, 26), "02:00 BST"),
        ("30 1 * * *", "Europe/London", (2028, 10, 29), "01:30 BST"),
        // Half an hour, midnight itself, and below the equator.
        ("15 2 * * *", "Australia/Lord_Howe", (2026, 10, 4), "02:30 +11"),
        ("45 1 * * *", "Australia/Lord_Howe", (2027, 4, 4), "01:45 +11"),
        ("10 0 * * *", "Africa/Cairo", (2027, 4, 30), "01:00 EEST"),
        ("0 3 * * *", "Asia/Kathmandu", (2026, 11, 22), "03:00 +0545"),
        ("0 3 * * *", "UTC", (2026, 3, 29), "03:00 UTC"),
    ] {
        assert_eq!(of_day(expression, zone, day), [expected], "{expression} {zone} {day:?}");
    }
}

#[test]
fn a_last_hour_that_the_clocks_skip_is_made_up_at_midnight() {
    let of = |day| of_day("0 23 * * *", "America/Scoresbysund", (2026, 3, day));
    assert_eq!((of(27).len(), of(28).len()), (1, 0));
    assert_eq!(of(29), ["00:00 -01", "23:00 -01"]);
}

#[test]
fn what_is_due_each_half_hour_is_due_each_half_hour_of_a_long_and_of_a_short_day() {
    assert_eq!(of_day("*/30 * * * *", "Europe/Berlin", (2026, 3, 29)).len(), 46);
    assert_eq!(of_day("*/30 * * * *", "Europe/Berlin", (2026, 10, 25)).len(), 50);
}

#[test]
fn a_zone_has_a_name_of_the_iana_database() {
    for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
        assert!(zone(name).is_ok(), "{name}");
    }
    for name in ["", "berlin", "+02:00", "CEST", "Europe/Berlin ", "../etc/passwd"] {
        assert!(zone(name).is_err(), "{name}");
    }
}

#[test]
fn the_longest_gap_counts_the_change_of_the_clocks_and_the_jitter() {
    let now = at("2026-01-01T00:00:00Z");
    let hours = |schedule: Schedule| schedule.longest_gap(now).unwrap().num_hours();
    assert_eq!(hours(schedule("0 3 * * *", "UTC")), 24);
    assert_eq!(hours(schedule("0 3 * * *", "Europe/Berlin")), 25);
    assert_eq!(hours(schedule("0 3 * * SUN", "UTC")), 168);
    assert_eq!(hours(schedule("0 3 * * MON-FRI", "UTC")), 72);
    assert_eq!(hours(schedule("0 0 1 1 *", "UTC")), 366 * 24 - 24);
    let jitter = Jitter { most: Duration::from_hours(1), host: String::new() };
    assert_eq!(hours(Schedule { jitter, ..schedule("0 3 * * *", "UTC") }), 25);
}

#[test]
fn two_hosts_begin_at_two_times_and_one_host_always_at_the_same() {
    let of = |host: &str| {
        let jitter = Jitter { most: Duration::from_hours(1), host: host.to_owned() };
        let schedule = Schedule { jitter, ..schedule("0 3 * * *", "UTC") };
        schedule.next_start(at("2026-11-22T02:00:00Z")).unwrap()
    };
    assert_eq!(of("one"), of("one"));
    assert_ne!(of("one"), of("two"));
}

/// Every zone; a few have had days without a midnight, or none at all, but not since 2012.
fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(&chrono_tz::TZ_VARIANTS[..])
}

/// A moment of 2012 to 2036, a second of it.
fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    (1_325_462_400..2_114_380_800_i64).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_daily_backup_is_due_once_on_every_day_of_every_zone(
        zone in zones(), from in moments(), hour in 0..24_u32, minute in 0..60_u32,
    ) {
        let daily = Schedule::new(
            cron(&format!("{minute} {hour} * * *")).unwrap(), zone, Jitter::default(),
        );
        let due = all(&daily, from, from + TimeDelta::days(366));
        // What the clocks skip before midnight is due at midnight: then it is the next day's date.
        let minutes = |pair: &[DateTime<Utc>]| (pair[1] - pair[0]).num_minutes();
        let gaps: Vec<i64> = due.windows(2).map(minutes).collect();
        prop_assert!(gaps.iter().all(|gap| (22 * 60..=26 * 60).contains(gap)), "{zone} {gaps:?}");
        let date = |at: DateTime<Utc>| at.with_timezone(&zone).num_days_from_ce();
        let days = date(from + TimeDelta::days(366)) - date(from);
        prop_assert!(i32::try_from(due.len()).unwrap().abs_diff(days) <= 1, "{zone} {}", due.len());
    }

    #[test]
    fn looking_back_finds_what_looking_ahead_has_found(
        zone in zones(), from in moments(), hour in 0..24_u32, minute in 0..60_u32,
        hourly: bool, most in 0..90_000_u64, later in 0..86_400_i64,
    ) {
        let hour = if hourly { "*".to_owned() } else { hour.to_string() };
        let schedule = Schedule::new(
            cron(&format!("{minute} {hour} * * *")).unwrap(),
            zone,
            Jitter { most: Duration::from_secs(most), host: "host".into() },
        );
        let mut now = from;
        let mut due = schedule.last_due(now).unwrap();
        // Through a change of the clocks, wherever it starts: the steps are a week's.
        for _ in 0..60 {
            let start = schedule.next_start(now).unwrap();
            prop_assert!(start > now && due <= now, "{zone} {now} {due} {start}");
            // It is due from its start on, and not a second before.
            prop_assert_eq!(schedule.last_due(start - TimeDelta::seconds(1)), Some(due));
            let began = schedule.last_due(start).unwrap();
            prop_assert!(began > due && began <= start, "{zone} {due} {began} {start}");
            prop_assert!(schedule.next(began).unwrap() > start, "the jitter stays before the next");
            (now, due) = (start, began);
        }
        let then = now + TimeDelta::seconds(later);
        prop_assert!(schedule.last_due(then).unwrap() <= then);
    }
}
