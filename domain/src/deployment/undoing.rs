//! A deployment that failed, and the automatic rollback that undoes it: two events, one story.

use super::{DeploymentEvent, EventStatus, EventType, Fields, Opener, Trigger};

impl Fields {
    /// Whether it undoes a deployment that failed, without anybody having asked for it.
    #[must_use]
    pub fn is_automatic_rollback(&self) -> bool {
        self.event_type == EventType::Rollback && self.triggered_by == Trigger::Automated
    }

    /// Whether `deploy` undoes it by itself should it fail, or has. A rollback is never rolled back.
    #[must_use]
    pub fn may_be_undone(&self) -> bool {
        self.opened_by == Opener::Deploy && self.event_type != EventType::Rollback
    }

    /// The one of `events` that this automatic rollback undoes.
    #[must_use]
    pub fn undoes<'a>(&self, events: &[&'a Self]) -> Option<&'a Self> {
        let has_ended_badly =
            |event: &Self| matches!(event.status, EventStatus::Failed | EventStatus::RolledBack);
        let candidates = events.iter().copied().filter(|event| {
            event.may_be_undone()
                && has_ended_badly(event)
                && event.started_at <= self.started_at
                && self.previous_artifact_id.as_ref() == Some(&event.artifact_id)
        });
        if self.is_automatic_rollback() {
            candidates.max_by_key(|event| event.started_at)
        } else {
            None
        }
    }

    /// The one of `events` that undoes this one, whether it has ended or not.
    #[must_use]
    pub fn undone_by<'a>(&self, events: &[&'a Self]) -> Option<&'a Self> {
        let is_this = |event: &Self| event.event_id == self.event_id;
        let undoing = events.iter().copied().filter(|one| one.undoes(events).is_some_and(is_this));
        undoing.max_by_key(|rollback| rollback.started_at)
    }
}

/// The one of `events`, which come newest first, that tells how the last operation went: an automatic
/// rollback that succeeded leaves that to the deployment that it has undone.
#[must_use]
pub fn telling(events: &[DeploymentEvent]) -> Option<&Fields> {
    let undid =
        |event: &Fields| event.is_automatic_rollback() && event.status == EventStatus::Success;
    events.iter().map(DeploymentEvent::fields).find(|event| !undid(event))
}
