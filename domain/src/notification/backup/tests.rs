//! What is told of backups, and how often.

use proptest::prelude::*;

use super::*;
use crate::backup::{BackupType, DumpFacts, Proof};

const MAX_AGE: Duration = Duration::from_hours(26);
const SETTLE: Duration = Duration::from_secs(15);

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a time") + TimeDelta::minutes(minutes)
}

fn moment(minutes: i64) -> Moment {
    let elapsed = Duration::from_secs(minutes.unsigned_abs() * 60);
    Moment { at: at(minutes), elapsed }
}

fn unproven(database: &str, minutes: i64) -> BackupRecord {
    BackupRecord::unproven(DumpFacts {
        created_at: at(minutes),
        backup_type: BackupType::Scheduled,
        folder: "/backups".into(),
        database_name: database.to_owned(),
        pg_dump_version: String::new(),
        server_version: String::new(),
        artifact_id: None,
        size_bytes: 1,
        sha256: String::new(),
        retention: Duration::from_hours(24),
        encrypted: false,
        dump: None,
    })
}

fn good(minutes: i64) -> BackupRecord {
    let restore = Some(Duration::from_millis(1500));
    let proof = Proof { at: at(minutes), row_counts_checked: true, restore };
    unproven("shop", minutes).proven(proof, Duration::ZERO)
}

fn bad(minutes: i64) -> BackupRecord {
    unproven("shop", minutes).failed("pg_dump_failed", Duration::ZERO)
}

fn rule() -> BackupRule {
    BackupRule::new(MAX_AGE, SETTLE, BackupMemory::default())
}

fn restarted(rule: &BackupRule) -> BackupRule {
    let text = serde_json::to_string(rule.memory()).expect("it can be kept");
    let memory = serde_json::from_str(&text).expect("and read");
    BackupRule::new(MAX_AGE, SETTLE, memory)
}

fn look(rule: &mut BackupRule, records: &[BackupRecord], minutes: i64) -> Vec<News> {
    rule.observe(Seen { records, error_code: None }, moment(minutes))
}

/// What is told, in a word each.
fn words(news: &[News]) -> Vec<String> {
    let word = |news: &News| match news {
        News::BackupFailed(failed) => format!("failed {}", failed.failures),
        News::BackupRecovered(recovered) => format!("recovered {}", recovered.failures),
        News::BackupLate(late) => format!("late {}", late.error_code.as_deref().unwrap_or("-")),
        _ => panic!("not of backups"),
    };
    news.iter().map(word).collect()
}

