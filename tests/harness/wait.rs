//! Waiting: a condition is asked again and again until it holds or the deadline has passed.

use std::thread::sleep;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);

/// Waits until `condition` holds.
///
/// # Panics
/// With `what` when it does not hold within `deadline`.
pub fn wait_until(what: &str, deadline: Duration, mut condition: impl FnMut() -> bool) {
    poll_until(what, deadline, || condition().then_some(()));
}

/// Waits until `attempt` gives a value, and returns it.
///
/// # Panics
/// With `what` when there is none within `deadline`.
pub fn poll_until<T>(what: &str, deadline: Duration, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(start.elapsed() < deadline, "not within {deadline:?}: {what}");
        sleep(PAUSE);
    }
}
