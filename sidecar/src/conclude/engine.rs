//! What the engine says of the running service.

use std::time::Duration;

use domain::artifact::DeploymentArtifact;
use platform::engine::{Code, ContainerStatus, ContainerSummary};
use platform::http::Url;

use super::artifact::Arrived;
use crate::project::{self, ARTIFACT_LABEL, Project};

/// How long each answer of the engine may take.
const DEADLINE: Duration = Duration::from_secs(2);

const ONE_OFF_LABEL: &str = "com.docker.compose.oneoff";

/// Why it is not known what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unknown {
    #[error("{0}")]
    Project(project::Unknown),
    #[error("service_not_running")]
    NotRunning,
    #[error("service_without_artifact")]
    Unlabelled,
    #[error("service_of_several_artifacts")]
    Several,
    #[error("image_without_digest")]
    NoDigest,
}

impl From<Code> for Unknown {
    fn from(code: Code) -> Self {
        Self::Project(code.into())
    }
}

impl From<project::Unknown> for Unknown {
    fn from(unknown: project::Unknown) -> Self {
        Self::Project(unknown)
    }
}

/// The running service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) artifact_id: String,
    image: String,
    image_id: String,
}

/// An engine, and the question that is put to it.
pub(super) struct Engine {
    url: Url,
    own_container: Option<String>,
    service_name: String,
    /// What does not change while the engine lives.
    known: Option<Project>,
}

impl Engine {
    pub(super) const fn new(url: Url, own_container: Option<String>, service_name: String) -> Self {
        Self { url, own_container, service_name, known: None }
    }

    /// The service as it runs now.
    pub(super) async fn running(&mut self) -> Result<Service, Unknown> {
        let known = self.known().await?;
        let containers =
            known.engine.containers_of(&known.name, &self.service_name, DEADLINE).await;
        let service = containers.map_err(Unknown::from).and_then(|all| service_of(&all));
        self.keep_if_answered(known, &service);
        service
    }

    /// The artifact that `arrived`, with the facts of its image; `None` when another one runs.
    pub(super) async fn artifact(
        &mut self,
        arrived: &Arrived,
    ) -> Result<Option<DeploymentArtifact>, Unknown> {
        let service = self.running().await?;
        if service.artifact_id != arrived.tag.as_str() {
            return Ok(None);
        }
        let known = self.known().await?;
        let image = known.engine.image(&service.image_id, DEADLINE).await.map_err(Unknown::from);
        self.keep_if_answered(known, &image);
        let artifact = arrived.with_image(&image?, &service.image);
        artifact.map(Some).ok_or(Unknown::NoDigest)
    }

    async fn known(&mut self) -> Result<Project, Unknown> {
        match self.known.take() {
            Some(known) => Ok(known),
            None => Ok(Project::find(&self.url, self.own_container.as_deref(), DEADLINE).await?),
        }
    }

    /// An engine that failed may be another one, of another version, when it answers again.
    fn keep_if_answered<T>(&mut self, known: Project, answer: &Result<T, Unknown>) {
        if !matches!(answer, Err(Unknown::Project(_))) {
            self.known = Some(known);
        }
    }
}

fn service_of(containers: &[ContainerSummary]) -> Result<Service, Unknown> {
    let one_off = |container: &ContainerSummary| {
        container.labels.get(ONE_OFF_LABEL).is_some_and(|value| value == "True")
    };
    let mut running = containers
        .iter()
        .filter(|container| container.state == ContainerStatus::Running && !one_off(container));
    let first = running.next().ok_or(Unknown::NotRunning)?;
    let artifact = |container: &ContainerSummary| container.labels.get(ARTIFACT_LABEL).cloned();
    let artifact_id = artifact(first).filter(|id| !id.is_empty()).ok_or(Unknown::Unlabelled)?;
    if running.any(|other| artifact(other).as_ref() != Some(&artifact_id)) {
        return Err(Unknown::Several);
    }
    let (image, image_id) = (first.image.clone(), first.image_id.clone());
    Ok(Service { artifact_id, image, image_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(state: &str, artifact: Option<&str>, one_off: &str) -> ContainerSummary {
        let mut labels = serde_json::json!({ ONE_OFF_LABEL: one_off });
        if let Some(artifact) = artifact {
            labels[ARTIFACT_LABEL] = artifact.into();
        }
        let json = serde_json::json!({
            "Id": "c1", "Image": "app:1", "ImageID": "sha256:a1", "State": state, "Labels": labels,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_what_runs_for_good_and_says_what_it_is_counts() {
        let running = container("running", Some("v1.2.3"), "False");
        let exited = container("exited", Some("v1.0.0"), "False");
        let one_off = container("running", Some("v1.0.0"), "True");
        let unlabelled = container("running", None, "False");
        let empty = container("running", Some(""), "False");
        let next = container("running", Some("v2.0.0"), "False");
        for (containers, expected) in [
            (vec![running.clone()], Ok("v1.2.3")),
            (vec![exited.clone(), one_off.clone(), running.clone()], Ok("v1.2.3")),
            (vec![running.clone(), running.clone()], Ok("v1.2.3")),
            (vec![exited, one_off], Err(Unknown::NotRunning)),
            (vec![unlabelled], Err(Unknown::Unlabelled)),
            (vec![empty], Err(Unknown::Unlabelled)),
            (vec![running, next], Err(Unknown::Several)),
            (vec![], Err(Unknown::NotRunning)),
        ] {
            let service = service_of(&containers);
            let artifact = service.as_ref().map(|service| service.artifact_id.as_str());
            assert_eq!(artifact.map_err(|unknown| *unknown), expected);
        }
    }
}
