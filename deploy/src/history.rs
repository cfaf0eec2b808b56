//! `deploy history`: Deployment Events, newest first.

use domain::deployment::{DeploymentEvent, Fields};

use crate::cli::Format;
use crate::table::{self, NONE};

/// The newest `limit` events, of which the newest is the last.
pub(crate) fn render(events: &[DeploymentEvent], limit: usize, format: Format) -> String {
    let newest: Vec<&DeploymentEvent> = events.iter().rev().collect();
    match format {
        Format::Json => table::json(&newest),
        Format::Table if newest.is_empty() && limit > 0 => {
            "Nothing has been deployed yet.".to_owned()
        }
        Format::Table => table::render(
            ["STARTED", "TYPE", "ARTIFACT", "REPLACES", "STATUS", "SECONDS", "BACKUP", "BY", "WHY"],
            newest.into_iter().map(|event| row(event.fields())).collect(),
        ),
    }
}

fn row(event: &Fields) -> [String; 9] {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
    [
        event.started_at.format("%Y-%m-%d %H:%M:%SZ").to_string(),
        table::word(event.event_type),
        event.artifact_id.clone(),
        or_none(&event.previous_artifact_id),
        table::word(event.status),
        table::word(event.duration_seconds),
        if event.backup_created { "yes" } else { "no" }.to_owned(),
        event.operator.clone(),
        or_none(&event.error_message),
    ]
}
