//! When a backup has to end: its deadline, or the wish of whoever runs it.

use std::time::{Duration, Instant};

use platform::shutdown::Shutdown;

use crate::failure::Failure;

/// The end of one run.
#[derive(Debug, Clone)]
pub struct Stop {
    shutdown: Shutdown,
    deadline: Instant,
}

impl Stop {
    /// A run that begins now and may take `timeout`.
    #[must_use]
    pub fn after(timeout: Duration, shutdown: Shutdown) -> Self {
        Self { shutdown, deadline: Instant::now() + timeout }
    }

    /// What is left of its time.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Whether the run was asked to stop.
    #[must_use]
    pub const fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// The reason to end, once there is one: for a thread that looks now and then.
    #[must_use]
    pub fn reason(&self) -> Option<Failure> {
        if self.shutdown.is_requested() {
            Some(Failure::Cancelled)
        } else {
            self.left().is_zero().then_some(Failure::Deadline)
        }
    }

    /// Does `work`, unless the end comes first; then it is dropped.
    ///
    /// # Errors
    /// [`Failure::Cancelled`], [`Failure::Deadline`], and what `work` says.
    pub async fn unless<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.shutdown.requested() => Err(Failure::Cancelled),
            () = tokio::time::sleep(self.left()) => Err(Failure::Deadline),
        }
    }
}
