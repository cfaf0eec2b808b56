//! What `/history` answers.

use chrono::SecondsFormat;
use domain::health::{HealthResult, Reporter};
use domain::timeline::{Availabilities, Change, Page};
use serde::Serialize;
use std::time::Duration;

use super::versions::Versions;

/// The most results of one answer.
pub(super) const MOST_RESULTS: usize = 200;
/// The most changes of one answer.
pub(super) const MOST_CHANGES: usize = 100;

/// Some kept Health Status results, and what all of them add up to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryPage {
    /// The results, newest first.
    pub results: Vec<HealthResult>,
    /// Where the results before them are; `None` where there are none.
    pub next: Option<String>,
    /// In which share of the last hour and day the stack served, as of now.
    pub availability: Availabilities,
    /// The newest changes of the status, newest first.
    pub changes: Vec<Change>,
}

impl HistoryPage {
    pub(super) fn new(
        reporter: &Reporter,
        versions: &Versions,
        page: &Page,
        changes: Vec<Change>,
        availability: Availabilities,
    ) -> Self {
        let result = |kept: domain::timeline::Kept| {
            let checked_at = kept.round.checked_at;
            let status = reporter.report(Some((&kept.round, Duration::ZERO)), checked_at);
            let version = status.version.clone().or_else(|| versions.at(checked_at));
            let uptime_seconds = kept.uptime_seconds;
            HealthResult { uptime_seconds, version, ..HealthResult::of(status) }
        };
        let results: Vec<_> = page.results().map(result).collect();
        let last = results.last().filter(|_| page.more).map(|last| last.timestamp);
        let next = last.map(|last| {
            let before = last.to_rfc3339_opts(SecondsFormat::Micros, true);
            format!("/history?before={before}")
        });
        Self { results, next, availability, changes }
    }
}
