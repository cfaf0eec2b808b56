//! The way back, when a release did not pass the gate.
//!
//! The failed event is written first, then an event of its own for the rollback, which ends as a success
//! only when the former release is seen running and the stack healthy. A rollback is never rolled back.

use std::error::Error;

use domain::artifact::DeploymentArtifact;
use domain::deployment::{
    DeploymentEvent, EventStatus, EventType, Failed, InProgress, Opener, Opening, Trigger,
};
use uuid::Uuid;

use super::commit::settle_down;
use super::replace::companions;
use super::{Deployment, Order, Outcome, commit, said, watch};
use crate::docker::{BOT, Instance, Release};
use crate::fault::Fault;
use crate::intent::{Intent, Side};
use crate::site::Site;

/// Ends a deployment that failed after something was touched.
pub(super) async fn give_up(
    site: &mut Site,
    deployment: Deployment,
    order: &Order,
    fault: Fault,
) -> Result<Outcome, Fault> {
    let intent = deployment.intent();
    let said = said::words(site, deployment.newcomer.as_deref()).await;
    let event = commit::with_backup_since(site, deployment.event);
    let looked = fault.is_of_health().then_some(false);
    let failed = event.fail(site.books.now(), fault.to_string(), looked);
    let failed = said.into_iter().fold(failed, Failed::with_diagnosis);
    // What can't be written keeps nobody from going back: the next command closes the event then.
    let told = site.books.write([failed.clone().into()]);
    site.compose = site.compose.deaf();
    let Some(from) = &intent.from else {
        // The first of all: there is nothing to go back to, and the stack is left to be looked at.
        if let Err(fault) = site.direct(BOT).await {
            let fault = &fault as &dyn Error;
            tracing::warn!(fault, "nginx is left to find the instance by itself");
        }
        told?;
        Intent::forget(&site.stack.folders.state)?;
        return Ok(Outcome::Failed { fault, back: None });
    };
    let returned = if order.event_type == EventType::Rollback {
        let brought = bring(site, &intent, from).await.map_err(|fault| fault.to_string());
        told?;
        if brought.is_ok() {
            Intent::forget(&site.stack.folders.state)?;
        }
        brought
    } else {
        return_to(site, &intent, from, failed, &order.operator).await?
    };
    Ok(match returned {
        Ok(()) => Outcome::Failed { fault, back: Some(from.release.tag.to_string()) },
        Err(rollback) => Outcome::Lost { fault, rollback },
    })
}

/// Goes back to `from` as an event of its own, and makes of the failed event a rolled back one when that
/// has come true. The inner answer is why it has not; then the note of it stays.
pub(super) async fn return_to(
    site: &mut Site,
    intent: &Intent,
    from: &Side,
    failed: Failed,
    operator: &str,
) -> Result<Result<(), String>, Fault> {
    let rollback = InProgress::open(Opening {
        event_id: Uuid::new_v4(),
        event_type: EventType::Rollback,
        started_at: site.books.now(),
        triggered_by: Trigger::Automated,
        operator: operator.to_owned(),
        artifact_id: from.release.tag.to_string(),
        previous_artifact_id: Some(intent.to.release.tag.to_string()),
        // It is not checked again: what ran with it runs on.
        configuration_fingerprint: fingerprint_of(site, &from.release),
        opened_by: Opener::Deploy,
    });
    let told = site.books.write([rollback.clone().into()]);
    let brought = bring(site, intent, from).await;
    told?;
    let at = site.books.now();
    if let Err(fault) = brought {
        let (reason, looked) = (fault.to_string(), fault.is_of_health().then_some(false));
        let ended = DeploymentEvent::from(rollback.fail(at, reason.clone(), looked));
        site.books.write([ended, failed.without_rollback(&reason).into()])?;
        return Ok(Err(reason));
    }
    site.books.write([rollback.succeed(at), failed.rolled_back(at)])?;
    is_back(site, intent, from)?;
    Ok(Ok(()))
}

