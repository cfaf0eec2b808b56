//! Which artifact a rollback goes back to, and which are kept no longer.
//!
//! Source: Deployment Artifact, Lifecycle: "Retained for 30 days (configurable)".

use chrono::{DateTime, TimeDelta, Utc};

use super::{Artifacts, DeploymentArtifact};

/// The artifact that a rollback goes back to: of those that are not deployed, the one that was
/// deployed last.
///
/// One that was never deployed is none: it failed, or nobody tried it. Nor is one that was rolled back
/// from since it was deployed: it had failed in somebody's eyes, and a rollback does not go back to it.
#[must_use]
pub fn rollback_target(artifacts: &Artifacts) -> Option<&DeploymentArtifact> {
    let others = artifacts.all().iter().filter(|artifact| !artifact.deployed);
    let good =
        others.filter(|artifact| artifact.deployed_at.is_some() && !was_left(artifacts, artifact));
    good.max_by_key(|artifact| artifact.deployed_at)
}

/// The artifacts that may be forgotten at `now`, their images with them: those that were last
/// deployed, or were built where they never were, at least `keep_for` ago.
///
/// The deployed one and the rollback target never may. Nor may one without any time: it was never
/// deployed and its image does not say when it was built, so it may be the one that somebody is about
/// to deploy. A clock that was set back makes every artifact younger, and one from the future too
/// young.
#[must_use]
pub fn prunable(
    artifacts: &Artifacts,
    now: DateTime<Utc>,
    keep_for: TimeDelta,
) -> Vec<&DeploymentArtifact> {
    let target = rollback_target(artifacts).map(|target| &target.artifact_id);
    let is_past = |artifact: &&DeploymentArtifact| {
        let since = artifact.deployed_at.or(artifact.created_at);
        since.is_some_and(|since| now - since >= keep_for.max(TimeDelta::zero()))
    };
    let may_go = |artifact: &&DeploymentArtifact| {
        !artifact.deployed && Some(&artifact.artifact_id) != target
    };
    artifacts.all().iter().filter(may_go).filter(is_past).collect()
}

/// Whether another came back in its place since it was deployed.
fn was_left(artifacts: &Artifacts, artifact: &DeploymentArtifact) -> bool {
    artifacts.all().iter().any(|other| {
        other.rollback_from.as_ref() == Some(&artifact.artifact_id)
            && other.deployed_at >= artifact.deployed_at
    })
}
