//! The gate: a new instance, and the stack around it, seen through the eyes of the engine and the sidecar.

use std::time::Duration;

use domain::gate::{
    Health, InstanceFault, InstanceGate, InstanceSight, InstanceVerdict, State, Streak,
};
use platform::http::{self, Limits, Url};
use serde::Deserialize;
use tokio::time::Instant;

use crate::docker::{Instance, SIDECAR};
use crate::fault::Fault;
use crate::site::Site;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);
/// What a container may take beside what its health check allows.
const MARGIN: Duration = Duration::from_secs(10);
/// How long the stack may take to be healthy around an instance that is: the sidecar may be new as well.
const STACK: Duration = Duration::from_mins(2);

const ASK: Limits = Limits { deadline: Duration::from_secs(3), body_bytes: 256 * 1024 };

/// Waits until the container passes its own health check, for as long as that check allows. Returns it as it
/// was at first: whatever has restarted since then is not good.
pub(super) async fn until_healthy(
    site: &Site,
    id: &str,
    image_id: &str,
) -> Result<Instance, Fault> {
    let first = site.compose.docker.instance(id).await?.ok_or(Fault::Gate(InstanceFault::Gone))?;
    if first.image_id != image_id {
        return Err(Fault::WrongImage);
    }
    if first.check.is_none() {
        let service = first.service.as_str();
        tracing::warn!(service, "the service has no health check: to run is taken for healthy");
    }
    let gate = InstanceGate::of(first.check.as_ref(), Duration::ZERO, MARGIN);
    let began = Instant::now();
    let mut streak = Streak::default();
    loop {
        let seen = site.compose.docker.instance(id).await?;
        let (waited, allowed) = (began.elapsed(), gate.deadline.as_secs());
        site.progress.note(format!("{allowed} s allowed"));
        streak.see(waited, seen.as_ref().is_some_and(is_good));
        match gate.judge(&sight(seen.as_ref(), &first, waited, streak)) {
            InstanceVerdict::Pass => return Ok(first),
            InstanceVerdict::Fail(fault) => return Err(Fault::Gate(fault)),
            InstanceVerdict::Wait => rest(site, LOOK).await?,
        }
    }
}

/// Sees that what runs already is healthy, or becomes so.
pub(crate) async fn stands(site: &Site) -> Result<(), Fault> {
    let bots = site.bots().await?;
    let bot = bots.iter().find(|bot| bot.is_running()).ok_or(Fault::NoInstance)?;
    let bot = until_healthy(site, &bot.id, &bot.image_id).await?;
    until_good_for(site, &bot, Duration::ZERO).await
}

/// Waits until the instance and the whole stack have been healthy for as long as the settings ask for.
pub(super) async fn until_stable(site: &Site, newcomer: &Instance) -> Result<(), Fault> {
    until_good_for(site, newcomer, site.settings.stable_for).await
}

async fn until_good_for(
    site: &Site,
    newcomer: &Instance,
    stable_for: Duration,
) -> Result<(), Fault> {
    let gate = InstanceGate { deadline: STACK, stable_for };
    let mut before = None;
    let began = Instant::now();
    let (mut stack_streak, mut own_streak) = (Streak::default(), Streak::default());
    let mut complaint = None;
    loop {
        let now = site.instances().await?;
        companions(before.get_or_insert_with(|| now.clone()), &now, &newcomer.id)?;
        let seen = now.iter().find(|one| one.id == newcomer.id);
        let is_good = seen.is_some_and(is_good);
        let told = stack(site).await;
        let waited = began.elapsed();
        own_streak.see(waited, is_good);
        stack_streak.see(waited, is_good && told.is_ok());
        let seconds = stack_streak.good_for(waited).unwrap_or_default().as_secs();
        site.progress.note(format!("good for {seconds} s of {} s", stable_for.as_secs()));
        complaint = if is_good { told.err().or(complaint) } else { None };
        let sight = InstanceSight {
            good_for: stack_streak.good_for(waited),
            ..sight(seen, newcomer, waited, own_streak)
        };
        match gate.judge(&sight) {
            InstanceVerdict::Pass => return Ok(()),
            InstanceVerdict::Fail(fault @ InstanceFault::Deadline { .. }) => {
                return Err(complaint.map_or(Fault::Gate(fault), Fault::Stack));
            }
            InstanceVerdict::Fail(fault) => return Err(Fault::Gate(fault)),
            InstanceVerdict::Wait => {}
        }
        // The moment in which it has been good for long enough is not slept through.
        let missing =
            stack_streak.good_for(waited).map(|good_for| stable_for.saturating_sub(good_for));
        rest(site, missing.unwrap_or(LOOK).min(LOOK)).await?;
    }
}

