//! How many deployments ended how, and after how long.

use chrono::{DateTime, Utc};

use crate::deployment::{EventStatus, EventType, Fields};

/// The upper bounds of the histogram of durations, in seconds.
pub const DURATION_BUCKETS: [u64; 8] = [10, 30, 60, 120, 300, 600, 1_800, 3_600];

/// What all Deployment Events of a journal add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeploymentTotals {
    counts: [[u64; EventStatus::ALL.len()]; EventType::ALL.len()],
    durations: [[Durations; EventStatus::ALL.len()]; EventType::ALL.len()],
    /// When the newest success was concluded.
    pub newest_success_at: Option<DateTime<Utc>>,
    /// When the oldest event was opened that is open.
    pub oldest_open_at: Option<DateTime<Utc>>,
}

/// How long deployments took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations {
    /// How many there were.
    pub count: u64,
    /// How long all of them took together, in seconds.
    pub sum_seconds: u64,
    /// How many took no longer than the bound of the same place in [`DURATION_BUCKETS`].
    pub buckets: [u64; DURATION_BUCKETS.len()],
}

impl DeploymentTotals {
    /// How many events of that type have that status.
    #[must_use]
    pub const fn count(&self, event_type: EventType, status: EventStatus) -> u64 {
        self.counts[event_type as usize][status as usize]
    }

    /// How long the events of that type with that status took; nothing for open ones.
    #[must_use]
    pub const fn durations(&self, event_type: EventType, status: EventStatus) -> &Durations {
        &self.durations[event_type as usize][status as usize]
    }

    pub(super) fn count_in(&mut self, event: &Fields) {
        self.counts[event.event_type as usize][event.status as usize] += 1;
        if let Some(seconds) = event.duration_seconds {
            self.durations[event.event_type as usize][event.status as usize].count_in(seconds);
        }
        if event.status == EventStatus::Success {
            self.newest_success_at = self.newest_success_at.max(event.completed_at);
        }
        if event.status == EventStatus::InProgress {
            let oldest = self.oldest_open_at.unwrap_or(event.started_at);
            self.oldest_open_at = Some(oldest.min(event.started_at));
        }
    }
}

impl Durations {
    fn count_in(&mut self, seconds: u64) {
        self.count += 1;
        self.sum_seconds = self.sum_seconds.saturating_add(seconds);
        for (bucket, bound) in self.buckets.iter_mut().zip(DURATION_BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
    }
}
