//! A child from its start to its end.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::pipe::fcntl_setpipe_size;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::time::timeout;

use super::{ChildError, Command, Stderr};

/// A child that writes much and its reader wait for each other less often.
const PIPE_BYTES: usize = 1024 * 1024;

/// How long a child may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From its start to its end.
    pub deadline: Duration,
    /// From SIGTERM to SIGKILL, when it is ended.
    pub grace: Duration,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It exited with this code.
    Exited(i32),
    /// This signal ended it.
    Signalled(i32),
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(out, "exit code {code}"),
            Self::Signalled(signal) => write!(out, "signal {signal}"),
        }
    }
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        match status.code() {
            Some(code) => Self::Exited(code),
            None => Self::Signalled(status.signal().unwrap_or_default()),
        }
    }
}

/// Why the child is to end before it does by itself.
enum Cut<E> {
    Deadline,
    Stop,
    Output(E),
}

impl Command {
    /// Runs the program and hands its standard output to `read` while it runs. `stop` ends it
    /// early: give a shutdown's `requested()`, or `std::future::pending()`.
    ///
    /// The answer is what `read` made of the output, and only of a program that ended with exit
    /// code 0. In every other case the program has ended when this returns; when the future is
    /// dropped, it is killed.
    ///
    /// # Errors
    /// [`ChildError`].
    pub async fn run<T, E>(
        self,
        limits: Limits,
        stop: impl Future<Output = ()>,
        read: impl AsyncFnOnce(ChildStdout) -> Result<T, E>,
    ) -> Result<T, ChildError<E>> {
        let program = self.name();
        let mut child = self.spawn(|command| command)?;
        let Some(output) = child.stdout.take() else {
            return Err(ChildError::Stopped { program });
        };
        // Where the system has no room for it, the usual 64 KiB do.
        let _ = fcntl_setpipe_size(&output, PIPE_BYTES);
        supervise(program, &mut child, limits, stop, read(output)).await
    }

    /// Runs the program and keeps its standard output, which must not be longer than `max_bytes`.
    ///
    /// # Errors
    /// [`ChildError`]; [`ChildError::Output`] where the output is too long or can't be read.
    pub async fn output(
        self,
        limits: Limits,
        stop: impl Future<Output = ()>,
        max_bytes: u64,
    ) -> Result<Vec<u8>, ChildError<std::io::Error>> {
        self.run(limits, stop, async |output| {
            let mut bytes = Vec::new();
            output.take(max_bytes + 1).read_to_end(&mut bytes).await?;
            if bytes.len() as u64 > max_bytes {
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            Ok(bytes)
        })
        .await
    }
}

impl Command {
    /// The same as [`Command::output`], where the output counts also of a program that ended badly.
    pub async fn output_and_end(
        self,
        limits: Limits,
        stop: impl Future<Output = ()>,
        max_bytes: u64,
    ) -> (Vec<u8>, Result<(), ChildError<std::io::Error>>) {
        let mut bytes = Vec::new();
        let end = self
            .run(limits, stop, async |output| {
                output.take(max_bytes).read_to_end(&mut bytes).await.map(drop)
            })
            .await;
        (bytes, end)
    }
}

/// Does `work` while the child runs. Its answer counts only of a child that ended well; in every
/// other case the child has ended when this returns.
pub(super) async fn supervise<T, E>(
    program: String,
    child: &mut Child,
    limits: Limits,
    stop: impl Future<Output = ()>,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, ChildError<E>> {
    let mut stderr = Stderr::default();
    let errors = child.stderr.take();
    let outcome = {
        let whole = async {
            let working = async { work.await.map_err(Cut::Output) };
            let (done, ()) = tokio::try_join!(working, async {
                if let Some(errors) = errors {
                    keep_end(errors, |bytes| stderr.push(bytes)).await;
                }
                Ok(())
            })?;
            Ok((done, child.wait().await))
        };
        tokio::select! {
            done = timeout(limits.deadline, whole) => done.unwrap_or(Err(Cut::Deadline)),
            () = stop => Err(Cut::Stop),
        }
    };
    match outcome {
        Ok((done, Ok(status))) if status.success() => Ok(done),
        Ok((_, Ok(status))) => Err(ChildError::Failed { program, end: status.into(), stderr }),
        Ok((_, Err(source))) => Err(ChildError::NotStarted { program, source }),
        Err(cut) => {
            end(child, Signal::TERM, limits.grace).await;
            Err(match cut {
                Cut::Deadline => ChildError::Deadline { program, stderr },
                Cut::Stop => ChildError::Stopped { program },
                Cut::Output(source) => ChildError::Output { program, source, stderr },
            })
        }
    }
}

pub(super) async fn keep_end(mut from: ChildStderr, mut keep: impl FnMut(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        keep(&buffer[..read]);
    }
}

/// `signal`, then, after `grace`, SIGKILL.
pub(super) async fn end(child: &mut Child, signal: Signal, grace: Duration) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _ = kill_process(pid, signal);
        if timeout(grace, child.wait()).await.is_ok() {
            return;
        }
    }
    let _ = child.kill().await;
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Instant;

