//! A release takes the place of another.
//!
//! Nothing that runs is touched before the configuration, the backup, the image and the way back are known
//! to be good ([`prepare`]). Then the new instance stands beside the old one ([`replace`]) until it has been
//! good for long enough ([`watch`]). Only then do `.env.production` and the records name it ([`commit`]).
//! Until that moment the old one serves, and taking the new one away is the whole way back ([`back`]).

mod back;
mod commit;
mod prepare;
mod replace;
mod said;
mod settle;
mod watch;

use domain::artifact::DeploymentArtifact;
use domain::deployment::{DeploymentEvent, EventType, InProgress, Opener, Opening, Trigger};
use uuid::Uuid;

pub(crate) use settle::settle;
pub(crate) use watch::stands;

use crate::books::RecordError;
use crate::docker::{BOT, Instance, POSTGRES, Release};
use crate::fault::Fault;
use crate::intent::{Intent, Side};
use crate::site::Site;

/// What is to be deployed, and for whom.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) to: Release,
    /// The image that it has to be, where that is known beforehand.
    pub(crate) image_id: Option<String>,
    pub(crate) event_type: EventType,
    pub(crate) triggered_by: Trigger,
    pub(crate) operator: String,
    /// A command in the new image that changes the database, before the new release starts.
    pub(crate) migration: Option<Vec<String>>,
}

/// How it ended. The records say the same.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The release runs.
    Deployed,
    /// It does not; `back` is the release that runs again, or still, where there is one.
    Failed { fault: Fault, back: Option<String> },
    /// It does not, and neither is the former one known to run.
    Lost { fault: Fault, rollback: String },
}

/// A rollout that is under way.
pub(crate) struct Deployment {
    event: InProgress,
    to: Release,
    from: Option<Side>,
    image_id: String,
    artifact: Option<DeploymentArtifact>,
    /// The containers of the application that were there before.
    former: Vec<Instance>,
    /// The container of the new release.
    newcomer: Option<String>,
    /// Whether the database runs, and with it the stack.
    stands: bool,
}

/// Opens the event of a deployment, where those `instances` are. Nothing else is touched.
///
/// # Errors
/// The engine can't be asked, or the event can't be written: then there is none.
pub(crate) async fn begin(
    site: &mut Site,
    order: &Order,
    mut instances: Vec<Instance>,
) -> Result<Deployment, Fault> {
    let stands = instances.iter().any(|one| one.service == POSTGRES && one.is_running());
    instances.retain(is_bot);
    let from = site.running(&instances).await?;
    let event = InProgress::open(Opening {
        event_id: Uuid::new_v4(),
        event_type: order.event_type,
        started_at: site.books.now(),
        triggered_by: order.triggered_by,
        operator: order.operator.clone(),
        artifact_id: order.to.tag.to_string(),
        previous_artifact_id: from.as_ref().map(|side| side.release.tag.to_string()),
        configuration_fingerprint: None,
        opened_by: Opener::Deploy,
    });
    site.books.write([event.clone().into()])?;
    Ok(Deployment {
        event,
        to: order.to.clone(),
        from,
        image_id: String::new(),
        artifact: None,
        former: instances,
        newcomer: None,
        stands,
    })
}

/// Deploys what `order` says.
///
/// # Errors
/// The engine can't be asked, or the records can't be written: the event is left open, and what was touched is
/// left for the next command to settle.
pub(crate) async fn carry_out(
    site: &mut Site,
    mut deployment: Deployment,
    order: &Order,
) -> Result<Outcome, Fault> {
    if let Err(fault) = prepare::all(site, &mut deployment, order).await {
        let fault = site.or_stopped(fault);
        let event = deployment.event.fail(site.books.now(), fault.to_string(), None);
        site.books.write([event.into()])?;
        let back = deployment.from.map(|side| side.release.tag.to_string());
        return Ok(Outcome::Failed { fault, back });
    }
    match forward(site, &mut deployment, order).await {
        Ok(()) => {
            commit::finish(site, &deployment.intent()).await;
            Ok(Outcome::Deployed)
        }
        Err(fault) => {
            let fault = site.or_stopped(fault);
            back::give_up(site, deployment, order, fault).await
        }
    }
}

async fn forward(site: &mut Site, deployment: &mut Deployment, order: &Order) -> Result<(), Fault> {
    deployment.intent().note(&site.stack.folders.state)?;
    if order.event_type == EventType::Rollback {
        // What must not come back is not named any more from here on, whatever happens.
        site.name_release(&deployment.to)?;
    }
    replace::by(site, deployment).await?;
    commit::all(site, deployment, order)
}

impl Deployment {
    /// Its Deployment Event.
    pub(crate) const fn event_id(&self) -> Uuid {
        self.event.fields().event_id
    }

    /// Writes what is known of the event now.
    fn amend(
        &mut self,
        site: &mut Site,
        change: impl FnOnce(InProgress) -> InProgress,
    ) -> Result<(), RecordError> {
        self.event = change(self.event.clone());
        site.books.write([DeploymentEvent::from(self.event.clone())])
    }

    fn intent(&self) -> Intent {
        Intent {
            event_id: self.event.fields().event_id,
            from: self.from.clone(),
            to: Side { release: self.to.clone(), image_id: self.image_id.clone() },
            former: self.former.iter().map(|instance| instance.id.clone()).collect(),
        }
    }

    /// The instance that serves until now.
    fn old(&self) -> Option<&Instance> {
        let running = || self.former.iter().filter(|instance| instance.is_running());
        let of_release = |instance: &&Instance| {
            let tag = self.from.as_ref().map(|side| side.release.tag.as_str());
            instance.artifact_id.as_deref() == tag
        };
        running().find(of_release).or_else(|| running().next())
    }
}

/// Whether the container is of the application.
fn is_bot(instance: &Instance) -> bool {
    instance.service == BOT
}
