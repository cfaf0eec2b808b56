//! What a journal that is read backwards says beside the whole history.

use super::*;
use crate::deployment::{EventType, InProgress, Opener, Opening, Trigger};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

/// The event `id` that began in that minute.
fn open(id: u128, began: i64) -> InProgress {
    open_at(id, at(began))
}

fn open_at(id: u128, started_at: DateTime<Utc>) -> InProgress {
    InProgress::open(Opening {
        event_id: Uuid::from_u128(id),
        event_type: EventType::Deploy,
        started_at,
        triggered_by: Trigger::Manual,
        operator: "root".into(),
        artifact_id: "v1.2.3".into(),
        previous_artifact_id: None,
        configuration_fingerprint: None,
        opened_by: Opener::Deploy,
    })
}

fn opening(id: u128, began: i64) -> JournalLine {
    JournalLine::new(open(id, began), at(began))
}

fn end(id: u128, began: i64, ended: i64) -> JournalLine {
    JournalLine::new(open(id, began).succeed(at(ended)), at(ended))
}

/// A day's events, each a quarter of an hour after the other, with an end after a minute.
fn day() -> Vec<JournalLine> {
    let each = (0..96_u8).map(|number| (u128::from(number) + 100, i64::from(number) * 15));
    each.flat_map(|(id, began)| [opening(id, began), end(id, began, began + 1)]).collect()
}

/// The answer, and how many lines had to be read for it.
fn newest(lines: &[JournalLine], most: usize) -> (History, usize) {
    let mut hindsight = Hindsight::new(most);
    for (read, line) in lines.iter().rev().enumerate() {
        hindsight.take(line.clone());
        if hindsight.is_enough() {
            return (hindsight.into_history(), read + 1);
        }
    }
    (hindsight.into_whole_history(), lines.len())
}

fn whole(lines: &[JournalLine], most: usize) -> History {
    let events = History::from_lines(lines.to_vec()).events().to_vec();
    let left = events.len().saturating_sub(most);
    History::from_events(events.into_iter().skip(left))
}

#[test]
fn no_more_is_read_than_an_hour_before_what_is_told() {
    let lines = day();
    for (most, at_most) in [(0, 1), (1, 11), (5, 19), (20, 52)] {
        let (history, read) = newest(&lines, most);
        assert_eq!(history, whole(&lines, most), "{most}");
        assert!(read <= at_most, "{most}: {read}");
    }
    assert_eq!(newest(&lines, 1000), (whole(&lines, 1000), lines.len()));
    assert_eq!(newest(&[], 3).0, History::default());
}

#[test]
fn an_event_of_long_ago_that_ended_lately_is_not_among_the_newest() {
    let mut lines = day();
    lines.insert(0, opening(1, -1));
    lines.push(end(1, -1, 1441));
    for most in [1, 2, 20] {
        let (history, read) = newest(&lines, most);
        assert_eq!(history, whole(&lines, most), "{most}");
        assert!(read < 2 * most + 15, "{most}: {read}");
    }
    assert_eq!(newest(&lines, 97).0.events()[0].fields().completed_at, Some(at(1441)));
}

#[test]
fn a_later_line_of_an_open_event_is_not_taken_for_its_opening() {
    let amended = JournalLine::new(open(1, 1440), at(1459));
    let others = [opening(2, 1445), end(2, 1445, 1446), opening(3, 1450)];
    let mut lines = day();
    lines.push(opening(1, 1440));
    lines.extend(others);
    lines.push(amended);
    for most in 1..5 {
        assert_eq!(newest(&lines, most).0, whole(&lines, most), "{most}");
    }
}

#[test]
fn an_event_whose_opening_is_lost_stands_where_its_first_line_stands_if_it_is_of_that_time() {
    let mut lines = day();
    lines.push(end(1, 1400, 1441));
    for most in [1, 2, 20] {
        assert_eq!(newest(&lines, most).0, whole(&lines, most), "{most}");
    }
    let mut lines = day();
    lines.push(end(1, -100, 1441));
    assert_eq!(newest(&lines, 5).0, whole(&day(), 5));
    assert_eq!(newest(&lines, 97).0, whole(&lines, 97));
}

#[test]
fn times_at_the_ends_of_time_are_borne() {
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    for (began, recorded) in ends.into_iter().flat_map(|one| ends.map(|other| (one, other))) {
        let mut hindsight = Hindsight::new(1);
        hindsight.take(JournalLine::new(open_at(1, began), recorded));
        let _ = hindsight.is_enough();
        assert_eq!(hindsight.into_whole_history().events().len(), 1);
    }
}
