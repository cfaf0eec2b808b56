//! How quickly `/health` answers, asked all the time beside a server that does nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tests::http;

use super::SOON;
use crate::scripted::Scripted;

const PAUSE: Duration = Duration::from_millis(5);
/// How many times as slow as the measure an answer may be; a wait for a dependency is hundreds.
const FACTOR: u32 = 10;

/// Asks until it is told to stop.
pub(super) struct Pulse {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Beat>>,
}

struct Beat {
    at: Instant,
    health: Duration,
    /// What an answer took that comes from a constant, at the same moment on the same machine.
    control: Duration,
}

impl Pulse {
    pub(super) fn of(sidecar: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let control = Scripted::start(|_| (200, "{}".to_owned()));
            let mut beats = Vec::new();
            while !seen.load(Ordering::Relaxed) {
                let at = Instant::now();
                let health = time(sidecar);
                beats.push(Beat { at, health, control: time(control.address()) });
                thread::sleep(PAUSE);
            }
            beats
        });
        Self { stop, thread }
    }

    /// Asserts that from `broken` on the slowest answers but one in a hundred were no slower than
    /// before, or than what answers from a constant is at the same time.
    pub(super) fn assert_steady(self, broken: Instant) {
        self.stop.store(true, Ordering::Relaxed);
        let beats = self.thread.join().expect("every question is answered");
        let (before, during): (Vec<Beat>, Vec<Beat>) =
            beats.into_iter().partition(|beat| beat.at < broken);
        assert!(before.len() > 20 && during.len() > 50, "{} and {}", before.len(), during.len());
        let measure = p99(before.iter().map(|beat| beat.health))
            .max(p99(during.iter().map(|beat| beat.control)));
        let health = p99(during.iter().map(|beat| beat.health));
        assert!(health <= measure * FACTOR, "p99 {health:?} beside {measure:?}");
    }
}

fn time(address: SocketAddr) -> Duration {
    let begun = Instant::now();
    let answer = http::get(address, "/health", SOON).expect("an answer");
    assert!(matches!(answer.status, 200 | 503), "{}", answer.status);
    begun.elapsed()
}

fn p99(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
