//! SIGTERM and SIGINT: the first asks the program to stop, the second stops it at once.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use tokio::io::AsyncReadExt;
use tokio::sync::Notify;

use crate::env::Variable;

/// How long a program may take to stop.
pub const SHUTDOWN_GRACE_SECONDS: Variable = Variable::plain(
    "SHUTDOWN_GRACE_SECONDS",
    "How long work in flight may take to end after SIGTERM or SIGINT, in seconds.",
)
.with_default("10");

/// Has the program go on when its terminal or connection goes away, as `nohup` does.
///
/// # Errors
/// The system refuses the handler.
pub fn outlive_hangups() -> io::Result<()> {
    flag::register(SIGHUP, Arc::default()).map(drop)
}

/// Tells whether the program has been asked to stop. Clones share the answer.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    requested: Arc<AtomicBool>,
    bell: Arc<Notify>,
}

impl Shutdown {
    /// Listens to SIGTERM and SIGINT. A second signal of either kind ends the process at once with
    /// exit code 128 + the signal's number.
    ///
    /// It works for process 1 of a container too, which ignores signals that it doesn't handle.
    ///
    /// # Errors
    /// The system refuses the handlers.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Self::never();
        let (reader, writer) = UnixStream::pair()?;
        for signal in [SIGTERM, SIGINT] {
            let requested = Arc::clone(&shutdown.requested);
            // The order counts: the first signal must find the flag unset.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&requested))?;
            flag::register(signal, requested)?;
            pipe::register(signal, writer.try_clone()?)?;
        }
        reader.set_nonblocking(true)?;
        let mut reader = tokio::net::UnixStream::from_std(reader)?;
        let bell = Arc::clone(&shutdown.bell);
        tokio::spawn(async move {
            if reader.read_u8().await.is_ok() {
                bell.notify_waiters();
            }
        });
        Ok(shutdown)
    }

    /// Nothing but [`Shutdown::request`] asks this one to stop: for tests.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// Asks the program to stop, as a signal does.
    pub fn request(&self) {
        self.requested.store(true, Ordering::SeqCst);
        self.bell.notify_waiters();
    }

    /// Whether the program has been asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }

    /// Waits until the program is asked to stop.
    pub async fn requested(&self) {
        loop {
            // Made before the flag is read, so that no ring between the two is missed.
            let bell = self.bell.notified();
            if self.is_requested() {
                return;
            }
            bell.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_hears_a_request_before_and_after_it_waits() {
        let shutdown = Shutdown::never();
        let waiting = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.requested().await }
        });
        tokio::task::yield_now().await;
        assert!(!shutdown.is_requested());
        shutdown.request();
        waiting.await.unwrap();
        shutdown.clone().requested().await;
    }
}
