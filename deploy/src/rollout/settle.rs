//! What a deploy that was killed has left: its event is closed, and the stack becomes what the records say.

use domain::deployment::{DeploymentEvent, EventState, EventStatus, EventType, Fields, Opener};

use super::{Order, Outcome, back, commit};
use crate::fault::Fault;
use crate::intent::Intent;
use crate::site::Site;

/// Sets right what a killed deploy has left. Only under the lock is it known that it was killed.
pub(crate) async fn settle(site: &mut Site, operator: &str) -> Result<(), Fault> {
    close_open_events(site)?;
    let Some(intent) = Intent::left_in(&site.stack.folders.state)? else { return Ok(()) };
    let event_id = intent.event_id.to_string();
    tracing::warn!(event_id, "what an earlier deploy left is settled first");
    let history = site.books.history();
    let event = history.events().iter().find(|event| event.fields().event_id == intent.event_id);
    let status = event.map(|event| event.fields().status);
    match (event.cloned().map(DeploymentEvent::state), &intent.from) {
        (Some(EventState::Failed(failed)), _)
            if failed.fields().event_type == EventType::Rollback =>
        {
            again(site, &intent, failed.fields(), operator).await
        }
        (Some(EventState::Failed(failed)), Some(from)) => {
            let returned = back::return_to(site, &intent, from, failed, operator).await?;
            returned.map_err(Fault::Unsettled)
        }
        (Some(EventState::Terminal(_)), _) if status == Some(EventStatus::Success) => {
            go_on(site, &intent)?;
            commit::finish(site, &intent).await;
            Ok(())
        }
        // Rolled back already, or nothing to go back to.
        _ => {
            commit::settle_down(site).await?;
            Ok(Intent::forget(&site.stack.folders.state)?)
        }
    }
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
) -> Result<(), Fault> {
    back::leave_the_former(site, intent).await?;
    Intent::forget(&site.stack.folders.state)?;
    let order = Order {
        to: intent.to.release.clone(),
        image_id: Some(intent.to.image_id.clone()),
        event_type: EventType::Rollback,
        triggered_by: event.triggered_by,
        operator: operator.to_owned(),
        migration: None,
    };
    match Box::pin(super::roll_out(site, &order)).await?.1 {
        Outcome::Deployed => Ok(()),
        Outcome::Failed { fault, .. } | Outcome::Lost { fault, .. } => {
            Err(Fault::Unsettled(fault.to_string()))
        }
    }
}

/// The deployment had succeeded; what came after that line in the journal is done now.
fn go_on(site: &Site, intent: &Intent) -> Result<(), Fault> {
    site.name_release(&intent.to.release)?;
    let (tag, at) = (intent.to.release.tag.as_str(), site.books.now());
    Ok(site.books.change_artifacts(|artifacts| {
        let is_deployed = artifacts.deployed().is_some_and(|it| it.artifact_id.as_str() == tag);
        if let Some(known) = artifacts.find(tag).filter(|_| !is_deployed).cloned() {
            artifacts.deploy(known, at);
        }
    })?)
}
