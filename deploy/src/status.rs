//! `deploy status`: what runs now.

use domain::artifact::{Artifacts, DeploymentArtifact};
use domain::deployment::DeploymentEvent;
use domain::gate::Health;
use platform::engine::ContainerStatus;
use serde::Serialize;

use crate::cli::Format;
use crate::docker::Instance;
use crate::table::{self, NONE};

/// Whether somebody deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// Nobody does.
    None,
    /// A deploy is at work.
    UnderWay,
    /// One was killed, and nobody has settled yet what it left.
    Interrupted,
}

#[derive(Serialize)]
struct Status<'a> {
    deployed: Option<&'a DeploymentArtifact>,
    newest_event: Option<&'a DeploymentEvent>,
    work: Work,
    services: Vec<Service<'a>>,
}

/// A container of the stack.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the data model's name")]
struct Service<'a> {
    service_name: &'a str,
    container_id: &'a str,
    image_tag: &'a str,
    state: ContainerStatus,
    health: &'static str,
    exit_code: i64,
}

impl<'a> From<&'a Instance> for Service<'a> {
    fn from(instance: &'a Instance) -> Self {
        Self {
            service_name: &instance.service,
            container_id: &instance.id,
            image_tag: &instance.image,
            state: instance.status,
            health: match instance.health {
                Health::Starting => "starting",
                Health::Healthy | Health::Failing => "healthy",
                Health::Unhealthy => "unhealthy",
                Health::NotChecked => "",
            },
            exit_code: instance.exit_code,
        }
    }
}

/// The deployed artifact, the newest event and every service.
pub(crate) fn render(
    artifacts: &Artifacts,
    newest_event: Option<&DeploymentEvent>,
    work: Work,
    instances: &[Instance],
    format: Format,
) -> String {
    let services = instances.iter().map(Service::from).collect();
    let status = Status { deployed: artifacts.deployed(), newest_event, work, services };
    match format {
        Format::Json => table::json(&status),
        Format::Table => [
            deployed(status.deployed),
            newest(status.newest_event, work),
            table_of(&status.services),
        ]
        .join("\n"),
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

fn newest(event: Option<&DeploymentEvent>, work: Work) -> String {
    let now = match work {
        Work::None => "",
        Work::UnderWay => "Now        a deploy is at work\n",
        Work::Interrupted => {
            "Now        a deploy was interrupted: run deploy up, rollback or prune, which settle what it left\n"
        }
    };
    let Some(event) = event.map(DeploymentEvent::fields) else {
        return format!("Newest     no event yet\n{now}");
    };
    let why = event.error_message.as_ref().map(|why| format!("\n           {why}"));
    format!(
        "Newest     {} of {}: {}, {}{}\n{now}",
        table::word(event.event_type),
        event.artifact_id,
        table::word(event.status),
        table::word(event.completed_at.unwrap_or(event.started_at)),
        why.unwrap_or_default(),
    )
}

fn table_of(services: &[Service<'_>]) -> String {
    if services.is_empty() {
        return "No container of the stack exists.".to_owned();
    }
    let rows = services.iter().map(|service| {
        let health = if service.health.is_empty() { NONE } else { service.health };
        let state = match service.state {
            ContainerStatus::Exited => format!("exited ({})", service.exit_code),
            other => table::word(other),
        };
        let id: String = service.container_id.chars().take(12).collect();
        [
            service.service_name.to_owned(),
            state,
            health.to_owned(),
            service.image_tag.to_owned(),
            id,
        ]
    });
    table::render(["SERVICE", "STATE", "HEALTH", "IMAGE", "CONTAINER"], rows.collect())
}
