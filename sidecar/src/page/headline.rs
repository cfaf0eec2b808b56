//! The overall status at a glance: a word, a shape, a sentence, and since when.

use domain::health::OverallStatus;

use super::facts::Facts;
use super::issue::{Issue, issues};
use super::mark::Tone;
use super::words::{Moment, cut};

/// The longest name that a service is called by.
const NAME: usize = 40;

/// The head of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headline {
    pub(super) tone: Tone,
    /// `Healthy`, `Degraded`, `Unhealthy`, `Stale` or `Not yet known`.
    pub(super) word: &'static str,
    pub(super) sentence: String,
    /// Since when the status is what it is.
    pub(super) since: Option<Moment>,
    pub(super) service_name: String,
    pub(super) version: Option<String>,
    pub(super) checked: Option<Moment>,
    pub(super) issues: Vec<Issue>,
    pub(super) more_issues: usize,
}

impl Headline {
    pub(super) fn of(facts: &Facts) -> Self {
        let health = &facts.health;
        let (tone, word, sentence) = words(facts);
        let newest = facts.changes.first().filter(|change| change.to == health.overall_status);
        let known = health.checked_at.is_some();
        let since = if health.stale { health.checked_at } else { newest.map(|change| change.at) };
        let moment = |at| Moment::of(at, health.timestamp);
        let (issues, more_issues) = issues(facts);
        Self {
            tone,
            word,
            sentence,
            since: since.filter(|_| known).map(moment),
            service_name: cut(&health.service_name, NAME),
            version: health.version.as_deref().map(super::words::artifact),
            checked: health.checked_at.map(moment),
            issues,
            more_issues,
        }
    }
}

fn words(facts: &Facts) -> (Tone, &'static str, String) {
    let health = &facts.health;
    if health.checked_at.is_none() {
        let sentence = "The first check has not finished.".to_owned();
        return (Tone::Unknown, "Not yet known", sentence);
    }
    if health.stale {
        let sentence = "No check finishes any more: what stands below may no longer hold.";
        return (Tone::Unknown, "Stale", sentence.to_owned());
    }
    let service = cut(&health.service_name, NAME);
    let (word, sentence) = match (health.overall_status, &health.checks.bot) {
        (OverallStatus::Healthy, Some(_)) => {
            ("Healthy", format!("{service} answers, and so do PostgreSQL and Redis."))
        }
        (OverallStatus::Healthy, None) => ("Healthy", "PostgreSQL and Redis answer.".to_owned()),
        (OverallStatus::Degraded, Some(_)) => {
            ("Degraded", format!("{service} answers, but it lacks something that it needs."))
        }
        (OverallStatus::Degraded, None) => {
            ("Degraded", format!("{service} lacks something that it needs."))
        }
        (OverallStatus::Unhealthy, Some(bot)) if !bot.ok => {
            ("Unhealthy", format!("{service} does not answer."))
        }
        (OverallStatus::Unhealthy, _) => {
            ("Unhealthy", format!("{service} lacks all that it needs."))
        }
    };
    (health.overall_status.into(), word, sentence)
}
