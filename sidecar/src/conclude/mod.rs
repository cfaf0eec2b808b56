//! Concludes the deployment events that preflight opened, closes those of a `deploy` that died, and
//! keeps `artifacts.json` true.
//!
//! The two are written one after the other, so a crash can come between them. That is why
//! `artifacts.json` is never written as a consequence of a conclusion: on every change of the journal,
//! and on every start, it is made to agree with the newest success, if the engine confirms that this
//! artifact is running. While `deploy` works, its events and `artifacts.json` are left alone.

mod artifact;
mod engine;
mod interrupted;
mod records;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use domain::deployment::{DeploymentEvent, EventStatus, Fields, InProgress};
use domain::gate::{Gate, Running, Sight, Verdict};
use platform::journal::JournalError;
use platform::records::deployment_lock;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::board::Board;
use crate::complaint::Complaint;
use crate::config::Conclusion;
use crate::ledger::Journal;
use artifact::Arrived;
use engine::Engine;
use interrupted::Interrupted;
use records::{Records, Seen};

/// How often the journal is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// After an engine, or a disk, that gave no answer.
const SOON: Duration = Duration::from_secs(5);
/// While another artifact runs than the newest success says; and for an image that was built anew under
/// the same name.
const LATER: Duration = Duration::from_mins(1);

/// Watches the journal, and the stack on its behalf.
pub struct Concluder {
    board: Arc<Board>,
    gate: Gate,
    records: Records,
    engine: Option<Engine>,
    interrupted: Interrupted,
    watching_since: Instant,
    seen: Seen,
    /// The open events: how old each was when it was first seen, and when that was.
    ages: HashMap<Uuid, (Duration, Instant)>,
    /// When `artifacts.json` is to be compared again; `None` while no artifact is known to run.
    compare_at: Option<Instant>,
    complaint: Complaint,
}

impl Concluder {
    /// A concluder for the service of that name.
    #[must_use]
    pub(crate) fn new(
        config: Conclusion,
        service_name: String,
        board: &Arc<Board>,
        journal: Journal,
    ) -> Self {
        Self {
            gate: config.gate,
            records: Records::new(&config, journal),
            interrupted: Interrupted::new(deployment_lock(&config.state_dir)),
            engine: config.engine.map(|url| Engine::new(url, config.own_container, service_name)),
            watching_since: Instant::now(),
            board: Arc::clone(board),
            seen: Seen::default(),
            ages: HashMap::new(),
            compare_at: None,
            complaint: Complaint::default(),
        }
    }

