//! A real PostgreSQL server of a test's own.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::certificates::{Certificates, Shown};
use crate::process::{Spawned, free_port, tethered};
use crate::scratch::{Scratch, unique};
use crate::wait::poll_until;

/// The superuser that `url` logs in as; the server has no other.
const USER: &str = "ballast";
/// PostgreSQL refuses to run as root; the Debian packages bring this user.
const SERVER_USER: &str = "postgres";
const START: Duration = Duration::from_secs(30);

/// A PostgreSQL server with a data folder, a port and a password of its own. Dropping it stops it
/// and removes its data.
#[derive(Debug)]
pub struct Postgres {
    folder: Scratch,
    port: u16,
    password: String,
    server: Option<Spawned>,
}

impl Postgres {
    /// Starts a server and waits until it answers.
    #[must_use]
    pub fn start() -> Self {
        let folder = Scratch::new();
        copy_of_the_template(&folder.join("data"));
        for private in ["data", "socket"] {
            let path = folder.join(private);
            fs::create_dir_all(&path).expect("a folder can be made");
            run(Command::new("chmod").arg("0700").arg(&path));
        }
        if let Some(user) = server_user() {
            run(Command::new("chown").args(["-R", user]).arg(folder.path()));
        }
        let mut postgres = Self { folder, port: free_port(), password: unique(), server: None };
        postgres.restart();
        let password = format!("alter role {USER} password '{}'", postgres.password);
        postgres.psql("postgres", &password).expect("the superuser's password can be set");
        postgres
    }

    /// Starts it again on the same port with the same data, after [`stop`](Self::stop).
    ///
    /// # Panics
    /// When it does not answer within half a minute.
    pub fn restart(&mut self) {
        // What `restart_recovering` left; there is none after an ordinary start.
        let _ = fs::remove_file(self.folder.join("data/standby.signal"));
        self.launch(&[]);
        poll_until("PostgreSQL answers", START, || {
            let ended = self.server.as_mut().and_then(Spawned::exit_code);
            assert!(ended.is_none(), "PostgreSQL ended with {ended:?}: {}", self.log());
            self.psql("postgres", "select 1").ok()
        });
    }

    /// Starts it again as the standby of nobody: it recovers for ever, and lets nobody in.
    ///
    /// # Panics
    /// When it does not say so within half a minute.
    pub fn restart_recovering(&mut self) {
        fs::write(self.folder.join("data/standby.signal"), "").expect("a file can be made");
        self.launch(&["-c", "hot_standby=off"]);
        poll_until("PostgreSQL recovers", START, || {
            let refused = self.psql("postgres", "select 1").err()?;
            refused.contains("not accepting connections").then_some(())
        });
    }

    fn launch(&mut self, options: &[&str]) {
        self.server = None;
        let log = fs::File::create(self.folder.join("server.log")).expect("a log can be made");
        let program = bin().join("postgres");
        let mut command = tethered(program.to_str().expect("a path is UTF-8"), server_user());
        command
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-k")
            .arg(self.folder.join("socket"))
            .args(["-h", "127.0.0.1,::1", "-p", &self.port.to_string()])
            .args(["-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=30"])
            .args(options)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.server = Some(Spawned::start(command).expect("PostgreSQL can be started"));
    }

    /// Stops it at once: connections are cut, as by a crash of the machine it runs on.
    pub fn stop(&mut self) {
        self.sigcont();
        if let Some(mut server) = self.server.take() {
            server.end(Signal::QUIT, Duration::from_secs(10));
        }
    }

