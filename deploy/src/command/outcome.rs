//! What a person is told when a release was not deployed: why, what runs, and what to do.

use domain::backup::database_of;
use domain::deployment::{EventType, Fields};
use platform::telemetry::chain;

use crate::fault::Fault;

/// A deployment that came to nothing.
pub(super) struct NotDeployed<'a> {
    /// Its event.
    pub(super) event: &'a Fields,
    pub(super) fault: &'a Fault,
    /// The release that runs; `None` where none is known to be good.
    pub(super) runs: Option<&'a str>,
    /// Why the release before it did not come back.
    pub(super) rollback: Option<&'a str>,
}

impl NotDeployed<'_> {
    /// The lines, the most important first.
    pub(super) fn lines(&self) -> Vec<String> {
        let event = self.event;
        let why = chain(self.fault);
        let mut lines = vec![format!("{} was not deployed: {why}", event.artifact_id)];
        lines.push(match (self.runs, self.rollback) {
            (Some(runs), _) => format!("{runs} runs, as before."),
            (None, Some(why)) => format!("THE RELEASE BEFORE IT DID NOT COME BACK: {why}"),
            (None, None) => "There was none before it: the stack is left as it is.".to_owned(),
        });
        lines.push(format!("To do: {}.", self.fault.remedy()));
        if matches!(event.event_type, EventType::ConfigUpdate | EventType::Restart) {
            lines.push(
                "What .env.production says stays as it is: mend it before the next up.".to_owned(),
            );
        }
        if event.migration_applied {
            lines.push("The migration stays applied.".to_owned());
        }
        if let Some(backup_id) = &event.backup_id {
            let database = database_of(backup_id).unwrap_or("DATABASE");
            lines.push(format!("The database as it was before: {}", restore(backup_id, database)));
        }
        lines
    }
}

/// The command that brings a backup back; nobody runs it but a person.
fn restore(backup_id: &str, database: &str) -> String {
    format!(
        "docker compose -f docker-compose.prod.yml exec -T backup backup-job restore {backup_id} --into {database} --swap"
    )
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::deployment::{InProgress, Opener, Opening, Trigger};
    use domain::gate::InstanceFault;
    use uuid::Uuid;

    use super::*;

    fn event() -> InProgress {
        InProgress::open(Opening {
            event_id: Uuid::from_u128(1),
            event_type: EventType::Deploy,
            started_at: DateTime::UNIX_EPOCH,
            triggered_by: Trigger::Manual,
            operator: "root".into(),
            artifact_id: "v2.0.0".into(),
            previous_artifact_id: Some("v1.0.0".into()),
            configuration_fingerprint: None,
            opened_by: Opener::Deploy,
        })
    }

    #[test]
    fn it_says_why_and_what_runs_and_what_to_do() {
        let event = event().with_backup(Some("app-20261123T012835Z-pre_deployment".into()));
        let event = event.with_migration_applied();
        let fault = Fault::Gate(InstanceFault::Unhealthy);
        let told = NotDeployed {
            event: event.fields(),
            fault: &fault,
            runs: Some("v1.0.0"),
            rollback: None,
        };
        let text = told.lines().join("\n");
        assert!(text.starts_with("v2.0.0 was not deployed: gate: "), "{text}");
        assert!(
            text.contains("v1.0.0 runs, as before.") && text.contains("migration stays"),
            "{text}"
        );
        assert!(
            text.ends_with("restore app-20261123T012835Z-pre_deployment --into app --swap"),
            "{text}"
        );
    }

    #[test]
    fn a_rollback_that_failed_is_told_loudly() {
        let event = event();
        let (fault, why) = (Fault::NoInstance, Some("docker: docker ps failed"));
        let told = NotDeployed { event: event.fields(), fault: &fault, runs: None, rollback: why };
        assert!(told.lines()[1].starts_with("THE RELEASE BEFORE IT DID NOT COME BACK: docker"));
        let first = NotDeployed { rollback: None, ..told };
        assert!(first.lines()[1].starts_with("There was none before it"));
    }
}
