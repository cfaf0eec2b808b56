//! What the engine says about containers and images, as far as it is needed
//! (Docker Engine API 1.41 to 1.55: `ContainerList`, `ImageInspect`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

/// Where a container is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

pub(super) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The keys of an object, or of nothing.
pub(super) fn keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeSet<String>, D::Error> {
    let object = Option::<BTreeMap<String, Option<IgnoredAny>>>::deserialize(deserializer)?;
    Ok(object.unwrap_or_default().into_keys().collect())
}

/// The engine writes the year 1, or nothing, for what has not happened.
pub(super) fn zero_is_none<'de, D: Deserializer<'de>>(
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
    fn what_the_engine_leaves_out_is_empty() {
        let text = r#"{"Id": "sha256:e067", "RepoTags": null, "RepoDigests": [], "Size": 1,
            "Created": "", "Config": {"Labels": null}}"#;
        let image: Image = serde_json::from_str(text).unwrap();
        assert_eq!((image.repo_tags.len(), image.created, image.labels().len()), (0, None, 0));
    }
}
