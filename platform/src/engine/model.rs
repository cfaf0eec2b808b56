//! What the engine says about containers and images, as far as it is needed
//! (Docker Engine API 1.41 to 1.44: `ContainerInspect`, `ContainerList`, `ImageInspect`).

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer};

/// A container, inspected.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// Its ID.
    pub id: String,
    /// Its name; the engine puts a `/` before it.
    pub name: String,
    /// The ID of its image.
    #[serde(rename = "Image")]
    pub image_id: String,
    /// How often the restart policy has started it again.
    #[serde(default)]
    pub restart_count: u64,
    /// Its state.
    pub state: ContainerState,
    config: ContainerConfig,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ContainerConfig {
    image: String,
    #[serde(default, deserialize_with = "null_is_default")]
    labels: BTreeMap<String, String>,
}

impl Container {
    /// The image as it was named when the container was made.
    #[must_use]
    pub fn image(&self) -> &str {
        &self.config.image
    }

    /// Its labels.
    #[must_use]
    pub const fn labels(&self) -> &BTreeMap<String, String> {
        &self.config.labels
    }
}

/// The state of a container.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerState {
    /// Where it is in its life.
    pub status: ContainerStatus,
    /// Whether its process runs.
    pub running: bool,
    /// The exit code of its last run.
    #[serde(default)]
    pub exit_code: i64,
    /// When it was started last, where it ever was.
    #[serde(default, deserialize_with = "zero_is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended last, where it ever did.
    #[serde(default, deserialize_with = "zero_is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// What its health check says, where it has one.
    #[serde(default)]
    pub health: Option<Health>,
}

/// Where a container is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainerStatus {
    /// Made, but not started.
    Created,
    /// Running.
    Running,
    /// Frozen.
    Paused,
    /// Between two runs.
    Restarting,
    /// Being removed.
    Removing,
    /// Ended.
    Exited,
    /// Half removed.
    Dead,
    /// A word that this client doesn't know.
    #[serde(other)]
    Unknown,
}

/// What a container's own health check says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// How many checks failed in a row.
    #[serde(default)]
    pub failing_streak: u64,
    /// The last five checks, oldest first, without their output.
    #[serde(default, deserialize_with = "null_is_default")]
    pub log: Vec<HealthResult>,
}

/// The verdict of a container's own health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// Within its start period.
    Starting,
    /// Good.
    Healthy,
    /// Bad.
    Unhealthy,
    /// There is no health check.
    #[serde(other)]
    None,
}

/// One run of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthResult {
    /// When it began.
    pub start: DateTime<Utc>,
    /// When it ended.
    pub end: DateTime<Utc>,
    /// `0` is good.
    pub exit_code: i64,
}

/// A container, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerSummary {
    /// Its ID.
    pub id: String,
    /// The image as it was named when the container was made, or its ID.
    pub image: String,
    /// The ID of its image.
    #[serde(rename = "ImageID")]
    pub image_id: String,
    /// Where it is in its life.
    pub state: ContainerStatus,
    /// Its labels.
    #[serde(default, deserialize_with = "null_is_default")]
    pub labels: BTreeMap<String, String>,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Image {
    /// Its ID, `sha256:` and 64 hex digits.
    pub id: String,
    /// Its names with tags.
    #[serde(default, deserialize_with = "null_is_default")]
    pub repo_tags: Vec<String>,
    /// Its names with digests; none for an image that no registry has seen.
    #[serde(default, deserialize_with = "null_is_default")]
    pub repo_digests: Vec<String>,
    /// When it was built.
    #[serde(default, deserialize_with = "zero_is_none")]
    pub created: Option<DateTime<Utc>>,
    /// Its size, in bytes.
    #[serde(rename = "Size")]
    pub size_bytes: u64,
    #[serde(default, deserialize_with = "null_is_default")]
    config: ImageConfig,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImageConfig {
    #[serde(deserialize_with = "null_is_default")]
    labels: BTreeMap<String, String>,
}

impl Image {
    /// Its labels.
    #[must_use]
    pub const fn labels(&self) -> &BTreeMap<String, String> {
        &self.config.labels
    }
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The engine writes the year 1, or nothing, for what has not happened.
fn zero_is_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    let time = DateTime::parse_from_rfc3339(&text).ok().map(|time| time.to_utc());
    Ok(time.filter(|time| time.year() > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_read_without_its_environment() {
        let text = r#"{
            "Id": "979d", "Name": "/app-redis-1", "Image": "sha256:cae9", "RestartCount": 2,
            "State": {"Status": "running", "Running": true, "ExitCode": 0,
                "StartedAt": "2025-11-22T13:58:01.5Z", "FinishedAt": "0001-01-01T00:00:00Z",
                "Health": {"Status": "unhealthy", "FailingStreak": 3, "Log": [
                    {"Start": "2025-11-22T14:58:01.5+01:00", "End": "2025-11-22T13:58:02Z",
                     "ExitCode": 1, "Output": "s3cret"}]}},
            "Config": {"Image": "redis:8", "Env": ["PASSWORD=s3cret"],
                "Labels": {"com.docker.compose.service": "redis"}}
        }"#;
        let container: Container = serde_json::from_str(text).unwrap();
        assert!(!format!("{container:?}").contains("s3cret"));
        assert_eq!((container.image(), container.labels().len()), ("redis:8", 1));
        assert_eq!((container.restart_count, container.state.finished_at), (2, None));
        let health = container.state.health.unwrap();
        assert_eq!((health.status, health.failing_streak), (HealthStatus::Unhealthy, 3));
        assert_eq!(health.log[0].start.to_rfc3339(), "2025-11-22T13:58:01.500+00:00");
    }

    #[test]
    fn what_the_engine_leaves_out_is_empty() {
        let text = r#"{"Id": "sha256:e067", "RepoTags": null, "RepoDigests": [], "Size": 1,
            "Created": "", "Config": {"Labels": null}}"#;
        let image: Image = serde_json::from_str(text).unwrap();
        assert_eq!((image.repo_tags.len(), image.created, image.labels().len()), (0, None, 0));
    }
}