    use super::*;

    const LIMITS: Limits =
        Limits { deadline: Duration::from_secs(10), grace: Duration::from_millis(100) };

    fn shell(script: &str) -> Command {
        Command::new("sh").arg("-c").arg(script)
    }

    #[tokio::test]
    async fn the_environment_is_what_was_given_and_nothing_else() {
        let command = shell("env").env("A", "1").secret_env("B", "2".into());
        let output = command.output(LIMITS, pending(), 4096).await.unwrap();
        let text = String::from_utf8(output).unwrap();
        let mut names: Vec<_> = text.lines().filter_map(|line| line.split('=').next()).collect();
        names.retain(|name| !["PWD", "_", "SHLVL", "OLDPWD"].contains(name));
        names.sort_unstable();
        assert_eq!(names, ["A", "B", "LC_ALL", "PATH"]);
    }

    #[tokio::test]
    async fn a_failure_has_its_exit_status_and_never_shows_what_was_said() {
        let command = shell("echo half; echo s3cret >&2; exit 3");
        let error = command.output(LIMITS, pending(), 4096).await.unwrap_err();
        let ChildError::Failed { end: End::Exited(3), stderr, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(stderr.contains("s3cret"));
        assert!(!format!("{error:?} {error}").contains("s3cret"));
        let killed = shell("kill -9 $$").output(LIMITS, pending(), 1).await.unwrap_err();
        assert!(matches!(killed, ChildError::Failed { end: End::Signalled(9), .. }));
    }

    #[tokio::test]
    async fn what_a_program_said_before_it_failed_can_count() {
        let (said, end) = shell("echo half; exit 3").output_and_end(LIMITS, pending(), 4096).await;
        assert_eq!(said, b"half\n");
        assert!(matches!(end, Err(ChildError::Failed { end: End::Exited(3), .. })));
    }

    #[tokio::test]
    async fn a_child_that_talks_much_on_stderr_does_not_hang_and_only_the_end_is_kept() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; echo the-end >&2; exit 1";
        let error = shell(script).output(LIMITS, pending(), 1).await.unwrap_err();
        let ChildError::Failed { stderr, .. } = error else { panic!("{error:?}") };
        assert_eq!(format!("{stderr:?}"), format!("Stderr({} bytes)", Stderr::MAX_BYTES));
        assert!(stderr.contains("the-end"));
    }

    #[tokio::test]
    async fn a_child_that_ignores_sigterm_is_killed_after_the_grace() {
        let begun = Instant::now();
        let limits = Limits { deadline: Duration::from_millis(200), ..LIMITS };
        let script = "trap '' TERM; while :; do sleep 0.05; done";
        let error = shell(script).output(limits, pending(), 1).await.unwrap_err();
        assert!(matches!(error, ChildError::Deadline { .. }), "{error:?}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn stopping_and_a_reader_that_fails_end_the_child() {
        let stopped = shell("sleep 60").output(LIMITS, async {}, 1).await.unwrap_err();
        assert!(matches!(stopped, ChildError::Stopped { .. }));
        let error = shell("echo too long; sleep 60").output(LIMITS, pending(), 3).await;
        assert!(matches!(error.unwrap_err(), ChildError::Output { .. }));
        let missing = Command::new("no-such-program").output(LIMITS, pending(), 1).await;
        assert!(matches!(missing.unwrap_err(), ChildError::NotFound { .. }));
    }
}
