//! A real Redis server of a test's own.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::certificates::{Certificates, Shown};
use crate::process::{Spawned, free_port, tethered};
use crate::scratch::{Scratch, unique};
use crate::wait::poll_until;

const START: Duration = Duration::from_secs(15);

/// A Redis server with a port and a password of its own that keeps its data in memory only: a
/// stop forgets it. Dropping it stops it.
#[derive(Debug)]
pub struct Redis {
    folder: Scratch,
    port: u16,
    password: String,
    server: Option<Spawned>,
}

impl Redis {
    /// Starts a server and waits until it answers.
    #[must_use]
    pub fn start() -> Self {
        let mut redis =
            Self { folder: Scratch::new(), port: free_port(), password: unique(), server: None };
        redis.restart();
        redis
    }

    /// Starts it again on the same port, after [`stop`](Self::stop).
    ///
    /// # Panics
    /// When it does not answer in time.
    pub fn restart(&mut self) {
        self.server = None;
        let configuration = self.folder.join("redis.conf");
        self.write_configuration(&configuration);
        let mut command = tethered("redis-server", None);
        command
            .arg(&configuration)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.server = Some(Spawned::start(command).expect("redis-server is installed"));
        poll_until("Redis answers", START, || {
            let ended = self.server.as_mut().and_then(Spawned::exit_code);
            assert!(ended.is_none(), "Redis ended with {ended:?}");
            (self.ask(&["PING"]).ok()? == "PONG").then_some(())
        });
    }

    /// Stops it; connections are cut.
    pub fn stop(&mut self) {
        self.sigcont();
        if let Some(mut server) = self.server.take() {
            server.end(Signal::TERM, Duration::from_secs(10));
        }
    }

    /// Speaks TLS with this certificate from now on, on 127.0.0.1 and `::1`, at the port that is given
    /// back. `demand` is whether clients have to show one of theirs.
    ///
    /// # Panics
    /// When the server does not take it.
    #[must_use]
    pub fn show(&self, certificates: &Certificates, shown: Shown, demand: bool) -> u16 {
        let [pem, key, authority] =
            [certificates.certificate(shown), certificates.key(shown), certificates.authority()]
                .map(|path| path.display().to_string());
        let port = free_port();
        let port_text = port.to_string();
        let clients = if demand { "yes" } else { "no" };
        let mut words = vec!["CONFIG", "SET", "tls-cert-file", &pem, "tls-key-file", &key];
        words.extend(["tls-ca-cert-file", &authority, "tls-auth-clients", clients]);
        words.extend(["tls-port", &port_text, "bind", "127.0.0.1 -::1"]);
        assert_eq!(self.command(&words), "OK");
        port
    }

    /// Kills it with SIGKILL, as the kernel does when memory runs out.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.end(Signal::KILL, Duration::ZERO);
        }
    }

    /// Demands another password from now on; who is logged in stays so.
    ///
    /// # Panics
    /// When the server does not take it.
    pub fn change_password(&mut self, password: &str) {
        assert_eq!(self.command(&["CONFIG", "SET", "requirepass", password]), "OK");
        password.clone_into(&mut self.password);
    }

    /// Freezes it: connections stay open and nothing answers.
    pub fn sigstop(&self) {
        self.signal(Signal::STOP);
    }

    /// Wakes it from [`sigstop`](Self::sigstop).
    pub fn sigcont(&self) {
        self.signal(Signal::CONT);
    }

    /// The connection string, as a program gets it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}/0", self.password, self.port)
    }

    /// The password: a secret that must not be found anywhere.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sends a command and returns the answer, as `redis-cli` prints it.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> String {
        self.ask(words).unwrap_or_else(|error| panic!("redis {words:?}: {error}"))
    }

    fn ask(&self, words: &[&str]) -> Result<String, String> {
        let output = Command::new("redis-cli")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(words)
            .env("REDISCLI_AUTH", &self.password)
            .stdin(Stdio::null())
            .output()
            .expect("redis-cli is installed");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// In a file, not in the arguments, where every user of the machine could read it.
    fn write_configuration(&self, path: &std::path::Path) {
        let text = format!(
            "bind 127.0.0.1\nport {}\nrequirepass {}\nsave \"\"\nappendonly no\ndir {}\n",
            self.port,
            self.password,
            self.folder.path().display()
        );
        let mut file = fs::OpenOptions::new();
        let file = file.write(true).create(true).truncate(true).mode(0o600).open(path);
        std::io::Write::write_all(&mut file.expect("a file can be made"), text.as_bytes())
            .expect("a file can be written");
    }

    fn signal(&self, signal: Signal) {
        if let Some(server) = &self.server {
            server.signal(signal);
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
