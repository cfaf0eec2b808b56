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
