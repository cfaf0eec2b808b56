//! Retention over random histories: several databases, failed, unproven and encrypted backups, clocks
//! that jump. What must never go never goes, what may go does, and each reason to stay is the one
//! that a slow and plain reading of the rule gives.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use domain::backup::{BackupRecord, BackupType, DumpFacts, Proof, newest_verified};
use domain::retention::{Fate, Keep, expired, judge};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRunner};

/// So many histories are gone through; `PROPTEST_CASES` can only make it more.
const CASES: u32 = 100_000;
const DATABASES: [&str; 3] = ["app", "app_2", "My \"DB\""];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Verified,
    VerifiedEncrypted,
    Unproven,
    Failed,
}

#[derive(Debug, Clone)]
struct Event {
    hours: i64,
    database: usize,
    outcome: Outcome,
    is_pruned_after: bool,
}

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a valid time") + TimeDelta::hours(hours)
}

fn made(hours: i64, database: usize, outcome: Outcome, days: u64) -> BackupRecord {
    let record = BackupRecord::unproven(DumpFacts {
        created_at: at(hours),
        backup_type: BackupType::Scheduled,
        folder: "/opt/backups/postgres".into(),
        database_name: DATABASES[database].to_owned(),
        pg_dump_version: String::new(),
        server_version: String::new(),
        artifact_id: None,
        size_bytes: 1,
        sha256: String::new(),
        retention: Duration::from_hours(24 * days),
        encrypted: outcome == Outcome::VerifiedEncrypted,
        dump: None,
    });
    let proof = Proof { at: at(hours), row_counts_checked: true, restore: None };
    match outcome {
        Outcome::Verified | Outcome::VerifiedEncrypted => record.proven(proof, Duration::ZERO),
        Outcome::Unproven => record,
        Outcome::Failed => record.failed("backup_damaged", Duration::ZERO),
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let hours = prop_oneof![
        6 => 1..30_i64,
        2 => 1..800_i64,
        // The clock is set back, or was ahead and is set right.
        1 => -400..0_i64,
        1 => 8_000..20_000_i64,
        1 => -20_000..-8_000_i64,
    ];
    let outcome = prop_oneof![
        4 => Just(Outcome::Verified),
        1 => Just(Outcome::VerifiedEncrypted),
        1 => Just(Outcome::Unproven),
        1 => Just(Outcome::Failed),
    ];
    (hours, 0..DATABASES.len(), outcome, prop::bool::weighted(0.25)).prop_map(
        |(hours, database, outcome, is_pruned_after)| Event {
            hours,
            database,
            outcome,
            is_pruned_after,
        },
    )
}

fn any_keep() -> impl Strategy<Value = Keep> {
    (0..5_usize, 0..4_usize, 0..4_usize).prop_map(|(daily, weekly, monthly)| Keep {
        daily,
        weekly,
        monthly,
    })
}

/// The reasons for which a record stays, read plainly from the rule.
fn reasons(
    record: &BackupRecord,
    all: &[BackupRecord],
    keep: Keep,
    now: DateTime<Utc>,
) -> Vec<&'static str> {
    let good =
        all.iter().filter(|other| other.is_good() && other.database_name == record.database_name);
    let good: Vec<DateTime<Utc>> = good.map(|other| other.created_at).collect();
    let slack = now + TimeDelta::minutes(5);
    let past: Vec<DateTime<Utc>> = good.iter().copied().filter(|time| *time < slack).collect();
    let own = record.created_at;
    let is_newest =
        [&good, &past].iter().any(|times| times.iter().max() == Some(&own)) && record.is_good();
    let is_kept = |count: usize, period: &dyn Fn(DateTime<Utc>) -> i64| {
        let later = past.iter().filter(|time| **time > own).map(|time| period(*time));
        let later: BTreeSet<i64> = later.collect();
        let counts = record.is_good() && past.contains(&own) && !later.contains(&period(own));
        counts && later.len() < count
    };
    let day = |time: DateTime<Utc>| time.timestamp().div_euclid(86_400);
    // The first day of 1970 was a Thursday.
    let week = |time| (day(time) + 3).div_euclid(7);
    let month = |time: DateTime<Utc>| i64::from(time.year()) * 12 + i64::from(time.month());
    let holding = [
        (Fate::NotYet, record.retention_until > now),
        (Fate::NoneVerified, good.is_empty()),
        (Fate::Newest, is_newest),
        (Fate::Daily, is_kept(keep.daily, &day)),
        (Fate::Weekly, is_kept(keep.weekly, &week)),
        (Fate::Monthly, is_kept(keep.monthly, &month)),
    ];
    holding.into_iter().filter_map(|(fate, holds)| holds.then_some(fate.reason())).collect()
}

