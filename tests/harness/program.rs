//! Our own programs, run as a person or Docker runs them: a clean environment, two streams, an
//! exit code, a deadline.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use rustix::process::Signal;

use crate::postgres::server_user;
use crate::process::{Spawned, tethered};
use crate::wait::wait_until;

/// The root of the source tree.
#[must_use]
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").to_path_buf()
}

/// The path of one of our programs, as `cargo build --workspace --bins` left it.
///
/// # Panics
/// When it was never built, or a source file that it was built from has changed since.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    const REMEDY: &str = "run `cargo build --workspace --bins` first, as tests/run does";
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().and_then(Path::parent).expect("a test runs in target/PROFILE/deps");
    let path = folder.join(name);
    let built =
        modified(&path).unwrap_or_else(|| panic!("{} is missing: {REMEDY}", path.display()));
    // Cargo's own list of what went into the program; file names have no spaces here.
    let sources = std::fs::read_to_string(path.with_extension("d")).unwrap_or_default();
    for source in sources.split_whitespace().skip(1) {
        let fresh = modified(Path::new(source)).is_some_and(|changed| changed <= built);
        assert!(fresh, "{} is older than {source}: {REMEDY}", path.display());
    }
    path
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// A command that is not yet running.
#[derive(Debug)]
pub struct Program {
    name: String,
    command: Command,
    input: Option<Vec<u8>>,
}

/// What a program left behind when it had ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; 128 + N when signal N ended it.
    pub code: i32,
    /// Standard output, whole.
    pub stdout: String,
    /// Standard error, whole.
    pub stderr: String,
}

impl Program {
    /// One of our programs, by its crate's name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let path = binary(name);
        Self::at(&path)
    }

    /// One of our programs, run by the user that servers run as: PostgreSQL's own refuses root.
    #[must_use]
    pub fn as_server_user(name: &str) -> Self {
        Self::run_by(&binary(name), server_user())
    }

    /// Any program, by path or by name.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self::run_by(path, None)
    }

    fn run_by(path: &Path, user: Option<&str>) -> Self {
        let mut command = tethered(path.to_str().expect("a path is UTF-8"), user);
        let search = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", search).current_dir("/");
        Self { name: path.display().to_string(), command, input: None }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable. It starts with none but `PATH`.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets variables.
    #[must_use]
    pub fn envs<'a>(mut self, pairs: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        self.command.envs(pairs);
        self
    }

    /// Where it runs; `/` when nothing is said.
    #[must_use]
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it reads from standard input; nothing when nothing is said.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Starts it and goes on.
    #[must_use]
    pub fn spawn(mut self) -> Running {
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Spawned::start(self.command)
            .unwrap_or_else(|error| panic!("{} can't be started: {error}", self.name));
        let child = process.child();
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), self.input) {
            // A program that does not read its input closes the pipe: that is its right.
            thread::spawn(move || pipe.write_all(&bytes));
        }
        let stdout = Stream::read(child.stdout.take().expect("standard output is a pipe"));
        let stderr = Stream::read(child.stderr.take().expect("standard error is a pipe"));
        Running { name: self.name, process, stdout, stderr }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it has not ended within `deadline`; what it had said by then is shown.
    #[must_use]
    pub fn run(self, deadline: Duration) -> Finished {
        self.spawn().wait(deadline)
    }
}

/// A program in the background. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    name: String,
    process: Spawned,
    stdout: Stream,
    stderr: Stream,
}

impl Running {
    /// Its process id.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.process.pid().as_raw_nonzero().get()
    }

    /// What it has written to standard output so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has written to standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// The exit code once it has ended.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.process.exit_code()
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        self.process.signal(Signal::TERM);
    }

    /// Sends SIGKILL.
    pub fn kill(&self) {
        self.process.signal(Signal::KILL);
    }

    /// Sends any signal.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits until `condition` holds of it.
    ///
    /// # Panics
    /// With `what` when it does not within `deadline`, or when the program has ended before.
    pub fn wait_until(
        &mut self,
        what: &str,
        deadline: Duration,
        mut condition: impl FnMut(&Self) -> bool,
    ) {
        wait_until(what, deadline, || {
            let met = condition(self);
            if let (false, Some(code)) = (met, self.exit_code()) {
                panic!("{} ended with {code} before: {what}\n{}", self.name, self.stderr());
            }
            met
        });
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it has not ended within `deadline`; what it had said by then is shown.
    #[must_use]
    pub fn wait(mut self, deadline: Duration) -> Finished {
        let Some(code) = self.process.ended_within(deadline) else {
            let (stdout, stderr) = (self.stdout(), self.stderr());
            panic!("{} ran past {deadline:?}\nstdout: {stdout}\nstderr: {stderr}", self.name);
        };
        Finished { code, stdout: self.stdout.finish(), stderr: self.stderr.finish() }
    }
}

/// A pipe that is read to its end by a thread of its own, so that the writer never blocks.
#[derive(Debug)]
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn read(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                sink.lock().expect("no reader panics").extend_from_slice(&buffer[..count]);
            }
        });
        Self { bytes, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("no reader panics")).into_owned()
    }

    /// All of it, once the program has ended; a grandchild that keeps the pipe open is not
    /// waited for.
    fn finish(self) -> String {
        let start = std::time::Instant::now();
        while !self.reader.is_finished() && start.elapsed() < Duration::from_secs(1) {
            thread::sleep(Duration::from_millis(2));
        }
        self.text()
    }
}
