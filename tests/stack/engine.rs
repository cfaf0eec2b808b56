//! A Docker engine: the one of this host, or one of the test's own that it may restart.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tests::{Finished, Program, Running, Scratch, poll_until, unique};

use crate::guard::Guard;

const SOON: Duration = Duration::from_mins(1);

/// An engine and the network that its published ports are in.
pub(crate) struct Engine {
    private: Option<Private>,
}

/// A daemon with its own data, socket and network name space: its restart is nobody else's, and
/// its ports and packet filter rules collide with nobody's.
struct Private {
    daemon: Option<Running>,
    namespace: String,
    folder: Scratch,
    _guard: Guard,
}

impl Engine {
    pub(crate) fn of_this_host() -> Self {
        Self { private: None }
    }

    /// Starts an engine of the test's own. It has no images yet.
    pub(crate) fn private() -> Self {
        let folder = Scratch::new();
        let namespace = format!("ballast-test-{}-{}", std::process::id(), &unique()[24..]);
        // A configuration of its own, or it would read the host daemon's.
        std::fs::write(folder.join("daemon.json"), "{}").expect("the folder is writable");
        let ip = |arguments: &[&str]| {
            let finished = Program::at(Path::new("ip")).args(arguments).run(SOON);
            assert_eq!(finished.code, 0, "ip {arguments:?}, as root: {}", finished.stderr);
        };
        ip(&["netns", "add", &namespace]);
        let guard = Guard::of("engine", &namespace, folder.path());
        let mut private = Private { daemon: None, namespace, folder, _guard: guard };
        ip(&["-n", &private.namespace, "link", "set", "lo", "up"]);
        private.start();
        Self { private: Some(private) }
    }

    /// Ends the daemon as an init system does, and starts it again.
    pub(crate) fn restart(&mut self) {
        let private = self.private.as_mut().expect("only a private engine is restarted");
        private.stop();
        private.start();
    }

    /// The socket, as a bind mount names it.
    pub(crate) fn socket(&self) -> PathBuf {
        match &self.private {
            Some(private) => private.socket(),
            None => PathBuf::from("/var/run/docker.sock"),
        }
    }

    /// A program that sees this engine and its network.
    pub(crate) fn program(&self, name: &str) -> Program {
        let program = match &self.private {
            None => Program::at(Path::new(name)),
            Some(private) => Program::at(Path::new("nsenter")).arg(private.network()).arg(name),
        };
        let program = match (&self.private, std::env::var_os("DOCKER_HOST")) {
            (Some(private), _) => program.env("DOCKER_HOST", private.url()),
            (None, Some(host)) => program.env("DOCKER_HOST", host),
            (None, None) => program,
        };
        // The docker command looks for its plugins below HOME too.
        program.env("HOME", std::env::var_os("HOME").unwrap_or_else(|| "/".into()))
    }

    /// Runs `docker …` and returns what it says.
    pub(crate) fn docker(&self, arguments: &[&str]) -> Finished {
        self.program("docker").args(arguments).run(Duration::from_mins(3))
    }

    /// Every start of a container with that label from now on: its service's name, a line each.
    pub(crate) fn starts(&self, label: &str) -> Running {
        let service = r#"{{index .Actor.Attributes "com.docker.compose.service"}}"#;
        let filters = ["type=container", "event=start", &format!("label={label}")];
        let filters = filters.iter().flat_map(|filter| ["--filter", filter]);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
        let events = self.program("docker").args(["events", "--since", &now.as_secs().to_string()]);
        events.args(["--format", service]).args(filters).spawn()
    }

    /// Copies images of this host's engine.
    pub(crate) fn load(&self, images: &[String]) {
        let private = self.private.as_ref().expect("only a private engine lacks images");
        let copy = format!("docker save {} | docker -H {} load", images.join(" "), private.url());
        let finished = Engine::of_this_host()
            .program("bash")
            .args(["-o", "pipefail", "-c", &copy])
            .run(Duration::from_mins(5));
        assert_eq!(finished.code, 0, "{}", finished.stderr);
    }
}

impl Private {
    fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// `ip netns exec` would hide the control groups: only the network is entered.
    fn network(&self) -> String {
        format!("--net=/run/netns/{}", self.namespace)
    }

    fn start(&mut self) {
        let host = Engine::of_this_host();
        let driver = host.docker(&["info", "--format", "{{.Driver}}"]).stdout;
        let path = |name: &str| self.folder.join(name).display().to_string();
        // SIGTERM, not SIGKILL, when the test ends: it stops its containers then.
        let mut daemon = Program::at(Path::new("setpriv"))
            .args(["--pdeathsig", "TERM", "--", "nsenter", &self.network()])
            .arg("dockerd")
            .args(["--config-file", &path("daemon.json"), "--storage-driver", driver.trim()])
            .args(["--data-root", &path("data"), "--exec-root", &path("exec")])
            .args(["--pidfile", &path("dockerd.pid"), "--host", &self.url()])
            .spawn();
        let url = self.url();
        poll_until("a private Docker engine answers", SOON, || {
            let ended = daemon.exit_code();
            assert!(ended.is_none(), "dockerd ended with {ended:?}: {}", daemon.stderr());
            let version = host.docker(&["--host", &url, "version"]);
            (version.code == 0).then_some(())
        });
        self.daemon = Some(daemon);
    }

    fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.terminate();
            let _ = daemon.wait(SOON);
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.stop();
        let _ = Program::at(Path::new("ip")).args(["netns", "del", &self.namespace]).run(SOON);
    }
}
