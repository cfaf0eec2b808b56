//! A stack of a test's own, driven as an operator drives it.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tests::{Finished, poll_until};

use crate::engine::Engine;
use crate::guard::{Guard, script};
use crate::layout::Layout;

const PREFIX: &str = "ballast-test-";
/// Every service that stays; the one-shots are the rest.
pub(crate) const STAYING: [&str; 7] =
    ["postgres", "redis", "engine", "sidecar", "bot", "backup", "nginx"];
pub(crate) const ONE_SHOTS: [&str; 2] = ["preflight", "backup-predeploy"];

/// A stack. Dropping it removes everything that it made; so does a guard process when the test
/// ends in any other way.
pub(crate) struct Stack {
    pub(crate) layout: Layout,
    pub(crate) engine: Engine,
    project: String,
    said: Mutex<String>,
    _guard: Guard,
}

/// What a server of the stack answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header; its name in whatever case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Stack {
    /// Lays the folder out; nothing runs yet.
    pub(crate) fn new(engine: Engine) -> Self {
        Self::in_folder(engine, Layout::new)
    }

    /// The same in a folder that is a disk of its own: `.env.production`, the records and the backups.
    pub(crate) fn on_a_small_disk(engine: Engine) -> Self {
        Self::in_folder(engine, Layout::on_a_small_disk)
    }

    fn in_folder(engine: Engine, make: fn(&Engine, &str) -> Layout) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        static SWEEP: Once = Once::new();
        SWEEP.call_once(|| remove_leftovers(&engine));
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let project = format!("{PREFIX}{}-{count}", std::process::id());
        let layout = make(&engine, &project);
        let guard = Guard::of("stack", &project, &layout.root());
        Self { layout, engine, project, said: Mutex::default(), _guard: guard }
    }

    /// Tells the bot to misbehave.
    pub(crate) fn fault(&self, name: &str, value: &str) {
        self.layout.set_for_the_bot(name, value);
    }

    /// `docker compose -f docker-compose.prod.yml …` in `folder`.
    fn compose_in(&self, folder: &Path, arguments: &[&str], deadline: Duration) -> Finished {
        self.engine
            .program("docker")
            .args(["compose", "-f", "docker-compose.prod.yml"])
            .args(arguments)
            .current_dir(folder)
            .env("COMPOSE_PROJECT_NAME", &self.project)
            .run(deadline)
    }

    /// The same in `compose/`.
    pub(crate) fn compose(&self, arguments: &[&str]) -> Finished {
        self.compose_in(&self.layout.compose(), arguments, Duration::from_mins(3))
    }

    /// The command of the README, in `compose/`.
    pub(crate) fn up(&self) -> Finished {
        self.heard(self.compose(&["up", "-d"]))
    }

    /// The command of the README, at the root.
    pub(crate) fn up_from_the_root(&self) -> Finished {
        self.heard(self.compose_in(&self.layout.root(), &["up", "-d"], Duration::from_mins(3)))
    }

    fn heard(&self, up: Finished) -> Finished {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_str(&up.stdout);
        said.push_str(&up.stderr);
        drop(said);
        up
    }

    /// All that `up -d` has ever said.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `compose/quickstart …`, the images being here already.
    pub(crate) fn quickstart(&self, arguments: &[&str]) -> Finished {
        self.engine
            .program("./quickstart")
            .args(arguments)
            .current_dir(&self.layout.compose())
            .env("COMPOSE_PROJECT_NAME", &self.project)
            .run(Duration::from_mins(5))
    }

    /// `docker inspect` of a service's container, if there is one.
    pub(crate) fn inspect(&self, service: &str) -> Option<Value> {
        let project = format!("label=com.docker.compose.project={}", self.project);
        let service = format!("label=com.docker.compose.service={service}");
        // Not `compose run`'s containers.
        let kept = "label=com.docker.compose.oneoff=False";
        let filters = ["ps", "-aq", "--filter", &project, "--filter", &service, "--filter", kept];
        let id = self.engine.docker(&filters).stdout.lines().next()?.to_owned();
        let shown = self.engine.docker(&["inspect", &id]).stdout;
        serde_json::from_str::<Value>(&shown).ok()?.get(0).cloned()
    }

    /// The same, of a container that must be there.
    pub(crate) fn container(&self, service: &str) -> Value {
        self.inspect(service).unwrap_or_else(|| panic!("{service} has a container"))
    }

    pub(crate) fn is_running(&self, service: &str) -> bool {
        self.inspect(service).is_some_and(|container| container["State"]["Running"] == true)
    }

    /// What a service has written, standard output and error together.
    pub(crate) fn logs(&self, service: &str) -> String {
        let container = self.container(service);
        let finished = self.engine.docker(&["logs", container["Id"].as_str().unwrap_or_default()]);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        finished.stdout + &finished.stderr
    }

    /// Asks nginx over TLS, as the outside does.
    pub(crate) fn https(&self, path: &str, more: &[&str]) -> Option<Answer> {
        self.curl(&format!("https://127.0.0.1:{}{path}", self.layout.setting("HTTPS_PORT")), more)
    }

    /// Asks nginx without TLS.
    pub(crate) fn http(&self, path: &str) -> Option<Answer> {
        self.curl(&format!("http://127.0.0.1:{}{path}", self.layout.setting("HTTP_PORT")), &[])
    }

    /// Asks a service past nginx, at its container's own address, which only the host reaches.
    pub(crate) fn inside(&self, service: &str, path: &str, more: &[&str]) -> Option<Answer> {
        let container = self.container(service);
        let networks = container["NetworkSettings"]["Networks"].as_object()?;
        let address = networks.values().find_map(|network| network["IPAddress"].as_str())?;
        self.curl(&format!("http://{address}:8080{path}"), more)
    }

    /// Asks the view of the engine through the socket that the sidecar sees.
    pub(crate) fn engine_view(&self, path: &str, more: &[&str]) -> Option<Answer> {
        let sidecar = &self.container("sidecar")["State"]["Pid"];
        let socket = format!("/proc/{sidecar}/root/run/ballast-engine/engine.sock");
        let socket = ["--unix-socket", &socket];
        self.curl(&format!("http://engine{path}"), &[&socket[..], more].concat())
    }

    /// Asks the sidecar where an operator on the host does.
    pub(crate) fn status(&self, path: &str, more: &[&str]) -> Option<Answer> {
        self.curl(&format!("http://127.0.0.1:{}{path}", self.layout.setting("STATUS_PORT")), more)
    }

    /// Asks Prometheus, where it was started.
    pub(crate) fn prometheus(&self, path: &str) -> Option<Answer> {
        self.curl(
            &format!("http://127.0.0.1:{}{path}", self.layout.setting("PROMETHEUS_PORT")),
            &[],
        )
    }

    /// `None` when there is no answer at all.
    fn curl(&self, url: &str, more: &[&str]) -> Option<Answer> {
        let finished = self
            .engine
            .program("curl")
            .args(["-ski", "--path-as-is", "--max-time", "10", "-w", "\n%{http_code}", url])
            .args(more)
            .run(Duration::from_secs(20));
        let (answer, status) = finished.stdout.rsplit_once('\n')?;
        let status = status.parse().ok().filter(|status| *status != 0)?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// The health that nginx shows: status code and JSON.
    pub(crate) fn health(&self) -> Option<(u16, Value)> {
        let answer = self.https("/health", &[])?;
        Some((answer.status, serde_json::from_str(&answer.body).ok()?))
    }

    /// Waits until the health says so.
    pub(crate) fn wait_for_health(&self, status: u16, word: &str, deadline: Duration) -> Value {
        poll_until(&format!("{word}, {status}"), deadline, || {
            let (code, health) = self.health()?;
            (code == status && health["overall_status"] == word).then_some(health)
        })
    }

    /// Sends an update as Telegram does.
    pub(crate) fn post(&self, update_id: u32) -> Option<u16> {
        let path = self.webhook();
        let body = format!("{{\"update_id\":{update_id}}}");
        let json = "content-type: application/json";
        Some(self.https(&path, &["-H", json, "-d", &body])?.status)
    }

    /// The webhook's path, which bears the token.
    pub(crate) fn webhook(&self) -> String {
        format!("/webhook/{}", self.layout.setting("TELEGRAM_BOT_TOKEN"))
    }

    /// Runs SQL in the stack's database.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let user = self.layout.setting("POSTGRES_USER");
        let database = self.layout.setting("POSTGRES_DB");
        let psql = ["psql", "-XAtq", "-U", &user, "-d", &database, "-c", statement];
        let finished = self.compose(&[&["exec", "-T", "postgres"], &psql[..]].concat());
        assert_eq!(finished.code, 0, "{statement}: {}", finished.stderr);
        finished.stdout.trim_end().to_owned()
    }

    /// The count that the bot keeps in Redis.
    pub(crate) fn counted(&self) -> String {
        let finished = self.compose(&["exec", "-T", "redis", "redis-cli", "GET", "bot:updates"]);
        finished.stdout.trim_end().to_owned()
    }

    /// The name that all of its containers and networks begin with.
    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// A label that has whatever bears it removed with the stack.
    pub(crate) fn label(&self) -> String {
        format!("com.docker.compose.project={}", self.project)
    }

    /// Our own program on the host, told where the stack is.
    pub(crate) fn on_the_host(&self, program: &Path, arguments: &[&str]) -> Finished {
        self.engine
            .program(&program.display().to_string())
            .args(arguments)
            .env("COMPOSE_PROJECT_NAME", &self.project)
            .run(Duration::from_mins(1))
    }

    /// A command line of the README, as a person in `compose/` types it.
    pub(crate) fn shell(&self, lines: &str) -> Finished {
        self.engine
            .program("bash")
            .args(["-eu", "-c", lines])
            .current_dir(&self.layout.compose())
            .env("COMPOSE_PROJECT_NAME", &self.project)
            .run(Duration::from_mins(2))
    }

    /// All that a person would look at when something does not hold.
    pub(crate) fn state(&self) -> String {
        let services = self.compose(&["ps", "--all"]).stdout;
        let logs = self.compose(&["logs", "--no-color", "--tail", "30"]).stdout;
        format!("{services}\n{logs}")
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = remove(&self.engine, &self.project, &self.layout.root());
    }
}

fn remove(engine: &Engine, project: &str, folder: &Path) -> Finished {
    let script = script().display().to_string();
    let remove = engine.program(&script).args(["stack", project]).arg(folder);
    remove.run(Duration::from_mins(2))
}

/// Removes the stacks of tests that were ended together with their guards.
fn remove_leftovers(engine: &Engine) {
    let label = r#"{{.Label "com.docker.compose.project"}}"#;
    let listed = engine.docker(&["ps", "-a", "--format", label]).stdout;
    for project in listed.lines().filter(|project| project.starts_with(PREFIX)) {
        let owner = project.trim_start_matches(PREFIX).split('-').next().unwrap_or_default();
        if !Path::new("/proc").join(owner).exists() {
            let _ = remove(engine, project, Path::new("/nonexistent"));
        }
    }
}
