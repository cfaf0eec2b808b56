//! A container of the stack, as the engine tells it.

use domain::deployment::HealthOutput;
use domain::gate::{Health, HealthCheck, State};
use platform::engine::{Container, ContainerStatus, HealthOutputs, HealthState};

use super::{Docker, DockerError};

const INSPECT: &str = "docker container inspect";

const SERVICE: &str = "com.docker.compose.service";
const CONFIG_HASH: &str = "com.docker.compose.config-hash";
const ARTIFACT: &str = "ballast.deployment-tag";

/// A container.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: String,
    /// Its name, by which others in its networks find it.
    pub(crate) name: String,
    pub(crate) service: String,
    pub(crate) image: String,
    pub(crate) image_id: String,
    /// The artifact that it says it is.
    pub(crate) artifact_id: Option<String>,
    /// What Compose made it of.
    pub(crate) config_hash: Option<String>,
    pub(crate) state: State,
    pub(crate) health: Health,
    pub(crate) check: Option<HealthCheck>,
    pub(crate) restarts: u64,
    /// Whether it is to run for good.
    pub(crate) stays: bool,
    /// How the engine has it, for people.
    pub(crate) status: ContainerStatus,
    pub(crate) exit_code: i64,
}

impl Instance {
    pub(crate) fn is_running(&self) -> bool {
        self.state == State::Running
    }
}

impl From<Container> for Instance {
    fn from(container: Container) -> Self {
        let label = |name: &str| container.config.labels.get(name).cloned();
        let check = container.health_check().map(|check| HealthCheck {
            interval: check.interval,
            timeout: check.timeout,
            retries: check.retries,
            start_period: check.start_period,
        });
        let (status, exit_code) = (container.state.status, container.state.exit_code);
        Self {
            name: container.name().to_owned(),
            service: label(SERVICE).unwrap_or_default(),
            artifact_id: label(ARTIFACT).filter(|tag| !tag.is_empty()),
            config_hash: label(CONFIG_HASH),
            stays: container.restarts_by_itself(),
            state: match status {
                ContainerStatus::Created => State::Created,
                ContainerStatus::Running => State::Running,
                ContainerStatus::Restarting => State::Restarting,
                ContainerStatus::Paused => State::Paused,
                ContainerStatus::Exited | ContainerStatus::Dead => {
                    State::Exited { code: exit_code }
                }
                ContainerStatus::Removing | ContainerStatus::Unknown => State::Gone,
            },
            health: container.state.health.as_ref().map_or(Health::NotChecked, health),
            check,
            restarts: container.restart_count.into(),
            status,
            exit_code,
            image: container.config.image,
            image_id: container.image_id,
            id: container.id,
        }
    }
}

fn health(told: &platform::engine::Health) -> Health {
    let has_failed = told.log.last().is_some_and(|last| last.exit_code != 0);
    match told.status {
        HealthState::Starting => Health::Starting,
        HealthState::Healthy if has_failed => Health::Failing,
        HealthState::Healthy => Health::Healthy,
        HealthState::Unhealthy => Health::Unhealthy,
        HealthState::None => Health::NotChecked,
    }
}

impl Docker {
    /// The container of that id, if it is still there.
    pub(crate) async fn instance(&self, id: &str) -> Result<Option<Instance>, DockerError> {
        match self.inspect(&[id]).await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(DockerError::Failed(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Each of the containers that is still there, ordered by service and name.
    pub(super) async fn instances(&self, ids: &[&str]) -> Result<Vec<Instance>, DockerError> {
        let mut instances = match self.inspect(ids).await {
            // One that went away meanwhile fails the question for all.
            Err(DockerError::Failed(..)) => {
                let mut found = Vec::new();
                for id in ids {
                    found.extend(self.instance(id).await?);
                }
                found
            }
            answer => answer?,
        };
        instances.sort_by(|a, b| (&a.service, &a.name).cmp(&(&b.service, &b.name)));
        Ok(instances)
    }

    async fn inspect(&self, ids: &[&str]) -> Result<Vec<Instance>, DockerError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let inspect = ["container", "inspect"].iter().chain(ids).copied();
        let answer = self.ask(INSPECT, inspect).await?;
        let all: Vec<Container> =
            serde_json::from_slice(&answer).map_err(|_| DockerError::Unknown(INSPECT))?;
        Ok(all.into_iter().map(Instance::from).collect())
    }

    /// Why the engine could not start a container; empty where it could. It may hold secrets.
    pub(crate) async fn start_error(&self, id: &str) -> Result<String, DockerError> {
        let inspect = ["container", "inspect", "--format", "{{.State.Error}}", id];
        let answer = self.ask(INSPECT, inspect).await?;
        Ok(String::from_utf8_lossy(&answer).trim().to_owned())
    }

    /// What the last health checks of a container have printed, oldest first. It may hold secrets.
    pub(crate) async fn health_log(&self, id: &str) -> Result<Vec<HealthOutput>, DockerError> {
        let answer = self.ask(INSPECT, ["container", "inspect", id]).await?;
        let all: Vec<HealthOutputs> =
            serde_json::from_slice(&answer).map_err(|_| DockerError::Unknown(INSPECT))?;
        Ok(all.into_iter().flat_map(HealthOutputs::into_checks).collect())
    }
}
