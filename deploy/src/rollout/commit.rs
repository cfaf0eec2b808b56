//! The new release is the one that runs: the file, the journal and the catalog say so, in this order.

use std::error::Error;

use domain::backup;
use domain::deployment::{EventType, InProgress};
use domain::env_file::value_of;
use domain::gate::State;

use super::replace::renew;
use super::{Deployment, Order, is_bot};
use crate::docker::{BOT, Instance, Release};
use crate::fault::Fault;
use crate::intent::Intent;
use crate::keep;
use crate::site::Site;

/// Whatever fails here is undone; with the line in the journal the deployment is done.
pub(super) fn all(
    site: &mut Site,
    deployment: &mut Deployment,
    order: &Order,
) -> Result<(), Fault> {
    unless_another_is_named(site, deployment)?;
    site.name_release(&deployment.to)?;
    deployment.event = with_backup_since(site, deployment.event.clone());
    let at = site.books.now();
    site.books.write([deployment.event.clone().succeed(at)])?;
    let Some(mut artifact) = deployment.artifact.clone() else { return Ok(()) };
    if order.event_type == EventType::Rollback {
        artifact.rollback_from = deployment.from.as_ref().map(|side| side.release.tag.clone());
    }
    // From here on nothing is a reason to undo anything: the next command writes what is missing.
    if let Err(error) = site.books.change_artifacts(|artifacts| artifacts.deploy(artifact, at)) {
        let error = &error as &dyn Error;
        tracing::error!(error, "artifacts.json does not name the release yet");
    }
    Ok(())
}

/// Somebody may have changed the file while the new instance was watched. What they changed stays, unless
/// it is the release itself.
fn unless_another_is_named(site: &Site, deployment: &Deployment) -> Result<(), Fault> {
    let text = site.text_now()?;
    let named = |name| value_of(&text, name).unwrap_or_default();
    let (tag, image) = (named(Release::TAG), named(Release::IMAGE));
    let mut known = [&site.settings.release, &deployment.to].into_iter();
    if !known.any(|release| release.tag.as_str() == tag && release.image == image) {
        return Err(Fault::Edited);
    }
    let as_found = |text: &str| domain::env_file::with_values(text, &deployment.to.values()).ok();
    if as_found(&text) != as_found(&site.text) {
        tracing::warn!("what was changed in .env.production meanwhile comes with the next up -d");
    }
    Ok(())
}

/// The event with the proven backup that bringing the whole stack up has made, where none is known yet.
pub(super) fn with_backup_since(site: &Site, event: InProgress) -> InProgress {
    let fields = event.fields();
    if fields.backup_id.is_some() {
        return event;
    }
    let records = site.books.backups().unwrap_or_default();
    let record = backup::pre_deployment(&records, &fields.artifact_id, fields.started_at);
    let backup_id = record.map(|record| record.backup_id.clone());
    event.with_backup(backup_id)
}

/// What the former release has left is cleared away. None of it can undo the deployment; what fails is
/// said, and the next command goes on with it.
pub(super) async fn finish(site: &Site, intent: &Intent) {
    let letting_go = site.progress.during("Let the old instance go", let_go(site, intent));
    if let Err(fault) = letting_go.await {
        let fault = &fault as &dyn Error;
        tracing::warn!(fault, "something of the former release is left: the next command goes on");
        return;
    }
    keep::after_success(site).await;
}

async fn let_go(site: &Site, intent: &Intent) -> Result<(), Fault> {
    let bots = site.bots().await?;
    let is_new =
        |bot: &Instance| bot.image_id == intent.to.image_id && !intent.former.contains(&bot.id);
    if bots.iter().any(|bot| is_new(bot) && bot.is_running()) {
        let former = bots.iter().filter(|bot| !is_new(bot)).map(|bot| bot.id.as_str());
        site.compose.docker.retire(&former.collect::<Vec<_>>()).await?;
    }
    settle_down(site).await?;
    Ok(Intent::forget(&site.stack.folders.state)?)
}

/// The stack is what a plain `up -d` makes of the file, and traffic goes where it usually goes.
pub(super) async fn settle_down(site: &Site) -> Result<(), Fault> {
    site.direct(BOT).await?;
    let mut services = site.stack.services();
    services.retain(|service| *service != BOT);
    renew(site, &site.compose, site.outdated(&site.compose).await?, &services).await?;
    // One-shots that were made anew run as they do after `up -d`; nobody waits for them.
    let instances = site.instances().await?;
    let waits = |one: &&Instance| !is_bot(one) && !one.stays && one.state == State::Created;
    let waiting: Vec<&str> = instances.iter().filter(waits).map(|one| one.id.as_str()).collect();
    site.compose.docker.start(&waiting).await.map_err(Fault::Replace)
}
