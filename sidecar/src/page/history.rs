//! The last day: its status in a strip, the availability, and the changes.

use std::fmt::Write;

use domain::health::OverallStatus;
use domain::timeline::{Availability, Change};

use super::facts::Facts;
use super::mark::Mark;
use super::words::{self, Moment, cut};

const MESSAGE: usize = 200;
/// How wide a part of the strip is drawn, with the gap after it, in units of the drawing.
const STEP: usize = 5;
const BAR: usize = 4;
/// How high the strip is. The worse a status is, the higher it stands out.
pub(super) const HEIGHT: usize = 24;
const HEIGHTS: [(OverallStatus, usize); 3] = [
    (OverallStatus::Healthy, 8),
    (OverallStatus::Degraded, 16),
    (OverallStatus::Unhealthy, HEIGHT),
];

/// The section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct History {
    pub(super) strip: Strip,
    pub(super) shares: [Share; 2],
    pub(super) changes: Vec<Row>,
}

/// The strip: a path for each status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Strip {
    pub(super) width: usize,
    /// The class and the path of each status that occurs.
    pub(super) paths: Vec<(&'static str, String)>,
    pub(super) description: String,
}

/// An availability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) window: &'static str,
    pub(super) figure: Option<String>,
    /// How much of the window is known, where that is not all of it.
    pub(super) known: Option<String>,
}

/// A change of the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) at: Moment,
    pub(super) from: Option<&'static str>,
    pub(super) mark: Mark,
    pub(super) message: Option<String>,
}

impl History {
    pub(super) fn of(facts: &Facts) -> Self {
        let now = facts.health.timestamp;
        let row = |change: &Change| Row {
            at: Moment::of(change.at, now),
            from: change.from.map(OverallStatus::as_str),
            mark: change.to.into(),
            message: change.error_message.as_deref().map(|message| cut(message, MESSAGE)),
        };
        Self {
            strip: Strip::of(&facts.day),
            shares: [
                Share::of("last hour", facts.availability.hour, 3_600),
                Share::of("last 24 h", facts.availability.day, 86_400),
            ],
            changes: facts.changes.iter().map(row).collect(),
        }
    }
}

impl Share {
    fn of(window: &'static str, availability: Availability, window_seconds: u64) -> Self {
        // A window that has just begun to be full is not worth a word.
        let whole = availability.known_seconds + window_seconds / 100 >= window_seconds;
        let known = (!whole).then(|| words::span(availability.known_seconds));
        let figure = availability.available_ratio.map(words::share);
        Self { window, known: known.filter(|_| figure.is_some()), figure }
    }
}

impl Strip {
    fn of(day: &[Option<OverallStatus>]) -> Self {
        let mut paths = Vec::new();
        let mut counts = Vec::new();
        for (status, height) in HEIGHTS {
            let (path, count) = bars(day, Some(status), height);
            if count > 0 {
                paths.push((super::mark::Tone::from(status).class(), path));
                counts.push(format!("{} in {count}", status.as_str()));
            }
        }
        let (path, unknown) = bars(day, None, 2);
        if unknown > 0 {
            paths.push(("unknown", path));
            counts.push(format!("not known in {unknown}"));
        }
        let parts = day.len();
        let description = format!(
            "Worst status in each of {parts} parts of the last day: {}.",
            counts.join(", ")
        );
        Self { width: parts * STEP, paths, description }
    }
}

fn bars(
    day: &[Option<OverallStatus>],
    status: Option<OverallStatus>,
    height: usize,
) -> (String, usize) {
    let mut path = String::new();
    let places = day.iter().enumerate().filter(|(_, found)| **found == status);
    let count = places
        .map(|(place, _)| write!(path, "M{} {HEIGHT}v-{height}h{BAR}v{height}z", place * STEP))
        .count();
    (path, count)
}
