//! All that there is to show: what the serving half of the sidecar reads, and the watching half writes.

use std::sync::Arc;
use std::time::Duration;

use crate::board::Board;
use crate::instances::Instances;
use crate::ledger::Ledger;
use crate::metrics::Metrics;

/// The boards. A reader takes what they hold at once; nobody waits for anybody.
#[derive(Clone)]
pub struct View {
    /// Health Status, and what it was over the last day.
    pub board: Arc<Board>,
    /// Service Instances.
    pub instances: Arc<Instances>,
    /// Deployment Events, Deployment Artifacts and Backup Records.
    pub ledger: Arc<Ledger>,
    /// What is counted and timed.
    pub metrics: Arc<Metrics>,
    /// How old the newest verified backup may be.
    pub backup_max_age: Duration,
}

#[cfg(test)]
impl View {
    /// Boards that hold nothing yet, but for that one.
    pub(crate) fn of(board: Board) -> Self {
        Self {
            board: Arc::new(board),
            instances: Arc::new(Instances::default()),
            ledger: Arc::new(Ledger::default()),
            metrics: Arc::new(Metrics::default()),
            backup_max_age: Duration::from_hours(26),
        }
    }
}
