//! The artifact that should run, and whether it stands in the record. Pure.

use chrono::{DateTime, Utc};
use domain::artifact::{Artifacts, DeploymentArtifact};
use domain::history::Arrival;
use domain::version::DeploymentTag;
use platform::engine::Image;

/// The artifact that should run now, and how it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) tag: DeploymentTag,
    at: Option<DateTime<Utc>>,
    rollback_from: Option<DeploymentTag>,
}

impl Arrived {
    /// `None` for an event of something that is no release, which preflight does not let through.
    pub(super) fn from_history(arrival: Arrival<'_>) -> Option<Self> {
        let event = arrival.event.fields();
        Some(Self {
            tag: DeploymentTag::parse(&event.artifact_id).ok()?,
            at: event.completed_at,
            rollback_from: arrival.rollback_from.and_then(|tag| DeploymentTag::parse(tag).ok()),
        })
    }

    /// The artifact whose image is `image`, named `image_uri`; `None` when the image has no digest.
    pub(super) fn with_image(&self, image: &Image, image_uri: &str) -> Option<DeploymentArtifact> {
        Some(DeploymentArtifact {
            deployed: true,
            deployed_at: self.at,
            rollback_from: self.rollback_from.clone(),
            ..image.artifact(&self.tag, image_uri)?
        })
    }
}

/// Whether `artifact` is recorded as the deployed one, with this very image.
pub(super) fn stands_in(artifacts: &Artifacts, artifact: &DeploymentArtifact) -> bool {
    artifacts.deployed().is_some_and(|deployed| {
        deployed.artifact_id == artifact.artifact_id
            && deployed.docker_image_digest == artifact.docker_image_digest
            && deployed.deployed_at.is_some()
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;

    fn arrived(image_id: &str) -> DeploymentArtifact {
        let tag = DeploymentTag::parse("v1.2.3").unwrap();
        let arrived = Arrived { tag, at: Some(DateTime::UNIX_EPOCH), rollback_from: None };
        let id = format!("sha256:{}", image_id.repeat(64));
        let image: Image = serde_json::from_value(json!({"Id": id, "Size": 1})).unwrap();
        arrived.with_image(&image, "localhost/app:1").unwrap()
    }

    #[test]
    fn the_same_again_stands_in_the_record_and_another_image_does_not() {
        let mut artifacts = Artifacts::default();
        assert!(!stands_in(&artifacts, &arrived("a")));
        artifacts.deploy(arrived("a"), DateTime::UNIX_EPOCH);
        assert!(stands_in(&artifacts, &arrived("a")));
        assert!(!stands_in(&artifacts, &arrived("e")));
        let other = DeploymentTag::parse("v2.0.0").unwrap();
        let other = DeploymentArtifact { artifact_id: other, ..arrived("a") };
        artifacts.deploy(other, DateTime::UNIX_EPOCH + TimeDelta::seconds(1));
        assert!(!stands_in(&artifacts, &arrived("a")), "it is no longer the deployed one");
    }
}