    /// Works until `stop` is ready. It may stop anywhere: the next start goes on from the records.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = self.look() => {}
            }
            tokio::select! {
                () = &mut stop => return,
                () = sleep(LOOK_INTERVAL) => {}
            }
        }
    }

    async fn look(&mut self) {
        self.see();
        let mut concluded = self.close_interrupted().await;
        for event in self.seen.open.clone() {
            concluded |= self.conclude(&event).await;
        }
        if concluded {
            self.records.journal.look().await;
            self.see();
        }
        if self.seen.nothing_is_open() && self.compare_at.is_some_and(|at| at <= Instant::now()) {
            self.compare_at = self.agree().await.map(|pause| Instant::now() + pause);
        }
    }

    /// Takes what the journal says, if it says something else than before.
    fn see(&mut self) {
        let told = self.records.journal.told();
        let Some(told) = told.filter(|told| self.seen.revision != Some(told.revision)) else {
            return;
        };
        self.seen = told.outcome.as_ref().map_or_else(|_| Seen::default(), Seen::of);
        self.seen.revision = Some(told.revision);
        match &told.outcome {
            Ok(_) | Err(JournalError::Missing { .. }) => {
                self.complaint.settle("journal");
                self.compare_at = self.seen.arrived.is_some().then(Instant::now);
                self.note_ages();
            }
            Err(error) => self.complaint.make("journal", error, "the journal can't be used"),
        }
    }

    /// Judges an open event; true when it is open no longer.
    async fn conclude(&mut self, event: &InProgress) -> bool {
        let verdict = match self.judge(event, Running::NobodyToAsk) {
            Verdict::Pass if self.engine.is_some() => {
                let running = self.running_artifact().await;
                let running = running.as_deref().map_or(Running::NotTold, Running::Artifact);
                self.judge(event, running)
            }
            verdict => verdict,
        };
        if verdict == Verdict::Wait {
            return false;
        }
        let now = self.board.now();
        let outcome = self.records.conclude(event.fields().event_id, verdict, now).await;
        self.is_concluded(outcome)
    }

    /// Closes what a `deploy` left that died; true when there was such.
    async fn close_interrupted(&mut self) -> bool {
        let dead = match self.interrupted.look(&self.seen.of_deploy).await {
            Ok(dead) => dead,
            Err(error) => {
                let message = "whether deploy is at work can't be seen";
                self.complaint.make("deploy.lock", &error, message);
                return false;
            }
        };
        self.complaint.settle("deploy.lock");
        if dead.is_empty() {
            return false;
        }
        let outcome = self.records.close_interrupted(dead, self.board.now()).await;
        self.is_concluded(outcome)
    }

    fn is_concluded(&mut self, outcome: Result<Vec<DeploymentEvent>, JournalError>) -> bool {
        match outcome {
            Ok(concluded) => {
                self.complaint.settle("journal");
                concluded.iter().for_each(log_conclusion);
                true
            }
            Err(error) => {
                self.complaint.make("journal", &error, "a deployment event can't be concluded");
                false
            }
        }
    }

    /// The time of day tells how old an event was when it was first seen; from then on the clock that
    /// never jumps does.
    fn note_ages(&mut self) {
        let (now, instant) = (self.board.now(), Instant::now());
        let known = std::mem::take(&mut self.ages);
        self.ages = self
            .seen
            .open
            .iter()
            .map(|event| {
                let Fields { event_id, started_at, .. } = event.fields();
                let age = (now - *started_at).to_std().unwrap_or_default();
                (*event_id, known.get(event_id).copied().unwrap_or((age, instant)))
            })
            .collect();
    }

    fn judge(&self, event: &InProgress, running: Running<'_>) -> Verdict {
        let age = self.ages.get(&event.fields().event_id);
        let sight = Sight {
            open_for: age.map_or(Duration::ZERO, |(age, seen)| *age + seen.elapsed()),
            watched_for: self.watching_since.elapsed(),
            health: &self.board.report(),
            healthy_for: self.board.healthy_for(),
            running,
        };
        self.gate.judge(event.fields(), sight)
    }

    /// The artifact that the running service says it is; `None` when the engine doesn't tell.
    async fn running_artifact(&mut self) -> Option<String> {
        match self.engine.as_mut()?.running().await {
            Ok(service) => {
                self.complaint.settle("engine");
                Some(service.artifact_id)
            }
            Err(code) => {
                self.complaint.make("engine", &code, "the running artifact is not known");
                None
            }
        }
    }

    /// Makes `artifacts.json` agree with the newest success, and tells when to look again; `None` where
    /// there is nothing to look at.
    async fn agree(&mut self) -> Option<Duration> {
        let arrived = self.seen.arrived.clone()?;
        let Some(engine) = &mut self.engine else {
            let artifact_id = arrived.tag.as_str();
            tracing::warn!(artifact_id, "ENGINE_URL is not set: the artifact is not recorded");
            return None;
        };
        let artifact = match engine.artifact(&arrived).await {
            Ok(artifact) => artifact,
            Err(code) => {
                self.complaint.make("engine", &code, "the artifact's digest can't be read");
                return Some(SOON);
            }
        };
        self.complaint.settle("engine");
        let Some(artifact) = artifact else {
            tracing::debug!("another artifact runs than the newest success says");
            return Some(LATER);
        };
        match self.records.deploy(artifact).await {
            Ok(changed) => {
                self.complaint.settle("artifacts");
                if changed {
                    log_artifact(&arrived);
                }
                Some(LATER)
            }
            Err(error) => {
                self.complaint.make("artifacts", &error, "the artifact can't be recorded");
                Some(SOON)
            }
        }
    }
}

fn log_conclusion(event: &DeploymentEvent) {
    let event = event.fields();
    let event_id = event.event_id.to_string();
    let artifact_id = event.artifact_id.as_str();
    let (duration_seconds, backup_created) = (event.duration_seconds, event.backup_created);
    if event.status == EventStatus::Success {
        let status = "success";
        tracing::info!(
            event_id,
            artifact_id,
            status,
            duration_seconds,
            backup_created,
            "deployment event concluded"
        );
    } else {
        let (status, error_message) = ("failed", event.error_message.as_deref());
        tracing::warn!(
            event_id,
            artifact_id,
            status,
            duration_seconds,
            backup_created,
            error_message,
            "deployment event concluded"
        );
    }
}

fn log_artifact(arrived: &Arrived) {
    tracing::info!(artifact_id = arrived.tag.as_str(), "artifact recorded as deployed");
}
