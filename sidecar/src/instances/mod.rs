//! Service Instances as the engine tells of them, kept in memory for everybody who asks.

mod report;

use std::sync::{Arc, Mutex, PoisonError};

pub use report::{EngineState, Instance, Services};

/// The newest report on all instances.
#[derive(Debug, Default)]
pub struct Instances(Mutex<Arc<Services>>);

impl Instances {
    /// What is known of the instances now.
    #[must_use]
    pub fn report(&self) -> Arc<Services> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
