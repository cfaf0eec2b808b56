//! Updates that come all the while, as Telegram sends them: each again and again until it is taken.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::stack::Stack;

/// An update that is not taken for so long never will be.
const PATIENCE: Duration = Duration::from_mins(3);
/// Between two attempts of a sender.
const PAUSE: Duration = Duration::from_millis(100);
/// More than one sender sends in any test.
const ROOM: u32 = 100_000;

/// What was sent.
#[derive(Default)]
pub(crate) struct Sent {
    /// The updates that were taken in the end.
    pub(crate) taken: Vec<u32>,
    /// How often one was not taken.
    pub(crate) refused: u32,
}

/// Does `work` while `senders` send updates, one after another, with ids from `first` on. `None` when one
/// is never taken.
pub(crate) fn while_updates_come(
    stack: &Stack,
    senders: u32,
    first: u32,
    work: impl FnOnce(),
) -> Option<Sent> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let spawn = |sender| {
            let done = &done;
            scope.spawn(move || send(stack, first + sender * ROOM, done))
        };
        let senders: Vec<_> = (0..senders).map(spawn).collect();
        work();
        done.store(true, Ordering::Relaxed);
        let mut all = Sent::default();
        for sender in senders {
            let sent = sender.join().ok()?;
            all.taken.extend(sent.taken);
            all.refused += sent.refused;
        }
        Some(all)
    })
}

fn send(stack: &Stack, first: u32, done: &AtomicBool) -> Sent {
    let mut sent = Sent::default();
    for update_id in first.. {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let since = Instant::now();
        while stack.post(update_id) != Some(200) {
            assert!(since.elapsed() < PATIENCE, "update {update_id} is never taken");
            sent.refused += 1;
            std::thread::sleep(PAUSE);
        }
        sent.taken.push(update_id);
        std::thread::sleep(PAUSE);
    }
    sent
}