    /// Kills every process of it with SIGKILL, as the kernel does when memory runs out.
    pub fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let family = children(server.pid());
        server.end(Signal::KILL, Duration::ZERO);
        for child in &family {
            let _ = kill_process(*child, Signal::KILL);
        }
        // The next server refuses to start while one of them holds the shared memory.
        poll_until("PostgreSQL's processes have ended", START, || {
            family.iter().all(|child| state(*child).is_none_or(|state| state == "Z")).then_some(())
        });
    }

    /// Takes every connection that the server still has, without logging in. Dropped, they are free.
    #[must_use]
    pub fn take_every_connection(&self) -> Vec<TcpStream> {
        let words = format!("user\0{USER}\0database\0postgres\0\0");
        let length = u32::try_from(8 + words.len()).expect("it is short");
        let version = 196_608_u32.to_be_bytes();
        let startup = [&length.to_be_bytes()[..], &version, words.as_bytes()].concat();
        let mut taken = Vec::new();
        loop {
            let mut stream =
                TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
            stream.write_all(&startup).expect("the server reads");
            let mut kind = [0];
            stream.read_exact(&mut kind).expect("the server answers");
            if kind == *b"E" {
                return taken;
            }
            taken.push(stream);
        }
    }

    /// Offers TLS with this certificate from now on, to who connects newly.
    ///
    /// # Panics
    /// When the server does not take it.
    pub fn show(&self, certificates: &Certificates, shown: Shown) {
        // The server reads no key that others may read, or that is not its own.
        let files = [
            ("server.pem", certificates.certificate(shown)),
            ("server.key", certificates.key(shown)),
        ];
        for (name, source) in files {
            let target = self.folder.join("data").join(name);
            let owner = server_user().map_or(vec![], |user| vec!["-o", user]);
            run(Command::new("install").args(["-m", "0600"]).args(owner).arg(source).arg(target));
        }
        for setting in ["ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.key'", "ssl = on"] {
            let _ = self.sql("postgres", &format!("alter system set {setting}"));
        }
        self.reload();
    }

    /// Offers no TLS any more.
    pub fn show_none(&self) {
        let _ = self.sql("postgres", "alter system set ssl = off");
        self.reload();
    }

    /// Lets nobody in over the network but by this kind of line of `pg_hba.conf`: `hostssl`,
    /// `hostnossl` or `host`, with a password.
    ///
    /// # Panics
    /// When the file can't be written.
    pub fn let_in(&self, kind: &str) {
        let rules = format!("local all all trust\n{kind} all all all scram-sha-256\n");
        fs::write(self.folder.join("data/pg_hba.conf"), rules).expect("a file can be written");
        self.reload();
    }

    /// Waits until the server has read its files again, and found nothing wrong.
    fn reload(&self) {
        let loaded = || self.sql("postgres", "select pg_conf_load_time()");
        let before = loaded();
        let _ = self.sql("postgres", "select pg_reload_conf()");
        poll_until("PostgreSQL has read its files", START, || (loaded() != before).then_some(()));
        let wrong = "select count(*) from pg_hba_file_rules where error is not null";
        assert_eq!(self.sql("postgres", wrong), "0", "{}", self.log());
    }

    /// Freezes it: connections stay open and nothing answers.
    pub fn sigstop(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Wakes it from [`sigstop`](Self::sigstop).
    pub fn sigcont(&self) {
        self.signal_all(Signal::CONT);
    }

    /// Makes an empty database and returns its name.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("db_{}", unique());
        self.psql("postgres", &format!("create database {name}")).expect("a database can be made");
        name
    }

    /// The connection string of a database, as a program gets it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// The superuser's password: a secret that must not be found anywhere.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs SQL in a database and returns the rows, unaligned and without a heading.
    ///
    /// # Panics
    /// With what psql says when a statement fails.
    #[must_use]
    pub fn sql(&self, database: &str, statement: &str) -> String {
        self.psql(database, statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// What the server has written to its log since its last start.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }

    /// Gives a folder to the user that servers run as.
    ///
    /// # Panics
    /// When it can't be given away.
    pub fn give(folder: &Path) {
        if let Some(user) = server_user() {
            run(Command::new("chown").arg(user).arg(folder));
        }
    }

    /// The folder of PostgreSQL's programs: `psql`, `pg_dump`, `initdb`, …
    #[must_use]
    pub fn bin() -> PathBuf {
        bin()
    }

    /// Over the socket, which only root and the server's user can reach, without a password.
    fn psql(&self, database: &str, statement: &str) -> Result<String, String> {
        let output = Command::new(bin().join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v"])
            .args(["ON_ERROR_STOP=1", "-U", USER, "-p", &self.port.to_string(), "-h"])
            .arg(self.folder.join("socket"))
            .args(["-d", database, "-c", statement])
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .expect("psql can be run");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// The server is a family of processes, each a session of its own: a signal to one of them
    /// leaves the others running.
    fn signal_all(&self, signal: Signal) {
        let Some(server) = &self.server else { return };
        server.signal(signal);
        for child in children(server.pid()) {
            // A backend may end between the look and the signal.
            let _ = kill_process(child, signal);
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero().to_string();
    let entries = fs::read_dir("/proc").expect("/proc can be read");
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parents = pids.filter_map(|pid: i32| {
        let pid = Pid::from_raw(pid)?;
        (stat(pid)?.nth(1)? == parent).then_some(pid)
    });
    parents.collect()
}

/// `R`, `S`, `Z` for an ended process that nobody has asked about, …; `None` when there is none.
fn state(pid: Pid) -> Option<String> {
    stat(pid)?.next()
}

/// What `/proc` says of a process, after its name: the state, then the parent.
fn stat(pid: Pid) -> Option<impl Iterator<Item = String>> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter())
}

/// `initdb` takes a second, a copy of what it makes a tenth: one template serves every test of
/// this build folder, until PostgreSQL's version changes.
fn copy_of_the_template(target: &Path) {
    let version = Command::new(bin().join("postgres"))
        .arg("--version")
        .output()
        .expect("PostgreSQL tells its version");
    let version: String = String::from_utf8_lossy(&version.stdout)
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let test = std::env::current_exe().expect("a test knows its own path");
    let cache = test.with_file_name("postgres-templates");
    fs::create_dir_all(&cache).expect("the build folder is writable");
    let lock = fs::File::create(cache.join("lock")).expect("the build folder is writable");
    flock(&lock, FlockOperation::LockExclusive).expect("a lock can be taken");
    let template = cache.join(version.trim_matches('-'));
    if !template.exists() {
        let folder = Scratch::new();
        let made = folder.join("data");
        fs::create_dir(&made).expect("a folder can be made");
        let program = bin().join("initdb");
        if let Some(user) = server_user() {
            run(Command::new("chown").arg(user).arg(&made));
        }
        run(tethered(program.to_str().expect("a path is UTF-8"), server_user())
            .args(["--no-sync", "--encoding=UTF8", "--locale=C", "--username", USER])
            .args(["--auth-local=trust", "--auth-host=scram-sha-256", "-D"])
            .arg(&made)
            .current_dir("/"));
        let unfinished = cache.join(unique());
        run(Command::new("cp").arg("-R").arg(&made).arg(&unfinished));
        fs::rename(&unfinished, &template).expect("a folder can be renamed");
    }
    run(Command::new("cp").arg("-R").arg(&template).arg(target));
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// Who runs servers, where we are root.
pub(crate) fn server_user() -> Option<&'static str> {
    geteuid().is_root().then_some(SERVER_USER)
}

/// The newest PostgreSQL of a Debian-family host, else where `initdb` is found on `PATH`.
fn bin() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| Path::new(&format!("/usr/lib/postgresql/{version}/bin/initdb")).exists())
        .max();
    if let Some(version) = newest {
        return PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"));
    }
    let search = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&search)
        .find(|folder| folder.join("initdb").exists())
        .expect("PostgreSQL's server is installed: run tests/run")
}
