//! Events of a `deploy` that died: the kernel has given its lock back, and nobody will end them.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use platform::lock;
use tokio::time::Instant;
use uuid::Uuid;

use crate::ledger::blocking;

/// The lock is seen free twice, so long apart, before an event is given up.
const APART: Duration = Duration::from_secs(3);

/// The lock of `deploy`, and what is open while nobody holds it.
#[derive(Debug)]
pub(super) struct Interrupted {
    lock: PathBuf,
    /// When each of the open events was first seen with the lock free; it has been free since.
    free_since: HashMap<Uuid, Instant>,
}

impl Interrupted {
    pub(super) fn new(lock: PathBuf) -> Self {
        Self { lock, free_since: HashMap::new() }
    }

    /// Which of the events of `deploy` that are `open` nobody will end. The lock is not looked at while
    /// there is none.
    ///
    /// `deploy` opens an event only after it has taken the lock. It may have ended it since `open` was
    /// read: that shows where the event is closed.
    ///
    /// # Errors
    /// The lock can't be looked at, and nothing is known.
    pub(super) async fn look(&mut self, open: &[Uuid]) -> io::Result<Vec<Uuid>> {
        if open.is_empty() {
            self.free_since.clear();
            return Ok(Vec::new());
        }
        let lock = self.lock.clone();
        let held = blocking(move || lock::is_held(&lock)).await;
        let held = held.inspect_err(|_| self.free_since.clear())?;
        Ok(self.judge(open, held, Instant::now()))
    }

    fn judge(&mut self, open: &[Uuid], held: bool, now: Instant) -> Vec<Uuid> {
        let before = std::mem::take(&mut self.free_since);
        if held {
            return Vec::new();
        }
        let since = |id| (id, before.get(&id).copied().unwrap_or(now));
        self.free_since = open.iter().copied().map(since).collect();
        let dead = self.free_since.iter().filter(|(_, since)| now.duration_since(**since) >= APART);
        dead.map(|(id, _)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: [Uuid; 0] = [];

    #[test]
    fn only_what_stays_open_while_the_lock_stays_free_is_given_up() {
        let mut interrupted = Interrupted::new(PathBuf::new());
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let begin = Instant::now();
        let mut look = |open: &[Uuid], held, at: Duration| {
            let mut dead = interrupted.judge(open, held, begin + at);
            dead.sort();
            dead
        };
        let second = Duration::from_secs;
        assert_eq!(look(&[one], false, second(0)), NOBODY);
        assert_eq!(look(&[one], true, second(2)), NOBODY, "another deploy has come");
        assert_eq!(look(&[one], false, second(4)), NOBODY);
        assert_eq!(look(&[one, other], false, second(6)), NOBODY);
        assert_eq!(look(&[one, other], false, second(7)), [one]);
        assert_eq!(look(&[other], false, second(9)), [other]);
        assert_eq!(look(&[one], false, second(12)), NOBODY, "what was closed begins anew");
    }
}
