//! Service Instances as the engine tells of them, kept in memory for everybody who asks.
//!
//! [`watch`] lists the containers of the sidecar's own Compose project, inspects each and reads its
//! counters at the pace of `METRICS_INTERVAL_SECONDS`, and at once when the engine tells of an event. It
//! only reads, and whoever asks for the [report](Instances::report) waits for nothing.

mod disk;
mod facts;
mod feed;
mod member;
mod pause;
mod report;
mod roster;
mod watcher;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use report::{DiskState, EngineState, Instance, Services};
pub use watcher::watch;

/// The newest report on all instances.
#[derive(Debug, Default)]
pub struct Instances(Mutex<Newest>);

#[derive(Debug, Default)]
struct Newest {
    services: Arc<Services>,
    generation: u64,
    /// From when on it is no longer to be believed.
    stale_from: Option<Instant>,
}

impl Instances {
    /// What is known of the instances now.
    #[must_use]
    pub fn report(&self) -> Arc<Services> {
        self.report_at(Instant::now())
    }

    /// A number that changes with every change of the [report](Self::report).
    #[must_use]
    pub fn generation(&self) -> u64 {
        let _ = self.report();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).generation
    }

    fn report_at(&self, now: Instant) -> Arc<Services> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.stale_from.is_some_and(|from| from <= now) {
            newest.services = Arc::new(newest.services.grown_stale());
            newest.generation += 1;
            newest.stale_from = None;
        }
        Arc::clone(&newest.services)
    }

    /// Takes a new report, to be believed for `fresh_for`.
    fn publish(&self, services: Services, fresh_for: Duration) {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        newest.services = Arc::new(services);
        newest.generation += 1;
        newest.stale_from = Instant::now().checked_add(fresh_for);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_nobody_renews_grows_stale() {
        let instances = Instances::default();
        assert!(!instances.report().engine.configured);
        instances.publish(Services::default(), Duration::from_mins(1));
        let (now, generation) = (Instant::now(), instances.generation());
        assert!(!instances.report_at(now).stale);
        assert_eq!(instances.generation(), generation);
        assert!(instances.report_at(now + Duration::from_secs(61)).stale);
        assert!(instances.generation() > generation);
        instances.publish(Services::default(), Duration::from_mins(1));
        assert!(!instances.report().stale);
    }
}
