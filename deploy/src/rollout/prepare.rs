//! Everything that can be known beforehand, while nothing that runs is touched.

use std::time::Duration;

use domain::backup::BackupRecord;
use domain::deployment::InProgress;
use serde::Deserialize;
use tokio::time::Instant;

use super::{Deployment, Order};
use crate::docker::{BACKUP, BOT, DockerError, POSTGRES, PREFLIGHT};
use crate::fault::Fault;
use crate::site::Site;

/// For a container that only looks at variables.
const CHECK: Duration = Duration::from_mins(2);
/// What a one-shot takes beside its own work.
const MARGIN: Duration = Duration::from_mins(1);
const MIGRATION: Duration = Duration::from_hours(1);
/// How long a database that restarts is waited for.
const SOON: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn all(
    site: &mut Site,
    deployment: &mut Deployment,
    order: &Order,
) -> Result<(), Fault> {
    configuration(site, deployment).await?;
    backup(site, deployment, order.migration.is_some()).await?;
    image(site, deployment, order).await?;
    way_back(site, deployment).await?;
    if let Some(command) = &order.migration {
        migration(site, deployment, command).await?;
    }
    if site.text_now()? == site.text { Ok(()) } else { Err(Fault::Edited) }
}

#[derive(Deserialize)]
struct Verdict {
    ok: bool,
    findings: Vec<Finding>,
    configuration_fingerprint: Option<String>,
}

#[derive(Deserialize)]
struct Finding {
    code: String,
    severity: String,
}

impl Verdict {
    /// The codes of the errors, each once.
    fn errors(self) -> Vec<String> {
        let errors = self.findings.into_iter().filter(|finding| finding.severity == "error");
        let mut codes: Vec<String> = errors.map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

/// preflight judges the configuration that is to run.
async fn configuration(site: &mut Site, deployment: &mut Deployment) -> Result<(), Fault> {
    let compose = site.compose.of(&deployment.to);
    let check = ["check", "--format", "json", "--fingerprint"];
    let work = async {
        let (answer, end) = compose.run_once_said("preflight", PREFLIGHT, &check, CHECK).await;
        match (serde_json::from_slice::<Verdict>(&answer).ok(), end) {
            (Some(verdict), Ok(())) if verdict.ok => Ok(verdict.configuration_fingerprint),
            (Some(verdict), _) if !verdict.ok => Err(Fault::Configuration(verdict.errors())),
            (_, Err(error)) => Err(Fault::NoVerdict(error)),
            _ => Err(Fault::NoVerdict(DockerError::Unknown("preflight"))),
        }
    };
    let fingerprint = site.progress.during("Check the configuration", work).await?;
    if let Some(fingerprint) = fingerprint {
        deployment.amend(site, |event| event.with_fingerprint(fingerprint))?;
    }
    Ok(())
}

/// A proven backup of the database as it is. Before the first start there is nothing to back up; what
/// brings the stack up makes one then.
async fn backup(
    site: &mut Site,
    deployment: &mut Deployment,
    is_migrating: bool,
) -> Result<(), Fault> {
    let until = Instant::now() + SOON;
    while !deployment.stands && deployment.old().is_some() {
        if Instant::now() > until || site.compose.docker.is_stopping() {
            return Err(Fault::NoDatabase);
        }
        site.compose.docker.pause(LOOK).await;
        deployment.stands = site.runs(POSTGRES).await?;
    }
    if !deployment.stands && is_migrating {
        return Err(Fault::NoDatabase);
    }
    if !deployment.stands || !site.stack.has(BACKUP) {
        return Ok(());
    }
    // What was backed up for an earlier try may have been migrated and written to since.
    let fresh = ["-e", "BACKUP_REUSE_SECONDS=0"];
    let options: &[&str] = if is_migrating { &fresh } else { &[] };
    let compose = site.compose.of(&deployment.to);
    let deadline = site.stack.backup_deadline() + MARGIN;
    let work = async {
        let answer = compose.run_once("backup-job", options, BACKUP, &[], deadline).await?;
        let record =
            serde_json::from_slice(&answer).ok().filter(|made: &BackupRecord| made.verified);
        let record = record.ok_or(DockerError::Unknown("backup-job"))?;
        site.progress.note(record.backup_id.clone());
        Ok(record.backup_id)
    };
    let made = site.progress.during("Back up the database, and prove it", work).await;
    let backup_id = made.map_err(Fault::NoBackup)?;
    Ok(deployment.amend(site, |event| event.with_backup(Some(backup_id)))?)
}

/// The images are here, and the artifact is known.
async fn image(site: &mut Site, deployment: &mut Deployment, order: &Order) -> Result<(), Fault> {
    let (docker, to) = (&site.compose.docker, &deployment.to);
    let work = async {
        let found = docker.image_or_pull(&to.image).await?.ok_or(Fault::NoImage)?;
        let others = site.stack.other_images();
        let here = docker.image_ids(&others).await?;
        for other in others.into_iter().filter(|other| !here.contains_key(other)) {
            if docker.image_or_pull(other).await?.is_none() {
                return Err(Fault::NoOtherImage(other.to_owned()));
            }
        }
        site.progress.note(if found.was_pulled { "fetched" } else { "on this host" });
        Ok(found.image)
    };
    let image = site.progress.during("Have the images", work).await?;
    if order.image_id.as_ref().is_some_and(|expected| *expected != image.id) {
        return Err(Fault::OtherImage);
    }
    let artifact = image.artifact(&to.tag, &to.image).ok_or(Fault::NoDigest)?;
    deployment.image_id.clone_from(&image.id);
    deployment.artifact = Some(artifact.clone());
    // What was deployed is known by the image that it was, until another has passed the gate.
    Ok(site.books.change_artifacts(|artifacts| {
        let known = artifacts.find(artifact.artifact_id.as_str());
        let was_other = known.is_some_and(|known| {
            known.deployed_at.is_some() && known.docker_image_id != artifact.docker_image_id
        });
        if !was_other {
            artifacts.record(artifact);
        }
    })?)
}

/// The image of what runs is here, under a name that still means it.
async fn way_back(site: &Site, deployment: &mut Deployment) -> Result<(), Fault> {
    let Some(from) = &mut deployment.from else { return Ok(()) };
    let docker = &site.compose.docker;
    let named = docker.image_or_pull(&from.release.image).await?;
    if named.is_some_and(|found| found.image.id == from.image_id) {
        return Ok(());
    }
    if docker.image(&from.image_id).await?.is_none() {
        return Err(Fault::NoWayBack);
    }
    from.release.image.clone_from(&from.image_id);
    Ok(())
}

/// The migration runs in the new image, while the old release serves.
async fn migration(
    site: &mut Site,
    deployment: &mut Deployment,
    command: &[String],
) -> Result<(), Fault> {
    let compose = site.compose.of(&deployment.to);
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let before = deployment.event.clone();
    // It is said beforehand: a deploy that is killed in it, or finds no room for a line after it, has changed
    // the database.
    deployment.amend(site, InProgress::with_migration_applied)?;
    let work = compose.run_once("the migration", &[], BOT, &command, MIGRATION);
    let done = site.progress.during("Migrate the database", work).await;
    if matches!(done, Err(DockerError::Failed(..))) {
        deployment.event = before;
    }
    done.map(drop).map_err(Fault::Migration)
}
