//! What is wrong, in plain words and codes, the worst first.

use chrono::{DateTime, Utc};
use domain::deployment::{EventStatus, telling};
use domain::service::{ServiceFinding, ServiceStatus};

use super::backups;
use super::dependencies;
use super::facts::Facts;
use super::mark::Tone;
use super::meaning::meaning;
use super::services::one_of_several;
use super::words::{self, Moment, cut};
use crate::instances::Instance;

/// How many are told; the rest is counted.
const TOLD: usize = 10;
/// The longest message of a record that is told, in characters.
const MESSAGE: usize = 200;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issue {
    pub(super) tone: Tone,
    /// What it is about: the beginning of the sentence.
    pub(super) subject: String,
    /// The rest of the sentence.
    pub(super) text: String,
    pub(super) code: Option<String>,
    pub(super) since: Option<Moment>,
}

/// What is wrong, and how much more of it there is than is told.
pub(super) fn issues(facts: &Facts) -> (Vec<Issue>, usize) {
    let mut all = dependencies_down(facts);
    all.extend(engine(facts));
    all.extend(facts.services.services.iter().filter_map(|one| instance(one, facts)));
    all.extend(deployment(facts));
    all.extend(backups::issue(facts));
    // What is equally bad keeps its order.
    all.sort_by_key(|issue| std::cmp::Reverse(issue.tone));
    let more = all.len().saturating_sub(TOLD);
    all.truncate(TOLD);
    (all, more)
}

fn dependencies_down(facts: &Facts) -> Vec<Issue> {
    let known = facts.health.checked_at.is_some();
    let down = |(_, name, check): (_, String, &domain::health::Check)| {
        let because = match check.error_code.as_deref() {
            Some(code) => with_meaning("does not answer", code),
            None => "has begun to answer again".to_owned(),
        };
        Issue {
            tone: Tone::Bad,
            subject: name,
            text: because,
            code: check.error_code.as_deref().map(str::to_owned),
            since: Some(moment(facts, check.since)),
        }
    };
    let all = dependencies::checks(&facts.health).into_iter();
    all.filter(|(_, _, check)| known && !check.ok).map(down).collect()
}

fn engine(facts: &Facts) -> Option<Issue> {
    let engine = &facts.services.engine;
    if !engine.configured || (engine.ok && !facts.services.stale) {
        return None;
    }
    let code = engine.error_code?;
    Some(Issue {
        tone: Tone::Warn,
        subject: "The Docker engine".to_owned(),
        text: with_meaning("can't be asked", code),
        code: Some(code.to_owned()),
        since: facts.services.checked_at.map(|at| moment(facts, at)),
    })
}

/// What is wrong with an instance; `None` when nothing is.
fn instance(instance: &Instance, facts: &Facts) -> Option<Issue> {
    let mut wrong: Vec<String> = Vec::new();
    let unhealthy = instance.entity.status == ServiceStatus::Unhealthy;
    if unhealthy {
        wrong.push("fails its own health check".to_owned());
    }
    wrong.extend(instance.findings.iter().map(|finding| finding_words(*finding, instance)));
    if instance.stale {
        wrong.push("could not be looked at lately".to_owned());
    }
    let name = cut(&instance.entity.service_name, 40);
    (!wrong.is_empty()).then(|| Issue {
        tone: if unhealthy { Tone::Bad } else { Tone::Warn },
        subject: match one_of_several(instance, facts) {
            Some(container) => format!("Service {name} ({container})"),
            None => format!("Service {name}"),
        },
        text: wrong.join(", "),
        code: instance.error_code.filter(|_| instance.stale).map(str::to_owned),
        since: None,
    })
}

/// A finding, as the end of a sentence about the instance.
pub(super) fn finding_words(finding: ServiceFinding, instance: &Instance) -> String {
    match finding {
        ServiceFinding::RestartThresholdReached => {
            format!(
                "has restarted {} times, which is as often as it may",
                instance.entity.restart_count
            )
        }
        ServiceFinding::MemoryLimitReached => "has reached its memory limit".to_owned(),
        ServiceFinding::StartPeriodExceeded => {
            "did not pass its health check within its start period".to_owned()
        }
    }
}

fn deployment(facts: &Facts) -> Option<Issue> {
    let shelf = &facts.books.deployments;
    if let Some(issue) = shelf_issue(facts, "deployments.log", shelf.error_code, shelf.read_at) {
        return Some(issue);
    }
    let event = telling(&shelf.records)?;
    let word = match event.status {
        EventStatus::Failed => "failed",
        EventStatus::RolledBack => "was rolled back",
        EventStatus::InProgress | EventStatus::Success => return None,
    };
    let why = cut(event.error_message.as_deref().unwrap_or_default(), MESSAGE);
    Some(Issue {
        tone: Tone::Warn,
        subject: "The newest deployment".to_owned(),
        text: format!("({}) {word}: {why}", words::artifact(&event.artifact_id)),
        code: None,
        since: event.completed_at.map(|at| moment(facts, at)),
    })
}

/// A record that can't be read. One that is not there yet is no fault.
pub(super) fn shelf_issue(
    facts: &Facts,
    file: &str,
    error_code: Option<&'static str>,
    read_at: Option<DateTime<Utc>>,
) -> Option<Issue> {
    let code = error_code.filter(|code| *code != "missing")?;
    Some(Issue {
        tone: Tone::Warn,
        subject: file.to_owned(),
        text: with_meaning("is not up to date here", code),
        code: Some(code.to_owned()),
        since: read_at.map(|at| moment(facts, at)),
    })
}

fn with_meaning(text: &str, code: &str) -> String {
    match meaning(code) {
        Some(meaning) => format!("{text}: {meaning}"),
        None => text.to_owned(),
    }
}

fn moment(facts: &Facts, at: DateTime<Utc>) -> Moment {
    Moment::of(at, facts.health.timestamp)
}
