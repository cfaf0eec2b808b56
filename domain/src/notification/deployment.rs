//! Outcomes of deployments: each is told once, across restarts of whoever tells.
//!
//! A deployment that failed and its automatic rollback are two events, and are told as one: of a failure
//! that may be undone yet nobody is told before it is known how that ends, or for as long as
//! [`MOST_PATIENCE`]. It is remembered only when it is told, so that a restart in between loses nothing.

mod facts;
mod memory;

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use super::status::Moment;
use crate::deployment::{DeploymentEvent, EventStatus, Fields};

pub use facts::{Concluded, Rollback};
pub use memory::{MAX_REMEMBERED, NEWS_FOR, Outcomes};

/// A failure waits so long for its rollback to be opened, where nobody is known to be about to do that:
/// the journal is looked at only now and then.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// A failure whose rollback takes longer is told as it is, and its rollback later.
pub const MOST_PATIENCE: Duration = Duration::from_mins(5);

/// Watches the Deployment Events.
#[derive(Debug, Clone, Default)]
pub struct DeploymentRule {
    memory: Outcomes,
    /// The failures that are not told yet, and since when.
    held: HashMap<Uuid, Duration>,
}

impl DeploymentRule {
    /// A rule that knows what was told before.
    #[must_use]
    pub fn new(memory: Outcomes) -> Self {
        Self { memory, held: HashMap::new() }
    }

    /// What is to be remembered.
    #[must_use]
    pub const fn memory(&self) -> &Outcomes {
        &self.memory
    }

    /// Whether something is to be told that waits for how it ends: then [`observe`](Self::observe) is to
    /// be asked again within a second, whether anything has changed or not.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    /// The outcomes among `events` that are to be told now, oldest first. `deploying` says whether
    /// `deploy` is at work, where that is known.
    #[must_use]
    pub fn observe(
        &mut self,
        events: &[DeploymentEvent],
        deploying: Option<bool>,
        now: Moment,
    ) -> Vec<Concluded> {
        let events: Vec<_> = events.iter().map(DeploymentEvent::fields).collect();
        let before = std::mem::take(&mut self.held);
        let (mut told, mut known) = (Vec::new(), Vec::new());
        for event in self.memory.news(&events, now.at) {
            if let Some(undone) = event.undoes(&events) {
                match event.status {
                    // The deployment that it has undone tells it.
                    EventStatus::Success => known.push(event),
                    _ if self.memory.knows(undone) => {
                        known.push(event);
                        told.push(Concluded::of(event, None));
                    }
                    _ => {}
                }
                continue;
            }
            let rollback = event.undone_by(&events);
            let since = before.get(&event.event_id).copied().unwrap_or(now.elapsed);
            let patience = patience(event, rollback, &events, deploying);
            if now.elapsed.saturating_sub(since) < patience {
                self.held.insert(event.event_id, since);
                continue;
            }
            let rollback = rollback.filter(|rollback| rollback.status != EventStatus::InProgress);
            known.push(event);
            known.extend(rollback);
            told.push(Concluded::of(event, rollback));
        }
        self.memory.remember(known);
        told
    }
}

/// How long an outcome may wait for how it ends.
fn patience(
    event: &Fields,
    rollback: Option<&Fields>,
    events: &[&Fields],
    deploying: Option<bool>,
) -> Duration {
    if event.status != EventStatus::Failed || !event.may_be_undone() {
        return Duration::ZERO;
    }
    match rollback.map(|rollback| rollback.status) {
        Some(EventStatus::Failed) => Duration::ZERO,
        Some(EventStatus::InProgress) => MOST_PATIENCE,
        // That it is undone comes with the same line, or with the next.
        Some(EventStatus::Success | EventStatus::RolledBack) => PATIENCE,
        None => {
            let is_newest = events.iter().all(|other| other.started_at <= event.started_at);
            if is_newest && deploying == Some(true) { MOST_PATIENCE } else { PATIENCE }
        }
    }
}

#[cfg(test)]
mod tests;
