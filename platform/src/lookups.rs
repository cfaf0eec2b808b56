//! Lookups of names, of which none holds up another name's.
//!
//! A lookup can't be cancelled: it holds a thread until the resolver gives up. So a name has at
//! most one under way, and who asks for it meanwhile waits here, where a deadline ends the wait.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::task::{JoinError, spawn_blocking};

/// More names than a program of ours asks for, and fewer than its threads.
const MAX_UNDER_WAY: usize = 6;

pub(crate) struct Lookups {
    under_way: Mutex<BTreeSet<String>>,
    bell: Notify,
}

/// The right to look a name up; it is given back when this is dropped.
struct Turn {
    lookups: &'static Lookups,
    name: String,
}

impl Lookups {
    pub(crate) const fn new() -> Self {
        Self { under_way: Mutex::new(BTreeSet::new()), bell: Notify::const_new() }
    }

    /// The answer of `lookup`, which runs on a thread of its own. It has no deadline of its own.
    pub(crate) async fn ask<T: Send + 'static>(
        &'static self,
        name: &str,
        lookup: impl FnOnce(&str) -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let turn = self.turn(name).await;
        spawn_blocking(move || lookup(&turn.name)).await
    }

    async fn turn(&'static self, name: &str) -> Turn {
        loop {
            // Made before the set is looked at, so that no ring between the two is missed.
            let bell = self.bell.notified();
            if self.change(|names| names.len() < MAX_UNDER_WAY && names.insert(name.to_owned())) {
                return Turn { lookups: self, name: name.to_owned() };
            }
            bell.await;
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<String>) -> bool) -> bool {
        change(&mut self.under_way.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.lookups.change(|names| names.remove(&self.name));
        self.lookups.bell.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(30);
    const LONG: Duration = Duration::from_secs(10);

    /// Asks for `name`, whose lookup hangs until the answer is dropped, and gives up on it.
    async fn hang(lookups: &'static Lookups, name: &str) -> Sender<()> {
        let (end, hanging) = channel();
        let lookup = move |_: &str| hanging.recv().is_ok();
        timeout(MOMENT, lookups.ask(name, lookup)).await.expect_err("it hangs");
        end
    }

    async fn ask(lookups: &'static Lookups, name: &str) -> Option<String> {
        let answer = timeout(LONG, lookups.ask(name, str::to_owned)).await;
        answer.ok().and_then(Result::ok)
    }

    #[tokio::test]
    async fn a_name_that_hangs_holds_up_nobody_but_itself() {
        static LOOKUPS: Lookups = Lookups::new();
        let end = hang(&LOOKUPS, "redis").await;
        assert_eq!(ask(&LOOKUPS, "postgres").await.as_deref(), Some("postgres"));
        let second = |_: &str| unreachable!("a second lookup of the same name");
        let waiting: Result<Result<(), _>, _> = timeout(MOMENT, LOOKUPS.ask("redis", second)).await;
        waiting.expect_err("it waits");
        drop(end);
        assert_eq!(ask(&LOOKUPS, "redis").await.as_deref(), Some("redis"));
    }

    #[tokio::test]
    async fn lookups_under_way_are_bounded() {
        static LOOKUPS: Lookups = Lookups::new();
        let mut hanging = Vec::new();
        for number in 0..MAX_UNDER_WAY {
            hanging.push(hang(&LOOKUPS, &number.to_string()).await);
        }
        timeout(MOMENT, LOOKUPS.ask("one more", str::to_owned)).await.expect_err("it waits");
        hanging.pop();
        assert_eq!(ask(&LOOKUPS, "one more").await.as_deref(), Some("one more"));
    }
}
