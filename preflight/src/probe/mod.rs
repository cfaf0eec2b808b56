//! `probe URL`: the health check of an image that has no tool which speaks HTTP.
//!
//! Docker never restarts a container for being unhealthy. With `--restart-after` the check does it:
//! it ends the container's processes, and the restart policy brings them back.

mod container;
mod memory;
mod streak;

use std::io;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use platform::http::{self, Code, Url};
use platform::processes::{self, ProcessesError};
use platform::runtime;

use self::memory::MemoryError;
use self::streak::Decision;

/// How long processes may take to end by themselves. Docker gives a health check five seconds by
/// default in our stack, and the check itself has used two of them.
const GRACE: Duration = Duration::from_secs(2);

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something answered, with this status.
    Answered(u16),
    /// Nothing answered, for this reason.
    Silent(Code),
}

impl Outcome {
    /// Whether the answer was 2xx.
    #[must_use]
    pub(crate) const fn passed(self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

/// Why failures could not be counted, or processes not be ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestartError {
    /// The streak can't be kept.
    #[error("the count of failures can't be kept")]
    Memory(#[from] MemoryError),
    /// The probe runs on a host, or was started by the container's own program.
    #[error("only a health check, put into the container from outside, ends its processes")]
    NotAHealthCheck,
    /// The processes go on.
    #[error("the container's processes can't be ended")]
    End(#[from] ProcessesError),
}

/// Asks `url` once.
///
/// # Errors
/// The system gives no event loop.
pub(crate) fn ask(url: &Url, timeout: Duration) -> io::Result<Outcome> {
    let status = runtime::run(http::status(url, timeout))?;
    Ok(status.map_or_else(Outcome::Silent, Outcome::Answered))
}

/// Counts the check and, when it is the `restart_after`th failure in a row, ends the container's
/// processes.
///
/// # Errors
/// See [`RestartError`].
pub(crate) fn count(
    outcome: Outcome,
    restart_after: NonZeroU32,
    folder: &Path,
) -> Result<(), RestartError> {
    let (streak, decision) = memory::note(folder, outcome.passed(), restart_after)?;
    if decision == Decision::End {
        if !container::was_entered_from_outside() {
            return Err(RestartError::NotAHealthCheck);
        }
        tracing::error!(failures = streak.failures(), "ending the container's processes");
        processes::end_container_processes(GRACE)?;
    }
    Ok(())
}
