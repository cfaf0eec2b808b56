//! Children that end with the test: on drop, and by the kernel when the test process is killed.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A TCP port of 127.0.0.1 that was free a moment ago.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("127.0.0.1 has a free port")
        .port()
}

/// A command that the kernel kills with its parent. `user` is who runs it, where we are root.
pub(crate) fn tethered(program: &str, user: Option<&str>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some(user) = user {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    command.arg("--").arg(program);
    command
}

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Spawned(Child);

impl Spawned {
    /// Starts a command made by [`tethered`].
    pub(crate) fn start(command: Command) -> io::Result<Self> {
        spawn_from_the_keeper(command).map(Self)
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // A process that has ended by itself in the meantime needs no signal.
        let _ = kill_process(self.pid(), signal);
    }

    /// The exit code; a process ended by signal N counts as 128 + N, as a shell says it.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        self.0.try_wait().expect("a child can be waited for").map(code_of)
    }

    /// The exit code, or `None` when it has not ended within `deadline`.
    pub(crate) fn ended_within(&mut self, deadline: Duration) -> Option<i32> {
        let start = Instant::now();
        loop {
            let code = self.exit_code();
            if code.is_some() || start.elapsed() >= deadline {
                return code;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends `signal`, and SIGKILL when the process has not ended within `grace`.
    pub(crate) fn end(&mut self, signal: Signal, grace: Duration) {
        self.signal(signal);
        if self.ended_within(grace).is_none() {
            self.kill();
        }
    }

    fn kill(&mut self) {
        // Both fail only for a child that has already been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        self.kill();
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

type Order = (Command, Sender<io::Result<Child>>);

/// Starts every child from one thread that lives as long as the process: the kernel's
/// parent-death signal is sent when the *thread* that forked ends, and a test is a thread.
fn spawn_from_the_keeper(command: Command) -> io::Result<Child> {
    static KEEPER: OnceLock<Sender<Order>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (orders, inbox) = channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        orders
    });
    let (reply, answer) = channel();
    keeper.send((command, reply)).expect("the keeper thread lives");
    answer.recv().expect("the keeper thread answers")
}
