//! The commands that change something: one at a time on a host, and each begins by settling what one before
//! it has left.

use std::time::Duration;

use domain::deployment::{DeploymentEvent, EventType};
use domain::gate::Health;
use platform::env::Env;
use platform::lock::{self, Lock, LockError};
use platform::records::deployment_lock;
use platform::shutdown::outlive_hangups;
use tokio::task::spawn_blocking;

use super::Failure;
use super::outcome::NotDeployed;
use crate::cli::{By, RollbackArgs, UpArgs};
use crate::docker::{BOT, Compose, Instance, Release, Stack};
use crate::fault::Fault;
use crate::plan::{self, Distance};
use crate::rollout::{self, Order, Outcome};
use crate::site::{self, Site};
use crate::variables::{DEPLOYMENT_OPERATOR, SUDO_USER, USER};
use crate::{artifacts, keep};

/// `deploy up`.
pub(crate) async fn up(compose: Compose, args: &UpArgs, env: &impl Env) -> Result<String, Failure> {
    let operator = operator(&args.by, env);
    let (mut site, _lock) = enter(compose, &args.by, &operator).await?;
    let named = site.settings.release.clone();
    let tag = args.tag.clone().unwrap_or_else(|| named.tag.clone());
    let image = match &args.image {
        Some(image) => image.clone(),
        None => plan::image_for(&named, &tag)?,
    };
    let to = Release { tag, image };
    let instances = site.instances().await?;
    let distance = distance(&site, &to, &instances).await?;
    let artifacts = site.books.artifacts()?;
    let Some(event_type) = plan::operation(distance, &to.tag, &artifacts) else {
        return stand(&site, &to).await;
    };
    let migration = args.migrate.clone().map(|words| words.0);
    let triggered_by = args.by.triggered_by.into();
    let order = Order { to, image_id: None, event_type, triggered_by, operator, migration };
    carry_out(&mut site, &order, instances).await
}

/// `deploy rollback`.
pub(crate) async fn rollback(
    compose: Compose,
    args: &RollbackArgs,
    env: &impl Env,
) -> Result<String, Failure> {
    let operator = operator(&args.by, env);
    let (mut site, _lock) = enter(compose, &args.by, &operator).await?;
    let artifacts = site.books.artifacts()?;
    let target = plan::target(&artifacts, args.tag.as_ref())?;
    let image = site.reference(target).await?;
    let to = Release { tag: target.artifact_id.clone(), image };
    let instances = site.instances().await?;
    let distance = distance(&site, &to, &instances).await?;
    let event_type = match plan::operation(distance, &to.tag, &artifacts) {
        None => return stand(&site, &to).await,
        Some(_) if matches!(distance, Distance::Release | Distance::Image) => EventType::Rollback,
        Some(event_type) => event_type,
    };
    let order = Order {
        to,
        image_id: target.docker_image_id.as_ref().map(ToString::to_string),
        event_type,
        triggered_by: args.by.triggered_by.into(),
        operator,
        migration: None,
    };
    carry_out(&mut site, &order, instances).await
}

/// `deploy prune`. A dry run only looks.
pub(crate) async fn prune(
    compose: Compose,
    dry_run: bool,
    by: &By,
    env: &impl Env,
) -> Result<String, Failure> {
    let (site, gone, verb) = if dry_run {
        let stack = compose.stack().await?;
        let site = Site::of(compose, stack)?;
        let gone = keep::past(&site)?;
        (site, gone, "would be removed")
    } else {
        let (site, _lock) = enter(compose, by, &operator(by, env)).await?;
        let gone = keep::prune(&site).await?;
        (site, gone, "removed")
    };
    Ok(match gone.as_slice() {
        [] => format!("No artifact is older than {} days.", site.settings.keep_for.num_days()),
        gone => format!("{}\n{} {verb}.", artifacts::rows(gone), gone.len()),
    })
}

/// Takes the lock, reads what there is, and settles what a killed deploy has left.
async fn enter(compose: Compose, by: &By, operator: &str) -> Result<(Site, Lock), Failure> {
    outlive_hangups()?;
    let (text, _) = site::read(&compose)?;
    let mut stack = compose.stack().await?;
    let (lock, has_waited) = lock(&compose, &stack, by, operator).await?;
    lock.share_with_children()?;
    // Whoever had it may have changed the stack meanwhile.
    if has_waited || site::read(&compose)?.0 != text {
        stack = compose.stack().await?;
    }
    let mut site = Site::of(compose, stack)?;
    rollout::settle(&mut site, operator).await.map_err(Failure::Unsettled)?;
    (site.text, site.settings) = site::read(&site.compose)?;
    Ok((site, lock))
}