/// The former release is the deployed one again, and nothing is left to be done.
pub(super) fn is_back(site: &Site, intent: &Intent, from: &Side) -> Result<(), Fault> {
    let (back, bad, at) = (&from.release.tag, &intent.to.release.tag, site.books.now());
    site.books.change_artifacts(|artifacts| {
        if let Some(known) = artifacts.find(back.as_str()).cloned() {
            let rollback_from = (back != bad).then(|| bad.clone());
            artifacts.deploy(DeploymentArtifact { rollback_from, ..known }, at);
        }
    })?;
    Ok(Intent::forget(&site.stack.folders.state)?)
}

/// The fingerprint of the configuration that the release last succeeded with.
fn fingerprint_of(site: &Site, release: &Release) -> Option<String> {
    let history = site.books.history();
    let events = history.events().iter().rev().map(DeploymentEvent::fields);
    let mut successes = events.filter(|event| event.status == EventStatus::Success);
    let last = successes.find(|event| event.artifact_id == release.tag.as_str())?;
    last.configuration_fingerprint.clone()
}

/// Makes `from` the release that runs, whatever was done so far, and sees it run.
async fn bring(site: &Site, intent: &Intent, from: &Side) -> Result<(), Fault> {
    let progress = &site.progress;
    // A file that can't be changed keeps nobody from serving.
    let named = site.name_release(&from.release);
    site.compose.docker.answers().await?;
    progress.during("Take the new instance away", take_away(site, intent, from)).await?;
    let bots = site.bots().await?;
    let bot = bots.iter().find(|bot| bot.image_id == from.image_id).ok_or(Fault::NoInstance)?;
    let waiting = watch::until_healthy(site, &bot.id, &from.image_id);
    let bot = progress.during("See the former release healthy", waiting).await?;
    progress.during("Watch the stack", watch::until_stable(site, &bot)).await?;
    named?;
    settle_down(site).await
}

async fn take_away(site: &Site, intent: &Intent, from: &Side) -> Result<(), Fault> {
    if !leave_the_former(site, intent).await? {
        let bots = site.bots().await?;
        let all: Vec<&str> = bots.iter().map(|bot| bot.id.as_str()).collect();
        site.compose.docker.retire(&all).await?;
        site.compose.of(&from.release).create(&[BOT], None).await.map_err(Fault::Replace)?;
        let made = site.bots().await?;
        let made: Vec<&str> = made.iter().map(|bot| bot.id.as_str()).collect();
        site.compose.docker.start(&made).await.map_err(Fault::Replace)?;
    }
    companions(site, &site.compose, site.outdated(&site.compose).await?).await
}

/// Leaves of the application only the instance that ran before, started where it was stopped, and turns the
/// traffic to it; nothing is done where there is none any more, and `false` is the answer.
pub(super) async fn leave_the_former(site: &Site, intent: &Intent) -> Result<bool, Fault> {
    let bots = site.bots().await?;
    let image_id = intent.from.as_ref().map(|from| from.image_id.as_str());
    let is_former = |bot: &&Instance| {
        intent.former.contains(&bot.id) && Some(bot.image_id.as_str()) == image_id
    };
    let mut former: Vec<&Instance> = bots.iter().filter(is_former).collect();
    former.sort_by_key(|bot| !bot.is_running());
    let Some(old) = former.first() else { return Ok(false) };
    if old.is_running()
        && let Err(fault) = site.direct(&old.name).await
    {
        let fault = &fault as &dyn Error;
        tracing::warn!(fault, "nginx is left to find the former instance by itself");
    }
    let others = bots.iter().map(|bot| bot.id.as_str()).filter(|id| *id != old.id);
    site.compose.docker.retire(&others.collect::<Vec<_>>()).await?;
    if !old.is_running() {
        site.compose.docker.start(&[&old.id]).await.map_err(Fault::Replace)?;
    }
    Ok(true)
}
