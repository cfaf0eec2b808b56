//! The page's words as a function of the facts, without a browser.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::backup::NewestVerified;
use domain::health::{Check, Checks, OverallStatus, Reporter, Round};
use domain::timeline::{Availabilities, Availability, Change, Point};

use super::facts::Facts;
use super::headline::Headline;
use super::history::History;
use super::mark::Tone;
use super::{backups, dependencies, document};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(100_000_000 + seconds)
}

fn check(error_code: Option<&'static str>) -> Check {
    let ok = error_code.is_none();
    let latency_us = ok.then_some(900);
    Check { ok, latency_us, error_code: error_code.map(Into::into), since: at(-60) }
}

/// What is reported of such checks that are `age` old.
fn facts(bot: Option<Check>, postgres: Check, redis: Check, age: Duration) -> Facts {
    let reporter = Reporter {
        service_name: "bot".into(),
        version: Some("v1.2.3".into()),
        started_at: at(-90),
        stale_after: Duration::from_secs(17),
        asks_bot: true,
    };
    let checks = Checks { bot, postgres, redis };
    let round = Round { checked_at: at(-1), response_time: Duration::ZERO, checks };
    let points: Arc<[Point]> = vec![Point::default(); 4].into();
    let half = Availability { available_ratio: Some(0.5), known_seconds: 60 };
    Facts {
        health: reporter.report(Some((&round, age)), at(0)),
        bot: Arc::clone(&points),
        postgres: Arc::clone(&points),
        redis: points,
        availability: Availabilities { hour: half, day: half },
        day: vec![None, Some(OverallStatus::Healthy), Some(OverallStatus::Unhealthy)].into(),
        changes: Vec::new(),
        services: Arc::default(),
        books: Arc::default(),
        backup_max_age: Duration::from_hours(26),
    }
}

fn fresh(bot: Option<Check>, postgres: Check, redis: Check) -> Facts {
    facts(bot, postgres, redis, Duration::ZERO)
}

#[test]
fn each_status_has_its_own_word_and_sentence() {
    let (up, down) = (|| check(None), || check(Some("redis_refused")));
    let old = Duration::from_mins(5);
    let not_yet = {
        let mut facts = fresh(Some(up()), up(), up());
        facts.health.checked_at = None;
        facts
    };
    for (facts, word, sentence) in [
        (fresh(Some(up()), up(), up()), "Healthy", "bot answers, and so do PostgreSQL and Redis."),
        (fresh(None, up(), up()), "Healthy", "PostgreSQL and Redis answer."),
        (fresh(Some(up()), up(), down()), "Degraded", "bot answers, but it lacks something"),
        (fresh(Some(down()), up(), up()), "Unhealthy", "bot does not answer."),
        (fresh(Some(up()), down(), down()), "Unhealthy", "bot lacks all that it needs."),
        (facts(Some(up()), up(), up(), old), "Stale", "No check finishes any more"),
        (not_yet, "Not yet known", "The first check has not finished."),
    ] {
        let headline = Headline::of(&facts);
        assert_eq!(headline.word, word);
        assert!(headline.sentence.starts_with(sentence), "{}", headline.sentence);
        assert!(document(&facts).contains(&format!("<title>{word} · bot</title>")));
    }
}

#[test]
fn what_is_stale_or_in_doubt_does_not_look_as_if_it_answered() {
    let doubtful = Check { ok: true, ..check(Some("redis_timeout")) };
    let facts_now = fresh(Some(check(None)), check(None), doubtful.clone());
    let marks = |facts: &Facts| {
        let all = dependencies::dependencies(facts);
        all.iter().map(|one| (one.mark.word, one.latency.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(marks(&facts_now), [("answers", true), ("answers", true), ("in doubt", false)]);
    let old = facts(Some(check(None)), check(None), doubtful, Duration::from_mins(5));
    assert!(marks(&old).iter().all(|(word, _)| *word == "stale"));
}

#[test]
fn the_time_of_a_status_is_that_of_its_own_change() {
    let mut facts = fresh(Some(check(None)), check(None), check(None));
    assert_eq!(Headline::of(&facts).since, None, "no change is known");
    let change = |to| Change { at: at(-600), from: None, to, error_message: None };
    facts.changes = vec![change(OverallStatus::Degraded)];
    assert_eq!(Headline::of(&facts).since, None, "the newest change led elsewhere");
    facts.changes = vec![change(OverallStatus::Healthy)];
    assert_eq!(Headline::of(&facts).since.map(|since| since.ago), Some("10 min ago".to_owned()));
}

#[test]
fn a_window_that_is_only_partly_known_says_so() {
    let facts = fresh(None, check(None), check(None));
    let history = History::of(&facts);
    let shares = history.shares.map(|share| (share.figure, share.known));
    let expected = (Some("50 %".to_owned()), Some("1 min".to_owned()));
    assert_eq!(shares, [expected.clone(), expected]);
    let strip = history.strip;
    let classes: Vec<_> = strip.paths.iter().map(|(class, _)| *class).collect();
    assert_eq!(classes, ["good", "bad", "unknown"]);
    assert_eq!(
        strip.description,
        "Worst status in each of 3 parts of the last day: healthy in 1, unhealthy in 1, not known in 1."
    );
}

#[test]
fn the_newest_good_backup_is_late_after_26_hours() {
    let mut facts = fresh(None, check(None), check(None));
    assert_eq!(backups::Table::of(&facts).newest.tone, Tone::Unknown);
    for (hours, expected) in [(25, Tone::Good), (27, Tone::Warn)] {
        let mut books = (*facts.books).clone();
        books.backup_totals.newest_verified = Some(NewestVerified {
            created_at: at(-hours * 3600),
            size_bytes: 1,
            duration_ms: 1,
            restore_ms: None,
        });
        facts.books = Arc::new(books);
        assert_eq!(backups::Table::of(&facts).newest.tone, expected, "{hours}");
        assert_eq!(backups::issue(&facts).is_some(), expected == Tone::Warn);
    }
}

#[test]
fn a_record_that_is_not_there_yet_is_no_fault_and_a_corrupt_one_is() {
    let mut facts = fresh(None, check(None), check(None));
    for (code, faults) in [("missing", 0), ("corrupt", 2)] {
        let mut books = (*facts.books).clone();
        books.deployments.error_code = Some(code);
        books.backups.error_code = Some(code);
        facts.books = Arc::new(books);
        assert_eq!(Headline::of(&facts).issues.len(), faults, "{code}");
    }
}
