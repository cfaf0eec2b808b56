//! The end of a deployment, in words for somebody who has just been woken.

use super::{Facts, span, time};
use crate::backup::database_of;
use crate::deployment::{EventStatus, EventType, Trigger};
use crate::notification::deployment::{Concluded, Rollback};

const COMPOSE: &str = "docker compose -f docker-compose.prod.yml";

impl Facts {
    pub(super) fn of_deployment(&mut self, event: &Concluded, service_name: &str) {
        self.say("Operation", &format!("{}, {}", event.event_type.as_str(), event.status.as_str()));
        self.say("Artifact", &event.artifact_id);
        self.say_some("Previous artifact", event.previous_artifact_id.as_deref());
        self.say_some("Reason", event.error_message.as_deref());
        if let Some(rollback) = &event.rollback {
            self.say("Rollback", &ending(rollback));
        }
        if event.rollback_failed() {
            self.say("Next", "nothing more is tried: look now, beginning with `deploy status`");
        }
        self.say("Started", &time(event.started_at));
        self.say_some("Took", event.duration_seconds.map(span).as_deref());
        let operator = &event.operator;
        self.say("By", &format!("{operator} ({})", initiator(event.triggered_by)));
        self.say_some("Migration", migration(event).as_deref());
        self.of_backup_before(event, service_name);
        self.say("Event", &event.event_id.to_string());
    }

    fn of_backup_before(&mut self, event: &Concluded, service_name: &str) {
        let backup = match &event.backup_id {
            Some(backup_id) => format!("{backup_id}, proven"),
            None if event.backup_created => "made and proven".to_owned(),
            None => "none".to_owned(),
        };
        self.say("Backup before it", &backup);
        let ended_badly = matches!(event.status, EventStatus::Failed | EventStatus::RolledBack);
        if let Some(backup_id) = event.backup_id.as_deref().filter(|id| ended_badly && is_word(id))
        {
            self.of_restore(backup_id, service_name);
        }
    }

    /// The runbook's own commands.
    fn of_restore(&mut self, backup_id: &str, service_name: &str) {
        let known = database_of(backup_id);
        let database = known.unwrap_or("DATABASE");
        let when = "only by hand, and only if the data is damaged: \
                    what was written since that backup is set aside with the database of now";
        self.say("Restore", when);
        if known.is_none() {
            self.say("DATABASE", "write the database's name in its place");
        }
        self.say("Restore, first", &format!("{COMPOSE} stop {service_name}"));
        let restore = format!("backup-job restore {backup_id} --into {database} --swap");
        self.say("Restore, then", &format!("{COMPOSE} exec -T backup {restore}"));
        self.say("Restore, last", &format!("{COMPOSE} start {service_name}"));
    }
}

/// What there is to know at a glance. A rollback that failed is not to be overlooked.
pub(super) fn outcome(event: &Concluded) -> String {
    let artifact = &event.artifact_id;
    let what = match event.event_type {
        EventType::Deploy => "deployment of",
        EventType::Rollback => "rollback to",
        EventType::Restart => "restart of",
        EventType::ConfigUpdate => "change of configuration of",
    };
    match (&event.rollback, event.status) {
        (Some(rollback), _) if event.rollback_failed() => {
            let before = &rollback.artifact_id;
            format!("ROLLBACK FAILED: {what} {artifact} failed, and {before} did not come back")
        }
        (None, _) if event.rollback_failed() => {
            format!("ROLLBACK FAILED: {artifact} did not come back")
        }
        (Some(rollback), EventStatus::RolledBack) => {
            format!("{what} {artifact} failed and was rolled back to {}", rollback.artifact_id)
        }
        (_, EventStatus::InProgress) => format!("{what} {artifact} goes on"),
        (_, EventStatus::Success) => format!("{what} {artifact} succeeded"),
        (_, EventStatus::Failed) => format!("{what} {artifact} failed"),
        (_, EventStatus::RolledBack) => format!("{what} {artifact} failed and was rolled back"),
    }
}

fn ending(rollback: &Rollback) -> String {
    let artifact = &rollback.artifact_id;
    match (rollback.status, &rollback.error_message, rollback.duration_seconds) {
        (EventStatus::Success, _, Some(seconds)) => {
            format!("{artifact} runs again and is healthy, after {}", span(seconds))
        }
        (EventStatus::Success, _, None) => format!("{artifact} runs again and is healthy"),
        (_, Some(reason), _) => format!("FAILED, {artifact} did not come back: {reason}"),
        (_, None, _) => format!("FAILED, {artifact} did not come back"),
    }
}

/// Whether the database was changed; of operations that change none, nothing.
fn migration(event: &Concluded) -> Option<String> {
    let words = match (event.migration_applied, event.status) {
        (true, EventStatus::Success) => "applied".to_owned(),
        (true, EventStatus::RolledBack) => {
            let before = event.previous_artifact_id.as_deref().unwrap_or("what ran before");
            format!("applied, and it stays so after the rollback: {before} runs on the new schema")
        }
        (true, _) => "applied, and it stays so: no rollback takes it back".to_owned(),
        (false, _) if event.event_type == EventType::Deploy => "none".to_owned(),
        (false, _) => return None,
    };
    Some(words)
}

const fn initiator(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::GithubAction => "GitHub Actions",
        Trigger::Manual => "by hand",
        Trigger::Automated => "automated",
    }
}

/// Whether a shell takes it as one word, and as no option.
fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && text.chars().all(plain)
}
