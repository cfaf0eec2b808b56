//! The docker command: the engine asked for facts and told what to do.
//!
//! Its answers may hold secrets and its errors print raw lines, so only the fields that are named here are
//! kept, and of an error only how it ended. Every call has a deadline.

mod compose;
mod image;
mod instance;
mod stack;

use std::ffi::OsString;
use std::future::pending;
use std::time::Duration;

use platform::child::{ChildError, Command, End, Limits};
use platform::env::Env;
use platform::exit::ExitCode;
use platform::shutdown::Shutdown;
use tokio::time::Instant;

pub(crate) use compose::{Compose, NoStack, Release};
pub(crate) use instance::Instance;
pub(crate) use stack::{BACKUP, BOT, Folders, NGINX, POSTGRES, PREFLIGHT, Rollout, SIDECAR, Stack};

use crate::variables::PASSED_ON;

/// For a question.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// For a change of a container; stopping one takes its own grace on top.
pub(crate) const CHANGE: Duration = Duration::from_mins(3);

/// An engine that restarts stops its containers first.
const RESTART: Duration = Duration::from_mins(1);

const GRACE: Duration = Duration::from_secs(5);
const MAX_ANSWER_BYTES: u64 = 16 * 1024 * 1024;

/// Why a call gave no good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DockerError {
    #[error("there is no docker command")]
    NotFound,
    #[error("{0} failed with {1}")]
    Failed(&'static str, End),
    #[error("{0} did not end in time")]
    Deadline(&'static str),
    #[error("{0} was stopped")]
    Stopped(&'static str),
    #[error("{0} can't be run")]
    NotRun(&'static str),
    #[error("{0} answered what can't be understood")]
    Unknown(&'static str),
    #[error("the stack mounts nothing at {0}, where its records are")]
    NoFolder(&'static str),
}

impl DockerError {
    pub(crate) const fn exit_code(&self) -> ExitCode {
        match self {
            Self::NotFound | Self::NoFolder(_) => ExitCode::Usage,
            Self::Deadline(_) => ExitCode::Deadline,
            Self::Failed(..) | Self::Stopped(_) | Self::Unknown(_) => ExitCode::Bad,
            Self::NotRun(_) => ExitCode::Fault,
        }
    }

    fn of(what: &'static str, error: &ChildError<std::io::Error>) -> Self {
        match error {
            ChildError::NotFound { .. } => Self::NotFound,
            ChildError::Failed { end, .. } => Self::Failed(what, *end),
            ChildError::Deadline { .. } => Self::Deadline(what),
            ChildError::Stopped { .. } => Self::Stopped(what),
            ChildError::NotStarted { .. } => Self::NotRun(what),
            ChildError::Output { .. } => Self::Unknown(what),
        }
    }
}

/// The docker command, with what it needs of the environment to find its engine.
#[derive(Debug, Clone)]
pub(crate) struct Docker {
    environment: Vec<(&'static str, String)>,
    stop: Option<Shutdown>,
}

impl Docker {
    /// One that ends what it runs when `stop` asks for it.
    pub(crate) fn new(env: &impl Env, stop: Shutdown) -> Self {
        let given = |variable: &platform::env::Variable| {
            Some((variable.name, env.get(variable.name).ok().flatten()?))
        };
        Self { environment: PASSED_ON.iter().filter_map(given).collect(), stop: Some(stop) }
    }

    /// The same, that ends what it runs only at its deadline: to undo something.
    pub(crate) fn deaf(&self) -> Self {
        Self { environment: self.environment.clone(), stop: None }
    }

    /// Gives the command a variable of its own.
    fn set(&mut self, name: &'static str, value: &str) {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.to_owned()));
    }

    /// Whether it was asked to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.as_ref().is_some_and(Shutdown::is_requested)
    }

    /// Waits until the engine answers, which may be about to restart; no longer than a minute.
    pub(crate) async fn answers(&self) -> Result<(), DockerError> {
        let began = Instant::now();
        loop {
            let answer = self.ask("docker version", ["version", "--format", "{{.Server.Version}}"]);
            match answer.await {
                Err(DockerError::Failed(..)) if began.elapsed() < RESTART => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                answer => return answer.map(drop),
            }
        }
    }

    /// Waits until it is asked to stop.
    pub(crate) async fn stopped(&self) {
        match &self.stop {
            Some(stop) => stop.requested().await,
            None => pending().await,
        }
    }

    /// Waits for `time`, or until it is asked to stop.
    pub(crate) async fn pause(&self, time: Duration) {
        let _ = tokio::time::timeout(time, self.stopped()).await;
    }

    /// Runs `docker …`, and gives what it wrote on its standard output.
    pub(crate) async fn ask<A: Into<OsString>>(
        &self,
        what: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, DockerError> {
        self.run(what, Command::new("docker").args(arguments), SOON).await
    }

    /// Runs `docker …` for a change.
    pub(crate) async fn tell<A: Into<OsString>>(
        &self,
        what: &'static str,
        arguments: impl IntoIterator<Item = A>,
        deadline: Duration,
    ) -> Result<Vec<u8>, DockerError> {
        self.run(what, Command::new("docker").args(arguments), deadline).await
    }

    /// The same, where what it wrote counts also when it ends badly.
    pub(crate) async fn hear<A: Into<OsString>>(
        &self,
        what: &'static str,
        arguments: impl IntoIterator<Item = A>,
        deadline: Duration,
    ) -> (Vec<u8>, Result<(), DockerError>) {
        let command = self.armed(Command::new("docker").args(arguments));
        let limits = Limits { deadline, grace: GRACE };
        let hearing = command.output_and_end(limits, self.stopped(), MAX_ANSWER_BYTES);
        let (answer, end) = Box::pin(hearing).await;
        (answer, end.map_err(|error| DockerError::of(what, &error)))
    }

    fn armed(&self, command: Command) -> Command {
        let variables = self.environment.iter();
        // Ctrl-C asks deploy, which undoes what it has begun: that takes commands of its own.
        variables.fold(command, |command, (name, value)| command.env(*name, value.as_str())).apart()
    }

    async fn run(
        &self,
        what: &'static str,
        command: Command,
        deadline: Duration,
    ) -> Result<Vec<u8>, DockerError> {
        let command = self.armed(command);
        let limits = Limits { deadline, grace: GRACE };
        let answer = Box::pin(command.output(limits, self.stopped(), MAX_ANSWER_BYTES)).await;
        answer.map_err(|error| DockerError::of(what, &error))
    }

    /// The last lines that a container has written, on either stream.
    pub(crate) async fn last_lines(
        &self,
        container: &str,
        most: usize,
    ) -> Result<Vec<String>, DockerError> {
        let script = r#"exec docker logs --tail "$1" "$2" 2>&1"#;
        let arguments = ["-c", script, "sh", &most.to_string(), container].map(str::to_owned);
        let answer = self.shell("docker logs", arguments).await?;
        let text = String::from_utf8_lossy(&answer);
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        Ok(lines[lines.len().saturating_sub(most)..].to_vec())
    }

    /// Runs a script of `sh` around the docker command.
    async fn shell<A: Into<OsString>>(
        &self,
        what: &'static str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Vec<u8>, DockerError> {
        self.run(what, Command::new("sh").args(arguments), SOON).await
    }

    /// Runs a command in a container that runs.
    pub(crate) async fn exec(&self, container: &str, command: &[&str]) -> Result<(), DockerError> {
        let arguments: Vec<&str> = ["exec", container].iter().chain(command).copied().collect();
        self.ask("docker exec", arguments).await.map(drop)
    }

    /// Starts containers that were made.
    pub(crate) async fn start(&self, containers: &[impl AsRef<str>]) -> Result<(), DockerError> {
        self.change("docker start", &["start"], containers).await
    }

    /// Ends containers as the engine does, which waits for as long as each asks for.
    pub(crate) async fn stop(&self, containers: &[impl AsRef<str>]) -> Result<(), DockerError> {
        self.change("docker stop", &["stop"], containers).await
    }

    /// Ends a container as the engine does, which waits for as long as the container asks for, and
    /// removes it. One that is gone already is no failure.
    pub(crate) async fn retire(&self, containers: &[impl AsRef<str>]) -> Result<(), DockerError> {
        // A container that restarts by itself is not stopped by `rm` alone.
        let _ = self.stop(containers).await;
        self.change("docker rm", &["rm", "--force", "--volumes"], containers).await
    }

    async fn change(
        &self,
        what: &'static str,
        command: &[&str],
        containers: &[impl AsRef<str>],
    ) -> Result<(), DockerError> {
        if containers.is_empty() {
            return Ok(());
        }
        let containers = containers.iter().map(AsRef::as_ref);
        let arguments: Vec<&str> = command.iter().copied().chain(containers).collect();
        self.tell(what, arguments, CHANGE).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use platform::child::Stderr;

    use super::*;

    #[test]
    fn too_late_is_not_the_same_as_failed_or_missing() {
        let program = || "docker".to_owned();
        let (stderr, end) = (Stderr::default, End::Exited(14));
        for (source, code) in [
            (ChildError::Deadline { program: program(), stderr: stderr() }, ExitCode::Deadline),
            (ChildError::Failed { program: program(), end, stderr: stderr() }, ExitCode::Bad),
            (ChildError::NotFound { program: program() }, ExitCode::Usage),
        ] {
            assert_eq!(DockerError::of("docker ps", &source).exit_code(), code, "{source:?}");
        }
    }
}
