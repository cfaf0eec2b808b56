//! A child that runs beside its owner until it is asked to end.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Child;
use tokio::task::JoinHandle;

use super::run::{End, end, keep_end};
use super::{ChildError, Command, Stderr};

/// A running program. Dropped, it is killed, and what it started is left to itself.
#[derive(Debug)]
pub struct Service {
    child: Child,
    said: Arc<Mutex<Stderr>>,
    listener: JoinHandle<()>,
}

impl Command {
    /// Starts the program with nothing to read, and nowhere to write to but its standard error.
    ///
    /// # Errors
    /// [`ChildError::NotFound`], [`ChildError::NotStarted`].
    pub fn start(self) -> Result<Service, ChildError<Infallible>> {
        let mut child = self.spawn(|command| command.stdout(std::process::Stdio::null()))?;
        let said = Arc::new(Mutex::new(Stderr::default()));
        let (errors, kept) = (child.stderr.take(), Arc::clone(&said));
        let listener = tokio::spawn(async move {
            if let Some(errors) = errors {
                let keep = |bytes: &[u8]| lock(&kept).push(bytes);
                keep_end(errors, keep).await;
            }
        });
        Ok(Service { child, said, listener })
    }
}

impl Service {
    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<End> {
        self.child.try_wait().ok().flatten().map(End::from)
    }

    /// The end of what it has said on standard error so far.
    #[must_use]
    pub fn said(&self) -> Stderr {
        lock(&self.said).clone()
    }

    /// Sends `signal`, and SIGKILL where it has not ended after `grace`.
    pub async fn end(mut self, signal: Signal, grace: Duration) {
        end(&mut self.child, signal, grace).await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // What the program started may hold the pipe open for as long as it likes.
        self.listener.abort();
    }
}

fn lock(said: &Mutex<Stderr>) -> std::sync::MutexGuard<'_, Stderr> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn shell(script: &str) -> Service {
        Command::new("sh").arg("-c").arg(script).start().unwrap()
    }

    async fn until(mut condition: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !condition() {
            assert!(begun.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn what_it_says_and_how_it_ends_is_known_while_its_owner_goes_on() {
        let mut service = shell("echo ready >&2; sleep 60");
        until(|| service.said().contains("ready")).await;
        assert_eq!(service.ended(), None);
        service.end(Signal::TERM, Duration::from_secs(10)).await;
        let mut service = shell("exit 3");
        until(|| service.ended() == Some(End::Exited(3))).await;
    }

    #[tokio::test]
    async fn one_that_does_not_hear_is_killed_after_the_grace() {
        let service = shell("trap '' QUIT; echo ready >&2; while :; do sleep 0.05; done");
        until(|| service.said().contains("ready")).await;
        let begun = Instant::now();
        service.end(Signal::QUIT, Duration::from_millis(100)).await;
        assert!(begun.elapsed() < Duration::from_secs(5));
        let missing = Command::new("no-such-program").start().unwrap_err();
        assert!(matches!(missing, ChildError::NotFound { .. }));
    }
}
