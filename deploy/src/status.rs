//! `deploy status`: what runs now.

use domain::artifact::{Artifacts, DeploymentArtifact};
use domain::deployment::DeploymentEvent;
use domain::history::History;
use serde::Serialize;

use crate::cli::Format;
use crate::compose::Instance;
use crate::table::{self, NONE};

#[derive(Serialize)]
struct Status<'a> {
    deployed: Option<&'a DeploymentArtifact>,
    newest_event: Option<&'a DeploymentEvent>,
    services: &'a [Instance],
}

/// The deployed artifact, the newest event and every service.
pub(crate) fn render(
    artifacts: &Artifacts,
    history: &History,
    services: &[Instance],
    format: Format,
) -> String {
    let status =
        Status { deployed: artifacts.deployed(), newest_event: history.events().last(), services };
    match format {
        Format::Json => crate::pretty(&status),
        Format::Table => {
            [deployed(status.deployed), newest(status.newest_event), table_of(services)].join("\n")
        }
    }
}

fn deployed(artifact: Option<&DeploymentArtifact>) -> String {
    let Some(artifact) = artifact else { return "Deployed   nothing yet".to_owned() };
    format!(
        "Deployed   {} since {}\n           {}\n           {}",
        artifact.artifact_id,
        table::word(artifact.deployed_at),
        artifact.docker_image_uri,
        artifact.docker_image_digest,
    )
}

fn newest(event: Option<&DeploymentEvent>) -> String {
    let Some(event) = event.map(DeploymentEvent::fields) else {
        return "Newest     no event yet\n".to_owned();
    };
    let why = event.error_message.as_ref().map(|why| format!("\n           {why}"));
    format!(
        "Newest     {} of {}: {}, {}{}\n",
        table::word(event.event_type),
        event.artifact_id,
        table::word(event.status),
        table::word(event.completed_at.unwrap_or(event.started_at)),
        why.unwrap_or_default(),
    )
}

fn table_of(services: &[Instance]) -> String {
    if services.is_empty() {
        return "No container of the stack exists.".to_owned();
    }
    let rows = services.iter().map(|service| {
        let health = if service.health.is_empty() { NONE } else { &service.health };
        let state = match service.state.as_str() {
            "exited" => format!("exited ({})", service.exit_code),
            other => other.to_owned(),
        };
        let id: String = service.container_id.chars().take(12).collect();
        [service.service_name.clone(), state, health.to_owned(), service.image_tag.clone(), id]
    });
    table::render(["SERVICE", "STATE", "HEALTH", "IMAGE", "CONTAINER"], rows.collect())
}