/// The first container that keeps a stack from coming up.
pub(super) async fn culprit(site: &Site) -> Result<Option<Fault>, Fault> {
    let instances = site.instances().await?;
    let fault = |one: &Instance| match (one.state, one.health) {
        (State::Exited { code }, _) if code != 0 || one.stays => {
            Some(InstanceFault::Exited { code })
        }
        (State::Restarting, _) => Some(InstanceFault::Restarted),
        (_, Health::Unhealthy) => Some(InstanceFault::Unhealthy),
        _ => None,
    };
    let named = |one: &Instance| Some(Fault::of_companion(&one.service, fault(one)?));
    Ok(instances.iter().find_map(named))
}

/// No container of another service is to get worse. One of the former release may rest.
fn companions(before: &[Instance], now: &[Instance], newcomer: &str) -> Result<(), Fault> {
    for one in now.iter().filter(|one| one.stays && one.id != newcomer && !super::is_bot(one)) {
        let first = before.iter().find(|first| first.id == one.id);
        let restarts = first.map_or(0, |first| first.restarts);
        let was_unhealthy = first.is_some_and(|first| first.health == Health::Unhealthy);
        let fault = match (one.state, one.health) {
            (State::Exited { code }, _) => InstanceFault::Exited { code },
            (State::Paused, _) => InstanceFault::Paused,
            // The sidecar's check is of the stack, which is asked for itself.
            (State::Running, Health::Unhealthy) if one.service != SIDECAR && !was_unhealthy => {
                InstanceFault::Unhealthy
            }
            _ if one.restarts > restarts => InstanceFault::Restarted,
            _ => continue,
        };
        return Err(Fault::of_companion(&one.service, fault));
    }
    Ok(())
}

/// What is seen of a container, of which `first` was seen at first.
fn sight(
    seen: Option<&Instance>,
    first: &Instance,
    waited: Duration,
    streak: Streak,
) -> InstanceSight {
    InstanceSight {
        waited,
        state: seen.map_or(State::Gone, |one| one.state),
        health: seen.map_or(Health::NotChecked, |one| one.health),
        restarts: seen.map_or(0, |one| one.restarts.saturating_sub(first.restarts)),
        good_for: streak.good_for(waited),
        breaks: streak.breaks(),
    }
}

fn is_good(one: &Instance) -> bool {
    one.is_running() && matches!(one.health, Health::Healthy | Health::NotChecked)
}

async fn rest(site: &Site, time: Duration) -> Result<(), Fault> {
    site.compose.docker.pause(time).await;
    if site.compose.docker.is_stopping() { Err(Fault::Stopped) } else { Ok(()) }
}

#[derive(Deserialize)]
struct Told {
    overall_status: String,
    error_message: Option<String>,
}

/// What the sidecar says of the stack: nothing where it is healthy, else why it is not.
async fn stack(site: &Site) -> Result<(), String> {
    let Some(url) = site.stack.health_url() else { return Ok(()) };
    let url: Url = url.parse().map_err(|_| "the sidecar's port is none".to_owned())?;
    let answer = http::get(&url, ASK).await.map_err(|code| format!("sidecar: {code}"))?;
    let told: Told = serde_json::from_slice(answer.body())
        .map_err(|_| "sidecar: it answers what can't be understood".to_owned())?;
    match told.overall_status.as_str() {
        "healthy" => Ok(()),
        status => Err(told.error_message.unwrap_or_else(|| status.to_owned())),
    }
}
