//! The new instance takes the place of the old one.

use std::time::Duration;

use tokio::time::Instant;

use super::{Deployment, is_bot, watch};
use crate::docker::{BOT, Compose, Instance, NGINX, Rollout};
use crate::fault::Fault;
use crate::site::Site;

/// How long a door that was made anew may take until it listens.
const SOON: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(500);
/// What bringing a whole stack up may take beside its backup.
const UP: Duration = Duration::from_mins(10);

pub(super) async fn by(site: &Site, deployment: &mut Deployment) -> Result<(), Fault> {
    let progress = &site.progress;
    let stands = deployment.stands;
    let is_beside = stands && site.stack.rollout() == Rollout::StartFirst;
    match (stands, is_beside) {
        (false, _) => whole(site, deployment).await?,
        (true, true) => beside(site, deployment).await?,
        (true, false) => instead(site, deployment).await?,
    }
    let newcomer = deployment.newcomer.clone().ok_or(Fault::NoInstance)?;
    let compose = site.compose.of(&deployment.to);
    let waiting = async {
        let waiting = watch::until_healthy(site, &newcomer, &deployment.image_id);
        let (newcomer, outdated) = tokio::join!(waiting, site.outdated(&compose));
        Ok::<_, Fault>((newcomer?, outdated?))
    };
    let name = "Wait until the new instance is healthy";
    let (newcomer, outdated) = progress.during(name, waiting).await?;
    if stands {
        let turning = turn(site, &compose, is_beside, &newcomer.name, outdated);
        progress.during("Turn to it, and renew what else has changed", turning).await?;
    }
    progress.during("Watch the stack", watch::until_stable(site, &newcomer)).await
}

/// The traffic goes to the instance of that name, and the rest of the stack is of its release.
async fn turn(
    site: &Site,
    compose: &Compose,
    is_beside: bool,
    name: &str,
    outdated: Vec<Instance>,
) -> Result<(), Fault> {
    let directing = async { if is_beside { site.direct(name).await } else { Ok(()) } };
    // Neither is cut short by the other's end.
    let (directed, renewed) = tokio::join!(directing, companions(site, compose, outdated.clone()));
    directed.and(renewed)?;
    door(site, compose, outdated, name).await
}

/// Nothing stands: Compose brings all of it up, in the order of its conditions.
async fn whole(site: &Site, deployment: &mut Deployment) -> Result<(), Fault> {
    let event_id = deployment.event.fields().event_id.to_string();
    let compose = site.compose.of(&deployment.to).for_event(&event_id);
    let deadline = site.stack.backup_deadline() + UP;
    let work = async { compose.up(deadline).await.map_err(Fault::Replace) };
    let up = site.progress.during("Bring the stack up", work).await;
    let bots = site.bots().await?;
    let tag = deployment.to.tag.as_str();
    let newcomer = bots.iter().find(|bot| bot.artifact_id.as_deref() == Some(tag));
    deployment.newcomer = newcomer.map(|bot| bot.id.clone());
    match up {
        Ok(()) => Ok(()),
        Err(fault) => Err(watch::culprit(site).await?.unwrap_or(fault)),
    }
}

/// One more container, while nginx keeps to the one that it knows.
async fn beside(site: &Site, deployment: &mut Deployment) -> Result<(), Fault> {
    let compose = site.compose.of(&deployment.to);
    let keeping = async {
        match deployment.old() {
            Some(old) => site.direct(&old.name).await,
            None => Ok(()),
        }
    };
    let former = deployment.former.len();
    // One that does not run has no address yet: nginx may be told meanwhile, and must be before it starts.
    let making =
        async { compose.create(&[BOT], Some((BOT, former + 1))).await.map_err(Fault::Replace) };
    // Neither is cut short by the other's end.
    let work = async {
        let (kept, made) = tokio::join!(keeping, making);
        kept.and(made)
    };
    site.progress.during("Make the new instance", work).await?;
    start_newcomer(site, deployment).await
}

/// The old container is stopped, then the new one starts. The old one stays for the way back.
async fn instead(site: &Site, deployment: &mut Deployment) -> Result<(), Fault> {
    let compose = site.compose.of(&deployment.to);
    let work = async {
        let former: Vec<&str> = deployment.former.iter().map(|one| one.id.as_str()).collect();
        compose.docker.stop(&former).await?;
        compose.create(&[BOT], Some((BOT, former.len() + 1))).await
    };
    let work = async { work.await.map_err(Fault::Replace) };
    site.progress.during("Replace the instance", work).await?;
    start_newcomer(site, deployment).await
}

async fn start_newcomer(site: &Site, deployment: &mut Deployment) -> Result<(), Fault> {
    let is_former = |bot: &Instance| deployment.former.iter().any(|former| former.id == bot.id);
    let bots = site.bots().await?;
    let newcomer = bots.iter().find(|bot| !is_former(bot)).ok_or(Fault::NoInstance)?.id.clone();
    deployment.newcomer = Some(newcomer.clone());
    site.compose.docker.start(&[&newcomer]).await.map_err(Fault::NotStarted)
}

/// What else differs between the two releases, or has changed in the file: of `outdated` all that runs for
/// good but the application, and the door before it, which is the last.
pub(super) async fn companions(
    site: &Site,
    compose: &Compose,
    outdated: Vec<Instance>,
) -> Result<(), Fault> {
    renew(site, compose, outdated, &site.stack.companions()).await
}

/// The door is made anew where it is among `outdated`, and turned to the instance of that name: it is watched
/// together with it.
async fn door(
    site: &Site,
    compose: &Compose,
    mut outdated: Vec<Instance>,
    name: &str,
) -> Result<(), Fault> {
    outdated.retain(|one| one.service == NGINX);
    if outdated.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = outdated.iter().map(|one| one.id.as_str()).collect();
    compose.docker.retire(&ids).await.map_err(Fault::Replace)?;
    let bots = site.bots().await?.len();
    compose.create(&[NGINX], Some((BOT, bots))).await.map_err(Fault::Replace)?;
    start(site, &site.instances().await?).await?;
    let until = Instant::now() + SOON;
    loop {
        match site.direct(name).await {
            Err(_) if Instant::now() < until => site.compose.docker.pause(LOOK).await,
            answer => return answer,
        }
    }
}

/// Makes the containers of `services` anew that are `outdated`, and those that are missing, and starts
/// whatever is to run for good and does not.
pub(super) async fn renew(
    site: &Site,
    compose: &Compose,
    mut outdated: Vec<Instance>,
    services: &[&str],
) -> Result<(), Fault> {
    outdated.retain(|one| services.contains(&one.service.as_str()));
    let mut instances = site.instances().await?;
    let is_there = |service: &&str| instances.iter().any(|one| one.service == *service);
    if !outdated.is_empty() || !services.iter().all(is_there) {
        let ids: Vec<&str> = outdated.iter().map(|one| one.id.as_str()).collect();
        compose.docker.retire(&ids).await.map_err(Fault::Replace)?;
        compose.create(services, None).await.map_err(Fault::Replace)?;
        instances = site.instances().await?;
    }
    start(site, &instances).await
}

/// Starts what is to run for good, and does not; the application's are somebody else's.
async fn start(site: &Site, instances: &[Instance]) -> Result<(), Fault> {
    let rests = |one: &&Instance| one.stays && !one.is_running() && !is_bot(one);
    let resting: Vec<&str> = instances.iter().filter(rests).map(|one| one.id.as_str()).collect();
    site.compose.docker.start(&resting).await.map_err(Fault::Replace)
}
