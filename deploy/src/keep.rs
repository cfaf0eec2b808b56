//! Images that are kept for a rollback, and those that are let go.
//!
//! `docker image prune --all`, which others run on this host, takes every image that no container has. So
//! each kept artifact has a container of its own, which is made and never started.

use std::collections::BTreeSet;
use std::error::Error;

use domain::artifact::{DeploymentArtifact, ImageDigest};

use crate::docker::DockerError;
use crate::fault::Fault;
use crate::site::Site;

/// Its value is the stack's project.
const KEEPS: &str = "ballast.keeps";

/// After a deployment: what is past its time goes, and what is kept is kept also from others.
pub(crate) async fn after_success(site: &Site) {
    let work = async {
        let gone = prune(site).await?;
        let count = gone.len();
        site.progress.note(if count == 0 { String::new() } else { format!("{count} removed") });
        Ok::<_, Fault>(())
    };
    if let Err(fault) = site.progress.during("Keep what a rollback needs", work).await {
        let fault = &fault as &dyn Error;
        tracing::warn!(fault, "the artifacts are not tidied up: deploy prune does it");
    }
}

/// The artifacts that are past their time: neither the deployed one nor the rollback target.
pub(crate) fn past(site: &Site) -> Result<Vec<DeploymentArtifact>, Fault> {
    let artifacts = site.books.artifacts()?;
    let past = domain::artifact::prunable(&artifacts, site.books.now(), site.settings.keep_for);
    Ok(past.into_iter().cloned().collect())
}

/// Forgets the artifacts that are past their time, removes their images where nobody else uses them, and
/// keeps those of the others.
pub(crate) async fn prune(site: &Site) -> Result<Vec<DeploymentArtifact>, Fault> {
    let gone = past(site)?;
    if !gone.is_empty() {
        site.books.change_artifacts(|artifacts| {
            for artifact in &gone {
                artifacts.forget(artifact.artifact_id.as_str());
            }
        })?;
    }
    hold(site).await?;
    let kept = images(site)?;
    let ids = gone.iter().filter_map(|artifact| artifact.docker_image_id.as_ref());
    for id in ids.map(ImageDigest::as_str).filter(|id| !kept.contains(*id)) {
        site.compose.docker.remove_image(id).await?;
    }
    Ok(gone)
}

/// The images of the known artifacts.
fn images(site: &Site) -> Result<BTreeSet<String>, Fault> {
    let artifacts = site.books.artifacts()?;
    let known = artifacts.all().iter().filter_map(|artifact| artifact.docker_image_id.as_ref());
    Ok(known.map(ToString::to_string).collect())
}

/// Every known image on this host has one container that keeps it, and no other image has.
async fn hold(site: &Site) -> Result<(), Fault> {
    let docker = &site.compose.docker;
    let label = format!("{KEEPS}={}", site.stack.project);
    let mut wanted = images(site)?;
    wanted.extend(site.bots().await?.into_iter().map(|bot| bot.image_id));
    let mut superfluous = Vec::new();
    for (container, image) in holders(site, &label).await? {
        if !wanted.remove(&image) {
            superfluous.push(container);
        }
    }
    docker.retire(&superfluous).await?;
    for id in wanted {
        if docker.image(&id).await?.is_some() {
            let digits: String = id.trim_start_matches("sha256:").chars().take(12).collect();
            let name = format!("{}-keeps-{digits}", site.stack.project);
            let create = ["create", "--name", &name, "--label", &label, "--network", "none"];
            let never = ["--entrypoint", "/never-started", &id];
            docker
                .tell("docker create", [&create[..], &never].concat(), crate::docker::SOON)
                .await?;
        }
    }
    Ok(())
}

/// The containers that keep images, with the id of each one's image.
async fn holders(site: &Site, label: &str) -> Result<Vec<(String, String)>, DockerError> {
    let filter = format!("label={label}");
    let list = ["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter];
    let listed = site.compose.docker.ask("docker ps", list).await?;
    let mut found = Vec::new();
    for id in String::from_utf8_lossy(&listed).lines() {
        let instance = site.compose.docker.instance(id).await?;
        found.extend(instance.map(|instance| (instance.id, instance.image_id)));
    }
    Ok(found)
}
