//! A child that is fed on its standard input.

use std::fs::File;
use std::io::{self, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::process::ChildStdin;

use super::run::supervise;
use super::{ChildError, Command, Limits};

/// The standard input of a child, for a thread that writes to it.
#[derive(Debug)]
pub struct Input {
    pipe: File,
    closed: Arc<AtomicBool>,
}

impl Write for Input {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.pipe.write(bytes);
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.closed.store(true, Ordering::SeqCst);
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pipe.flush()
    }
}

impl Command {
    /// Runs the program while `write` fills its standard input; what it prints goes nowhere. `stop`
    /// ends it early, as with [`Command::run`].
    ///
    /// The program sees the end of its input only after `write` has succeeded: where it fails, is
    /// stopped or late, the program is ended first, and can't take a part for the whole.
    ///
    /// # Errors
    /// [`ChildError`]; [`ChildError::Failed`] also for a program that reads no further and ends.
    pub async fn feed<T, E>(
        self,
        limits: Limits,
        stop: impl Future<Output = ()>,
        write: impl AsyncFnOnce(Input) -> Result<T, E>,
    ) -> Result<T, ChildError<E>> {
        let program = self.name();
        // Before the child, so that it is closed after the child has been killed.
        let mut held = None;
        let mut child =
            self.spawn(|command| command.stdin(Stdio::piped()).stdout(Stdio::null()))?;
        let stdin = child.stdin.take();
        let feeding = async {
            let pipe = stdin.map_or(Err(io::ErrorKind::BrokenPipe.into()), blocking);
            let Ok(pipe) = pipe.and_then(|pipe| held.insert(pipe).try_clone()) else {
                return Ok(None);
            };
            let closed = Arc::new(AtomicBool::new(false));
            let written = write(Input { pipe, closed: Arc::clone(&closed) }).await;
            if written.is_err() && !closed.load(Ordering::SeqCst) {
                return written.map(|done| Some(Ok(done)));
            }
            // The child's own end tells more than that it reads no further.
            held = None;
            Ok(Some(written))
        };
        let fed = supervise(program.clone(), &mut child, limits, stop, feeding).await?;
        match fed {
            Some(Ok(done)) => Ok(done),
            Some(Err(source)) => {
                Err(ChildError::Output { program, source, stderr: super::Stderr::default() })
            }
            None => {
                Err(ChildError::NotStarted { program, source: io::ErrorKind::BrokenPipe.into() })
            }
        }
    }
}

fn blocking(stdin: ChildStdin) -> io::Result<File> {
    stdin.into_owned_fd().map(File::from)
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::child::End;

    const LIMITS: Limits =
        Limits { deadline: Duration::from_secs(10), grace: Duration::from_millis(100) };

    /// Notes that it has seen the end of its input.
    fn reader(folder: &std::path::Path) -> Command {
        Command::new("sh").args(["-c", "cat >\"$0/read\" && touch \"$0/end\""]).arg(folder)
    }

    #[tokio::test]
    async fn what_is_written_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let fed = reader(folder.path()).feed(LIMITS, pending(), async |mut input| {
            input.write_all(b"all of it")?;
            Ok::<_, io::Error>(7)
        });
        assert_eq!(fed.await.unwrap(), 7);
        assert_eq!(std::fs::read(folder.path().join("read")).unwrap(), b"all of it");
        assert!(folder.path().join("end").exists());
    }

    #[tokio::test]
    async fn a_writer_that_fails_or_is_late_never_shows_the_end_of_the_input() {
        let folder = tempfile::tempdir().unwrap();
        let failed = reader(folder.path()).feed(LIMITS, pending(), async |mut input| {
            let _ = input.write_all(b"half");
            Err::<(), _>("broken")
        });
        let error = failed.await.unwrap_err();
        assert!(matches!(error, ChildError::Output { source: "broken", .. }), "{error:?}");
        let limits = Limits { deadline: Duration::from_millis(100), ..LIMITS };
        let late = reader(folder.path()).feed(limits, pending(), async |mut input| {
            let _ = input.write_all(b"half");
            pending::<Result<(), ()>>().await
        });
        assert!(matches!(late.await.unwrap_err(), ChildError::Deadline { .. }));
        assert!(!folder.path().join("end").exists());
    }

    #[tokio::test]
    async fn a_child_that_reads_no_further_tells_by_its_end_why() {
        let begun = Instant::now();
        let child = Command::new("sh").args(["-c", "echo why >&2; exit 3"]);
        let fed = child.feed(LIMITS, pending(), async |mut input| {
            let writing = tokio::task::spawn_blocking(move || {
                loop {
                    input.write_all(&[0; 8192])?;
                }
            });
            writing.await.unwrap_or_else(|gone| Err::<(), _>(io::Error::other(gone)))
        });
        let error = fed.await.unwrap_err();
        let ChildError::Failed { end: End::Exited(3), stderr, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(stderr.contains("why") && begun.elapsed() < Duration::from_secs(5));
    }
}
