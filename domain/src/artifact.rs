//! Deployment Artifact: a versioned, immutable package, and the set of those that are known.

mod retention;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::version::{DeploymentTag, GitCommitSha, GitTag};
pub use retention::{prunable, rollback_target};

/// A SHA-256 digest as registries and the engine write it: `sha256:` and 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageDigest(String);

/// Text that is no SHA-256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected sha256: and 64 hex digits")]
pub struct NoDigest;

impl ImageDigest {
    /// Parses `sha256:…`.
    ///
    /// # Errors
    /// [`NoDigest`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NoDigest> {
        let digits = text.strip_prefix("sha256:").ok_or(NoDigest)?;
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() == 64 && digits.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoDigest)
        }
    }

    /// The digest with its algorithm.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ImageDigest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<Self, NoDigest> {
        Self::parse(&text)
    }
}

impl From<ImageDigest> for String {
    fn from(digest: ImageDigest) -> Self {
        digest.0
    }
}

impl fmt::Display for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A versioned package with all attributes of the entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentArtifact {
    /// Unique identifier: the deployment tag.
    pub artifact_id: DeploymentTag,
    /// When the image was built; `None` when the image does not tell.
    pub created_at: Option<DateTime<Utc>>,
    /// The commit that it was built from; `None` when neither the image's label nor the tag tells.
    pub git_commit_sha: Option<GitCommitSha>,
    /// The tag of the release, where it has one.
    pub git_tag: Option<GitTag>,
    /// The image reference with its tag.
    pub docker_image_uri: String,
    /// The registry's digest, or the image's id where no registry has seen it.
    pub docker_image_digest: ImageDigest,
    /// The image's id on this host, by which it is found though its name has moved on.
    #[serde(default)]
    pub docker_image_id: Option<ImageDigest>,
    /// Size of the image in megabytes.
    pub size_mb: u64,
    /// Changes in this version, where the image's labels tell them.
    pub changelog: Option<String>,
    /// Whether this artifact is deployed now.
    pub deployed: bool,
    /// When it was last deployed.
    pub deployed_at: Option<DateTime<Utc>>,
    /// The artifact that this one replaced when it came back in a rollback.
    pub rollback_from: Option<DeploymentTag>,
}

/// All known artifacts. At most one is deployed: there is no way to make it two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<DeploymentArtifact>", into = "Vec<DeploymentArtifact>")]
pub struct Artifacts(Vec<DeploymentArtifact>);

/// A list that breaks a rule of the entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactsError {
    /// Two artifacts say that they are deployed.
    #[error("more than one artifact is marked deployed")]
    TwoDeployed,
    /// One id stands twice.
    #[error("one artifact_id stands twice")]
    DuplicateId,
}

impl Artifacts {
    /// All artifacts, in the order in which they became known.
    #[must_use]
    pub fn all(&self) -> &[DeploymentArtifact] {
        &self.0
    }

    /// The deployed one.
    #[must_use]
    pub fn deployed(&self) -> Option<&DeploymentArtifact> {
        self.0.iter().find(|artifact| artifact.deployed)
    }

    /// The artifact of that id.
    #[must_use]
    pub fn find(&self, artifact_id: &str) -> Option<&DeploymentArtifact> {
        self.0.iter().find(|known| known.artifact_id.as_str() == artifact_id)
    }

    /// Records `artifact`, whatever it says of being deployed: where it is known already, by what is
    /// known of it now. What only the earlier record tells is kept.
    pub fn record(&mut self, artifact: DeploymentArtifact) {
        let place = self.0.iter().position(|known| known.artifact_id == artifact.artifact_id);
        let Some(place) = place else {
            self.0.push(DeploymentArtifact { deployed: false, deployed_at: None, ..artifact });
            return;
        };
        let known = self.0[place].clone();
        self.0[place] = DeploymentArtifact {
            git_commit_sha: artifact.git_commit_sha.or(known.git_commit_sha),
            changelog: artifact.changelog.or(known.changelog),
            deployed: known.deployed,
            deployed_at: known.deployed_at,
            rollback_from: known.rollback_from,
            ..artifact
        };
    }

    /// Records `artifact` as the deployed one since `at`; no other is any longer.
    pub fn deploy(&mut self, artifact: DeploymentArtifact, at: DateTime<Utc>) {
        let (id, rollback_from) = (artifact.artifact_id.clone(), artifact.rollback_from.clone());
        self.record(artifact);
        for known in &mut self.0 {
            known.deployed = known.artifact_id == id;
            if known.deployed {
                known.deployed_at = Some(at);
                known.rollback_from.clone_from(&rollback_from);
            }
        }
    }

    /// Forgets the artifact of that id, unless it is deployed.
    pub fn forget(&mut self, artifact_id: &str) {
        self.0.retain(|known| known.deployed || known.artifact_id.as_str() != artifact_id);
    }
}

impl TryFrom<Vec<DeploymentArtifact>> for Artifacts {
    type Error = ArtifactsError;

    fn try_from(list: Vec<DeploymentArtifact>) -> Result<Self, ArtifactsError> {
        if list.iter().filter(|artifact| artifact.deployed).count() > 1 {
            return Err(ArtifactsError::TwoDeployed);
        }
        let mut ids: Vec<&DeploymentTag> =
            list.iter().map(|artifact| &artifact.artifact_id).collect();
        ids.sort();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ArtifactsError::DuplicateId);
        }
        Ok(Self(list))
    }
}

impl From<Artifacts> for Vec<DeploymentArtifact> {
    fn from(artifacts: Artifacts) -> Self {
        artifacts.0
    }
}