/// The lock, and whether somebody else had it first.
async fn lock(
    compose: &Compose,
    stack: &Stack,
    by: &By,
    operator: &str,
) -> Result<(Lock, bool), Failure> {
    let path = deployment_lock(&stack.folders.state);
    let (wait, operator) = (Duration::from_secs(by.wait), operator.to_owned());
    let taking = spawn_blocking(move || match lock::acquire_as(&path, Duration::ZERO, &operator) {
        Err(LockError::Held { .. }) => Ok((lock::acquire_as(&path, wait, &operator)?, true)),
        taken => Ok::<_, LockError>((taken?, false)),
    });
    tokio::select! {
        taken = taking => Ok(taken.map_err(std::io::Error::other)??),
        () = compose.docker.stopped() => Err(Failure::Stopped),
    }
}

/// There is nothing to do but to see that what runs is healthy.
async fn stand(site: &Site, release: &Release) -> Result<String, Failure> {
    let standing = rollout::stands(site);
    site.progress.during("See that the stack is healthy", standing).await?;
    Ok(format!("{} runs already, and the stack is healthy: nothing to do.", release.tag))
}

/// How far what runs is from the release.
async fn distance(site: &Site, to: &Release, instances: &[Instance]) -> Result<Distance, Fault> {
    let docker = &site.compose.docker;
    let staying = || instances.iter().filter(|one| one.stays);
    let bots: Vec<&Instance> =
        staying().filter(|one| one.service == BOT && one.is_running()).collect();
    let tag = Some(to.tag.as_str());
    let wanted = docker.image(&to.image).await?.map(|image| image.id);
    if bots.is_empty() {
        // A stack that was stopped starts anew with what it had.
        let artifacts = site.books.artifacts()?;
        let deployed = artifacts.deployed().filter(|it| Some(it.artifact_id.as_str()) == tag);
        let id = deployed.and_then(|it| it.docker_image_id.as_ref().map(ToString::to_string));
        return Ok(if id.is_some() && id == wanted { Distance::Rest } else { Distance::Release });
    }
    if bots.iter().any(|bot| bot.artifact_id.as_deref() != tag) {
        return Ok(Distance::Release);
    }
    if bots.iter().any(|bot| Some(&bot.image_id) != wanted.as_ref()) {
        return Ok(Distance::Image);
    }
    let outdated = site.outdated(&site.compose.of(to)).await?;
    if site.settings.release != *to || outdated.iter().any(|one| one.stays) {
        return Ok(Distance::Configuration);
    }
    let runs = |service: &str| staying().any(|one| one.service == service && one.is_running());
    let all_run = site.stack.staying().into_iter().all(runs)
        && bots.iter().all(|bot| bot.health != Health::Unhealthy);
    Ok(if all_run { Distance::None } else { Distance::Rest })
}

async fn carry_out(
    site: &mut Site,
    order: &Order,
    instances: Vec<Instance>,
) -> Result<String, Failure> {
    let deployment = rollout::begin(site, order, instances).await?;
    let event_id = deployment.event_id();
    let ended = rollout::carry_out(site, deployment, order).await;
    let outcome = ended.map_err(Failure::Unsettled)?;
    let history = site.books.history();
    let events = history.events().iter().map(DeploymentEvent::fields);
    let event = events.rev().find(|event| event.event_id == event_id);
    let (fault, runs, rollback) = match &outcome {
        Outcome::Deployed => {
            let took = site.progress.elapsed().as_secs();
            let backup = event.and_then(|event| event.backup_id.as_ref());
            let backup = backup.map(|id| format!(" The backup before it: {id}."));
            return Ok(format!(
                "{} runs, after {took} s.{}",
                order.to.tag,
                backup.unwrap_or_default()
            ));
        }
        Outcome::Failed { fault, back } => (fault, back.as_deref(), None),
        Outcome::Lost { fault, rollback } => (fault, None, Some(rollback.as_str())),
    };
    if let Some(event) = event {
        site.progress.complain(&NotDeployed { event, fault, runs, rollback }.lines());
    }
    Err(Failure::Told)
}

fn operator(by: &By, env: &impl Env) -> String {
    let given = |name: &str| env.get(name).ok().flatten().filter(|name| !name.is_empty());
    let mut named = [&DEPLOYMENT_OPERATOR, &SUDO_USER, &USER].into_iter();
    let found = by.operator.clone().or_else(|| named.find_map(|one| given(one.name)));
    let found = found.unwrap_or_else(|| "unknown".to_owned());
    domain::notification::plain(&found, 100)
}
