//! What is to be run.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Child;

use super::ChildError;

/// A program with its arguments and the whole of its environment.
///
/// A secret goes into the environment, never among the arguments, which every process can read.
#[derive(Debug)]
pub struct Command {
    pub(super) program: OsString,
    is_apart: bool,
    arguments: Vec<OsString>,
    plain: Vec<(OsString, OsString)>,
    secret: Vec<(OsString, SecretString)>,
    folder: Option<PathBuf>,
}

impl Command {
    /// A program without arguments, and with nothing in its environment but the `PATH` of the
    /// images, `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, and `LC_ALL=C.UTF-8`,
    /// so that it speaks the same language everywhere. Another `PATH` can be set over it.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            is_apart: false,
            arguments: Vec::new(),
            plain: Vec::new(),
            secret: Vec::new(),
            folder: None,
        }
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
    }

    /// The same with another argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The same with more arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The same with a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.plain.push((name.into(), value.into()));
        self
    }

    /// The same with a secret variable.
    #[must_use]
    pub fn secret_env(mut self, name: impl Into<OsString>, value: SecretString) -> Self {
        self.secret.push((name.into(), value));
        self
    }

    /// The same in another working folder than that of this process.
    #[must_use]
    pub fn working_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// The same in a process group of its own: what a terminal sends to all in front of it does not reach
    /// it, and its owner alone decides when it ends.
    #[must_use]
    pub const fn apart(mut self) -> Self {
        self.is_apart = true;
        self
    }

    /// The program's file name, as errors and logs show it.
    #[must_use]
    pub fn name(&self) -> String {
        let path = std::path::Path::new(&self.program);
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Starts it with nothing to read and with pipes for what it says, unless `streams` sets others.
    pub(super) fn spawn<E>(
        self,
        streams: impl FnOnce(&mut tokio::process::Command) -> &mut tokio::process::Command,
    ) -> Result<Child, ChildError<E>> {
        let program = self.name();
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs(self.plain.iter().map(|(n, v)| (n, v)));
        for (name, value) in &self.secret {
            command.env(name, OsStr::new(value.expose_secret()));
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if self.is_apart {
            command.process_group(0);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        streams(&mut command).kill_on_drop(true).spawn().map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ChildError::NotFound { program },
            _ => ChildError::NotStarted { program, source },
        })
    }
}
