//! What a command means for the stack as it is.

use domain::artifact::{Artifacts, DeploymentArtifact, rollback_target};
use domain::deployment::EventType;
use domain::image::{self, NoImage};
use domain::version::DeploymentTag;

use crate::docker::Release;

/// How far what runs is from what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distance {
    /// Another release runs, or none.
    Release,
    /// The release runs, in another image.
    Image,
    /// A service is not made as the configuration has it.
    Configuration,
    /// A service that is to run does not.
    Rest,
    /// Everything is as it should be.
    None,
}

/// The type of the operation that is needed; `None` where there is nothing to do.
///
/// An artifact that was deployed before and is not now comes back: that is a rollback, as preflight has
/// it under a plain `up -d`.
pub(crate) fn operation(
    distance: Distance,
    tag: &DeploymentTag,
    artifacts: &Artifacts,
) -> Option<EventType> {
    let known = artifacts.find(tag.as_str());
    let comes_back = known.is_some_and(|known| known.deployed_at.is_some() && !known.deployed);
    match distance {
        Distance::Release if comes_back => Some(EventType::Rollback),
        Distance::Release | Distance::Image => Some(EventType::Deploy),
        Distance::Configuration => Some(EventType::ConfigUpdate),
        Distance::Rest => Some(EventType::Restart),
        Distance::None => None,
    }
}

/// The image that is wanted, where nobody named one.
///
/// # Errors
/// [`NoImage`]: it has to be named.
pub(crate) fn image_for(named: &Release, tag: &DeploymentTag) -> Result<String, NoImage> {
    if named.tag == *tag {
        return Ok(named.image.clone());
    }
    image::for_release(&named.image, named.tag.as_str(), tag.as_str())
}

/// Why there is nothing to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoTarget {
    #[error("no release was deployed before the one that runs: there is nothing to go back to")]
    First,
    #[error("that release is not among the artifacts that are kept: see deploy artifacts")]
    Unknown,
    #[error("that release was never deployed: deploy up brings it out")]
    NeverDeployed,
}

/// The artifact to go back to: the named one, or the one before.
pub(crate) fn target<'a>(
    artifacts: &'a Artifacts,
    named: Option<&DeploymentTag>,
) -> Result<&'a DeploymentArtifact, NoTarget> {
    let Some(tag) = named else { return rollback_target(artifacts).ok_or(NoTarget::First) };
    let known = artifacts.find(tag.as_str()).ok_or(NoTarget::Unknown)?;
    if known.deployed_at.is_some() { Ok(known) } else { Err(NoTarget::NeverDeployed) }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use domain::artifact::ImageDigest;

    use super::*;

    fn tag(text: &str) -> DeploymentTag {
        DeploymentTag::parse(text).unwrap()
    }

    fn artifact(text: &str) -> DeploymentArtifact {
        DeploymentArtifact {
            artifact_id: tag(text),
            created_at: None,
            git_commit_sha: None,
            git_tag: None,
            docker_image_uri: format!("bot:{text}"),
            docker_image_digest: ImageDigest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap(),
            docker_image_id: None,
            size_mb: 1,
            changelog: None,
            deployed: false,
            deployed_at: None,
            rollback_from: None,
        }
    }

    /// v1 was deployed, then v2, which is; v3 is only known.
    fn artifacts() -> Artifacts {
        let mut artifacts = Artifacts::default();
        for (number, text) in [(0, "v1.0.0"), (1, "v2.0.0")] {
            artifacts.deploy(artifact(text), DateTime::UNIX_EPOCH + TimeDelta::days(number));
        }
        artifacts.record(artifact("v3.0.0"));
        artifacts
    }

    #[test]
    fn what_is_to_be_done_follows_from_what_differs() {
        for (distance, text, expected) in [
            (Distance::Release, "v1.0.0", Some(EventType::Rollback)),
            (Distance::Release, "v2.0.0", Some(EventType::Deploy)),
            (Distance::Release, "v3.0.0", Some(EventType::Deploy)),
            (Distance::Release, "v4.0.0", Some(EventType::Deploy)),
            (Distance::Image, "v2.0.0", Some(EventType::Deploy)),
            (Distance::Configuration, "v2.0.0", Some(EventType::ConfigUpdate)),
            (Distance::Rest, "v2.0.0", Some(EventType::Restart)),
            (Distance::None, "v2.0.0", None),
        ] {
            let found = operation(distance, &tag(text), &artifacts());
            assert_eq!(found, expected, "{distance:?} {text}");
        }
    }

    #[test]
    fn an_image_follows_the_release_unless_it_is_the_same() {
        let named = Release { tag: tag("v1.0.0"), image: "registry:5000/bot:1.0.0".into() };
        assert_eq!(image_for(&named, &tag("v1.0.0")), Ok("registry:5000/bot:1.0.0".into()));
        assert_eq!(image_for(&named, &tag("v1.1.0")), Ok("registry:5000/bot:1.1.0".into()));
        let moving = Release { image: "bot:latest".into(), ..named };
        assert_eq!(image_for(&moving, &tag("v1.0.0")), Ok("bot:latest".into()));
        assert!(image_for(&moving, &tag("v1.1.0")).is_err());
    }

    #[test]
    fn one_goes_back_to_what_was_deployed_and_is_kept() {
        let artifacts = artifacts();
        let found = |named: Option<&str>| {
            let named = named.map(tag);
            let found = target(&artifacts, named.as_ref());
            found.map(|artifact| artifact.artifact_id.to_string())
        };
        assert_eq!(found(None), Ok("v1.0.0".into()));
        assert_eq!(found(Some("v1.0.0")), Ok("v1.0.0".into()));
        assert_eq!(found(Some("v3.0.0")), Err(NoTarget::NeverDeployed));
        assert_eq!(found(Some("v9.0.0")), Err(NoTarget::Unknown));
        assert_eq!(target(&Artifacts::default(), None), Err(NoTarget::First));
    }
}
