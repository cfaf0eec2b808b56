//! What a deploy that was killed has left: its event is closed, and the stack becomes what the records say.

use domain::deployment::{
    DeploymentEvent, EventState, EventStatus, EventType, Fields, Opener, Trigger,
};

use super::{Order, Outcome, back, commit};
use crate::fault::Fault;
use crate::intent::{Intent, Side};
use crate::site::Site;

/// Sets right what a killed deploy has left. Only under the lock is it known that it was killed.
pub(crate) async fn settle(site: &mut Site, operator: &str) -> Result<(), Fault> {
    close_open_events(site)?;
    let Some(intent) = Intent::left_in(&site.stack.folders.state)? else { return Ok(()) };
    let event_id = intent.event_id.to_string();
    tracing::warn!(event_id, "what an earlier deploy left is settled first");
    let history = site.books.history();
    let events = history.events();
    let place = events.iter().position(|event| event.fields().event_id == intent.event_id);
    let state_dir = site.stack.folders.state.clone();
    // Whatever succeeded later has taken the place of both.
    let later = &events[place.map_or(events.len(), |place| place + 1)..];
    if later
        .iter()
        .any(|event| event.fields().status == EventStatus::Success && !is_of(event, &intent))
    {
        return Ok(Intent::forget(&state_dir)?);
    }
    let event = place.map(|place| events[place].clone());
    let status = event.as_ref().map(|event| event.fields().status);
    let settled = match (event.map(DeploymentEvent::state), &intent.from) {
        (Some(EventState::Failed(failed)), _)
            if failed.fields().event_type == EventType::Rollback =>
        {
            again(site, &intent, failed.fields(), operator).await
        }
        (Some(EventState::Failed(failed)), Some(from)) => {
            back::return_to(site, &intent, from, failed, operator).await?
        }
        (Some(EventState::Terminal(_)), _) if status == Some(EventStatus::Success) => {
            go_on(site, &intent).await?;
            commit::finish(site, &intent).await;
            return Ok(());
        }
        (Some(EventState::Terminal(_)), Some(from)) => {
            commit::settle_down(site).await?;
            return back::is_back(site, &intent, from);
        }
        _ => Ok(commit::settle_down(site).await?),
    };
    if let Err(why) = settled {
        // Once is enough: what a person wants now goes on from what is there.
        tracing::error!(why, "what an earlier deploy left can't be undone: it is left as it is");
    }
    Ok(Intent::forget(&state_dir)?)
}

/// Whether it is the rollback that the intent's own failure has led to.
fn is_of(event: &DeploymentEvent, intent: &Intent) -> bool {
    let event = event.fields();
    let from = intent.from.as_ref().map(|from| from.release.tag.as_str());
    event.triggered_by == Trigger::Automated
        && event.event_type == EventType::Rollback
        && Some(event.artifact_id.as_str()) == from
}

fn close_open_events(site: &mut Site) -> Result<(), Fault> {
    let (at, history) = (site.books.now(), site.books.history());
    let open = history.in_progress().filter(|open| open.fields().opened_by == Opener::Deploy);
    let closed: Vec<_> = open.map(|open| open.interrupted(at).into()).collect();
    Ok(site.books.write(closed)?)
}

/// A rollback that was interrupted is carried out: nothing is ever brought back by it that somebody wanted
/// to be rid of.
async fn again(
    site: &mut Site,
    intent: &Intent,
    event: &Fields,
    operator: &str,
) -> Result<(), String> {
    let told = |fault: Fault| fault.to_string();
    back::leave_the_former(site, intent).await.map_err(told)?;
    let order = Order {
        to: intent.to.release.clone(),
        image_id: Some(intent.to.image_id.clone()),
        event_type: EventType::Rollback,
        triggered_by: event.triggered_by,
        operator: operator.to_owned(),
        migration: None,
    };
    let instances = site.instances().await.map_err(|error| error.to_string())?;
    let deployment = super::begin(site, &order, instances).await.map_err(told)?;
    match Box::pin(super::carry_out(site, deployment, &order)).await.map_err(told)? {
        Outcome::Deployed => Ok(()),
        Outcome::Failed { fault, .. } | Outcome::Lost { fault, .. } => Err(fault.to_string()),
    }
}

/// The deployment had succeeded; what came after that line in the journal is done now.
async fn go_on(site: &Site, intent: &Intent) -> Result<(), Fault> {
    site.name_release(&intent.to.release)?;
    let Side { release, image_id } = &intent.to;
    let image = site.compose.docker.image(image_id).await?;
    let artifact = image.and_then(|image| image.artifact(&release.tag, &release.image));
    let Some(artifact) = artifact else { return Ok(()) };
    let at = site.books.now();
    Ok(site.books.change_artifacts(|artifacts| {
        let deployed = artifacts.deployed();
        let is_noted = deployed.is_some_and(|it| {
            it.artifact_id == artifact.artifact_id && it.docker_image_id == artifact.docker_image_id
        });
        if !is_noted {
            artifacts.deploy(artifact, at);
        }
    })?)
}