/// Checks one look at the records, and takes away what may go.
fn prune(records: &mut Vec<BackupRecord>, keep: Keep, now: DateTime<Utc>) -> Vec<Fate> {
    let fates = judge(records, keep, now);
    assert_eq!(fates.len(), records.len());
    for (record, fate) in records.iter().zip(&fates) {
        let reasons = reasons(record, records, keep, now);
        let holds = if fate.goes() { reasons.is_empty() } else { reasons.contains(&fate.reason()) };
        assert!(holds, "{fate:?}, but {reasons:?}: {record:?}");
    }
    let gone: Vec<BackupRecord> = expired(records, keep, now).into_iter().cloned().collect();
    let none = Keep::default();
    let most: Vec<&BackupRecord> = expired(records, none, now);
    assert!(gone.iter().all(|one| most.contains(&one)), "whoever keeps more loses more");
    for database in DATABASES {
        let newest = newest_verified(records, Some(database), |_| true);
        assert!(newest.is_none_or(|one| !gone.contains(one)), "the newest verified one goes");
    }
    assert!(gone.iter().all(|one| one.retention_until <= now), "one goes before its time");
    records.retain(|record| !gone.contains(record));
    assert!(expired(records, keep, now).is_empty(), "a second look takes more");
    fates
}

#[test]
fn over_any_history_only_what_nothing_keeps_goes_and_all_of_it() {
    let tally: RefCell<BTreeMap<&str, u64>> = RefCell::default();
    let history = (prop::collection::vec(any_event(), 1..14), 1..30_u64, any_keep(), 0..20_000_i64);
    let config = ProptestConfig {
        failure_persistence: None,
        // Not the one for secrets, which takes ten times as long as the cases themselves.
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::default()
    };
    let cases = config.cases.max(CASES);
    let config = ProptestConfig { cases, ..config };
    let outcome = TestRunner::new(config).run(&history, |(events, days, keep, rest)| {
        let (mut records, mut clock) = (Vec::<BackupRecord>::new(), 0);
        for event in &events {
            clock += event.hours;
            let record = made(clock, event.database, event.outcome, days);
            // Two of one name are never made.
            if records.iter().all(|other| other.backup_id != record.backup_id) {
                records.push(record);
            }
            if event.is_pruned_after {
                prune(&mut records, keep, at(clock));
            }
        }
        for fate in prune(&mut records, keep, at(clock + rest)) {
            *tally.borrow_mut().entry(fate.reason()).or_default() += 1;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    // Each reason was met often: what holds of none holds of all.
    let tally = tally.into_inner();
    for fate in [
        Fate::Goes,
        Fate::NotYet,
        Fate::Newest,
        Fate::NoneVerified,
        Fate::Daily,
        Fate::Weekly,
        Fate::Monthly,
    ] {
        let met = tally.get(fate.reason()).copied().unwrap_or_default();
        assert!(met >= u64::from(cases) / 200, "{fate:?}: {tally:?}");
    }
}

#[test]
fn days_weeks_and_months_that_are_kept_are_those_of_utc() {
    let day = 24;
    let records: Vec<BackupRecord> =
        (0..60).map(|hours| made(hours * 12, 0, Outcome::Verified, 1)).collect();
    let kept = |keep: Keep| {
        let fates = judge(&records, keep, at(200 * day));
        let stay = records.iter().zip(fates).filter(|(_, fate)| !fate.goes());
        stay.map(|(record, _)| record.created_at.format("%d.%m %H").to_string()).collect::<Vec<_>>()
    };
    // The records begin on Tuesday the 14th of November 2023 at 22:13 and end on the 14th of December.
    assert_eq!(kept(Keep::default()), ["14.12 10"]);
    assert_eq!(kept(Keep { daily: 3, ..Keep::default() }), ["12.12 22", "13.12 22", "14.12 10"]);
    assert_eq!(kept(Keep { weekly: 3, ..Keep::default() }), ["03.12 22", "10.12 22", "14.12 10"]);
    assert_eq!(kept(Keep { monthly: 9, ..Keep::default() }), ["30.11 22", "14.12 10"]);
}
