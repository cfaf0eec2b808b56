//! The newest Deployment Events.

use domain::deployment::{EventType, Fields, Trigger};

use super::facts::Facts;
use super::mark::Mark;
use super::words::{self, Moment, cut};

const SHOWN: usize = 6;
const OPERATOR: usize = 40;
const MESSAGE: usize = 200;
const BACKUP: usize = 80;

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// How many are on record.
    pub(super) total: usize,
    /// Why the record is not shown as it is now; one that is not there yet is no fault.
    pub(super) error_code: Option<&'static str>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) started: Moment,
    pub(super) kind: &'static str,
    pub(super) artifact: String,
    pub(super) previous: Option<String>,
    pub(super) mark: Mark,
    pub(super) duration: Option<String>,
    pub(super) trigger: &'static str,
    pub(super) operator: String,
    pub(super) error: Option<String>,
    /// What is known of it besides: its backup, `migration applied`.
    pub(super) notes: String,
}

impl Table {
    pub(super) fn of(facts: &Facts) -> Self {
        let shelf = &facts.books.deployments;
        let rows = shelf.records.iter().take(SHOWN).map(|event| Row::of(event.fields(), facts));
        let error_code = shelf.error_code.filter(|code| *code != "missing");
        Self { rows: rows.collect(), total: shelf.total, error_code }
    }
}

impl Row {
    fn of(event: &Fields, facts: &Facts) -> Self {
        let artifact = words::artifact(&event.artifact_id);
        let previous = event.previous_artifact_id.as_deref().map(words::artifact);
        Self {
            started: Moment::of(event.started_at, facts.health.timestamp),
            kind: kind(event.event_type),
            previous: previous.filter(|previous| *previous != artifact),
            artifact,
            mark: event.status.into(),
            duration: event.duration_seconds.map(words::span),
            trigger: trigger(event.triggered_by),
            operator: cut(&event.operator, OPERATOR),
            error: event.error_message.as_deref().map(|message| cut(message, MESSAGE)),
            notes: notes(event),
        }
    }
}

fn notes(event: &Fields) -> String {
    let health = match event.health_check_passed {
        Some(true) => Some("health passed"),
        Some(false) => Some("health not passed"),
        None => None,
    };
    let backup = match &event.backup_id {
        Some(backup_id) => format!("backup {}", cut(backup_id, BACKUP)),
        None if event.backup_created => "backed up before".to_owned(),
        None => "no backup before".to_owned(),
    };
    let migrated = event.migration_applied.then_some("migration applied");
    let words = [Some(backup.as_str()), migrated, health];
    words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

const fn kind(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Deploy => "deploy",
        EventType::Rollback => "rollback",
        EventType::Restart => "restart",
        EventType::ConfigUpdate => "config update",
    }
}

const fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::GithubAction => "GitHub Actions",
        Trigger::Manual => "by hand",
        Trigger::Automated => "automated",
    }
}
