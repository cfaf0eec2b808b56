//! When a backup has to end: its deadline, or the wish of whoever runs it.

use std::time::{Duration, Instant};

use platform::shutdown::Shutdown;

use crate::code::Code;

/// Why a run ended before its work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// `BACKUP_TIMEOUT_SECONDS` passed.
    #[error("the backup did not end within BACKUP_TIMEOUT_SECONDS")]
    Deadline,
    /// The program was asked to stop.
    #[error("the backup was stopped on request")]
    Cancelled,
}

impl Ended {
    /// The closed code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Deadline => Code::DEADLINE_PASSED,
            Self::Cancelled => Code::CANCELLED,
        }
    }
}

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
    pub fn reason(&self) -> Option<Ended> {
        if self.shutdown.is_requested() {
            Some(Ended::Cancelled)
        } else {
            self.left().is_zero().then_some(Ended::Deadline)
        }
    }

    /// Does `work`, unless the end comes first; then it is dropped.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn unless<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.shutdown.requested() => Err(Ended::Cancelled),
            () = tokio::time::sleep(self.left()) => Err(Ended::Deadline),
        }
    }
}
