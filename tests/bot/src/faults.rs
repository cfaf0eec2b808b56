//! How the bot misbehaves when it is told to, so that tests can see the stack cope.

use std::future::pending;
use std::time::Duration;

use tokio::time::sleep;

use crate::Never;

/// What is to go wrong. The default is nothing.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// `BOT_START_DELAY_SECONDS`: health says "starting" for so long.
    pub start_delay: Duration,
    /// `BOT_UNHEALTHY`: health answers 503 for ever.
    pub unhealthy: bool,
    /// `BOT_FLAPPING`: every other health check from within the container gets 503.
    pub flapping: bool,
    /// `BOT_CRASH_AFTER_SECONDS`: the process ends by itself.
    pub crash_after: Option<Duration>,
    /// `BOT_WEDGE_AFTER_SECONDS`: the event loop blocks for ever.
    pub wedge_after: Option<Duration>,
    /// `BOT_ALLOW_WEDGE`: `POST /wedge` blocks the event loop for ever.
    pub allow_wedge: bool,
}

/// Blocks the only thread: no answer, no timer, and no end on SIGTERM.
pub(crate) fn wedge() -> Never {
    tracing::warn!("wedging, as told");
    loop {
        std::thread::park();
    }
}

pub(crate) async fn wedge_after(delay: Option<Duration>) -> Never {
    match delay {
        Some(delay) => {
            sleep(delay).await;
            wedge()
        }
        None => pending().await,
    }
}

pub(crate) async fn crash_after(delay: Option<Duration>) {
    match delay {
        Some(delay) => sleep(delay).await,
        None => pending().await,
    }
}