#[test]
fn a_run_of_failures_is_told_once_a_day_and_its_end_with_how_long_there_was_none() {
    let mut rule = rule();
    let mut records = vec![good(0)];
    assert_eq!(look(&mut rule, &records, 1), []);
    records.push(bad(60));
    let told = look(&mut rule, &records, 61);
    let [News::BackupFailed(failed)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((failed.failures, failed.newest_verified_at), (1, Some(at(0))));
    assert_eq!(failed.error_code.as_deref(), Some("pg_dump_failed"));
    assert_eq!(failed.backup.backup_id, records[1].backup_id);
    records.push(bad(62));
    assert_eq!(look(&mut rule, &records, 63), []);
    let mut rule = restarted(&rule);
    assert_eq!(look(&mut rule, &records, 64), [], "a restart tells nothing again");
    let told = look(&mut rule, &records, 61 + 24 * 60);
    let [News::BackupFailed(failed)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((failed.failures, failed.failing_since), (2, at(60)));
    records.push(good(1600));
    let told = look(&mut restarted(&rule), &records, 1601);
    let [News::BackupRecovered(recovered)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((recovered.failures, recovered.without_seconds), (2, Some(96_000)));
    assert_eq!(recovered.restore_ms, Some(1500));
    assert_eq!(words(&look(&mut rule, &records, 1601)), ["recovered 2"]);
    assert_eq!(look(&mut rule, &records, 1602), []);
}

#[test]
fn a_failure_that_was_there_before_anybody_looked_is_news() {
    assert_eq!(words(&look(&mut rule(), &[good(0), bad(60)], 600)), ["failed 1"]);
}

#[test]
fn one_database_does_not_hide_another() {
    let other = unproven("other", 30).failed("postgres_refused", Duration::ZERO);
    let told = look(&mut rule(), &[other, good(60)], 61);
    let [News::BackupFailed(failed)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((failed.backup.database_name.as_str(), failed.newest_verified_at), ("other", None));
}

#[test]
fn a_backup_that_is_only_off_site_is_no_failure() {
    let away = good(1).failed(crate::backup::ONLY_OFFSITE, Duration::ZERO);
    assert_eq!(look(&mut rule(), std::slice::from_ref(&away), 60), []);
    assert_eq!(words(&look(&mut rule(), &[good(0), bad(30), away], 60)), ["failed 1"]);
}

#[test]
fn late_is_told_when_it_is_and_once_a_day() {
    let mut rule = rule();
    let records = [good(0)];
    let hours = |hours: i64| hours * 60;
    assert_eq!(look(&mut rule, &records, hours(26) - 1), []);
    let told = look(&mut rule, &records, hours(26));
    let [News::BackupLate(late)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((late.age_seconds, late.newest_verified_at), (Some(26 * 3600), Some(at(0))));
    assert_eq!(look(&mut rule, &records, hours(26) + 1), []);
    let mut rule = restarted(&rule);
    assert_eq!(look(&mut rule, &records, hours(49)), []);
    assert_eq!(words(&look(&mut rule, &records, hours(50))), ["late -"]);
    let told = look(&mut rule, &[good(0), good(hours(51))], hours(51));
    let [News::BackupRecovered(recovered)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((recovered.failures, recovered.without_seconds), (0, Some(51 * 3600)));
    assert_eq!(look(&mut rule, &[good(hours(51))], hours(52)), []);
}

#[test]
fn a_stack_that_starts_has_an_hour_for_its_first_backup() {
    let mut fresh = rule();
    let missing = |rule: &mut BackupRule, minutes| {
        words(&rule.observe(Seen { records: &[], error_code: Some("missing") }, moment(minutes)))
    };
    assert_eq!(missing(&mut fresh, 0), [""; 0]);
    assert_eq!(missing(&mut fresh, 1), [""; 0]);
    assert_eq!(missing(&mut restarted(&fresh), 59), [""; 0]);
    let mut again = restarted(&fresh);
    assert_eq!(missing(&mut again, 60), [""; 0], "it settles");
    assert_eq!(missing(&mut again, 62), ["late missing"], "restarts do not put it off");
    // One that was off for days makes up what it has missed.
    let mut fresh = rule();
    assert_eq!(look(&mut fresh, &[good(-6000)], 0), []);
    assert_eq!(look(&mut fresh, &[good(-6000), good(2)], 3), []);
    assert_eq!(words(&look(&mut rule_that_has_seen(1), &[], 2)), ["late -"]);
}

fn rule_that_has_seen(minutes: i64) -> BackupRule {
    let mut rule = rule();
    assert_eq!(look(&mut rule, &[good(minutes)], minutes), []);
    rule
}

#[test]
fn an_index_that_can_not_be_read_is_told_though_what_was_read_before_is_fresh() {
    let mut rule = rule_that_has_seen(0);
    let records = [good(0)];
    let unread = |rule: &mut BackupRule, second| {
        let now = Moment {
            at: at(1) + TimeDelta::seconds(second),
            elapsed: Duration::from_secs(60 + second.unsigned_abs()),
        };
        words(&rule.observe(Seen { records: &records, error_code: Some("corrupt") }, now))
    };
    assert_eq!(unread(&mut rule, 0), [""; 0]);
    assert_eq!(unread(&mut rule, 14), [""; 0]);
    assert_eq!(unread(&mut rule, 15), ["late corrupt"]);
    assert_eq!(unread(&mut rule, 16), [""; 0]);
    assert_eq!(words(&look(&mut rule, &[good(0)], 3)), ["recovered 0"]);
}

#[test]
fn a_backup_of_the_future_is_no_proof_that_all_is_well() {
    let mut rule = rule_that_has_seen(0);
    assert_eq!(words(&look(&mut rule, &[good(0), good(9000)], 26 * 60)), ["late -"]);
}

#[test]
fn what_is_remembered_has_a_bound() {
    let mut rule = rule();
    let databases: Vec<_> = (0..100)
        .map(|n| unproven(&format!("shop{n}"), 0).failed("pg_dump_failed", Duration::ZERO))
        .collect();
    assert_eq!(look(&mut rule, &databases, 1).len(), MAX_DATABASES);
    assert_eq!(look(&mut rule, &databases, 2), []);
    assert_eq!(look(&mut rule, &[good(3)], 3), []);
    assert_eq!(rule.memory(), &BackupMemory::default());
}

proptest! {
    #[test]
    fn whatever_happens_it_is_told_that_it_fails_at_most_once_a_day(
        course in prop::collection::vec((1..2000_i64, any::<bool>(), any::<bool>()), 1..60),
    ) {
        let mut rule = rule();
        let (mut now, mut records) = (0, Vec::new());
        let mut last: Option<(i64, &str)> = None;
        for (minutes, is_good, restarts) in course {
            now += minutes;
            records.push(if is_good { good(now) } else { bad(now) });
            if restarts {
                rule = restarted(&rule);
            }
            let told = look(&mut rule, &records, now);
            for news in told {
                let kind = match news {
                    News::BackupFailed(_) => "failed",
                    News::BackupRecovered(_) => "recovered",
                    _ => continue,
                };
                // A success is told after a failure only, a failure after a success or a day.
                match (last, kind) {
                    (Some((at, "failed")), "failed") => prop_assert!(now - at >= 24 * 60),
                    (Some((_, "recovered")), "recovered") => {
                        prop_assert!(false, "a recovery of nothing");
                    }
                    _ => {}
                }
                last = Some((now, kind));
            }
            if !is_good {
                prop_assert!(matches!(last, Some((_, "failed"))), "a failure was never told");
            }
        }
    }
}
