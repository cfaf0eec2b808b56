//! The folder that a stack test works in: a copy of `compose/`, set up as quickstart does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tests::{Program, Scratch, free_port, workspace_root};

use crate::engine::Engine;

/// What a demo writes beside the compose files: it is another stack's.
const NOT_OURS: [&str; 6] =
    [".env.production", "bot.env", "nginx/tls", "deployment", "log", "backups"];

/// The folder, and what `.env.production` in it says.
pub(crate) struct Layout {
    folder: Scratch,
}

impl Layout {
    /// Copies the sources and has quickstart write the configuration, the certificate and the
    /// host's folders.
    pub(crate) fn new(engine: &Engine, project: &str) -> Self {
        Self { folder: Scratch::new() }.set_up(engine, project)
    }

    /// The same on a disk of half a gigabyte. What removes the stack unmounts it.
    pub(crate) fn on_a_small_disk(engine: &Engine, project: &str) -> Self {
        let layout = Self { folder: Scratch::new() };
        let mount = ["-t", "tmpfs", "-o", "size=512m,mode=755", "tmpfs"];
        let mount = Program::at(Path::new("mount")).args(mount).arg(layout.root());
        let mounted = mount.run(Duration::from_secs(10));
        assert_eq!(mounted.code, 0, "{}", mounted.stderr);
        layout.set_up(engine, project)
    }

    fn set_up(self, engine: &Engine, project: &str) -> Self {
        let layout = self;
        copy_sources(&layout.root(), "./compose ./docker-compose.prod.yml");

        let mut quickstart = engine
            .program("./quickstart")
            .arg("env")
            .current_dir(&layout.compose())
            .env("COMPOSE_PROJECT_NAME", project)
            .env("HTTP_PORT", free_port().to_string())
            .env("HTTPS_PORT", free_port().to_string())
            .env("STATUS_PORT", free_port().to_string())
            .env("PROMETHEUS_PORT", free_port().to_string());
        // tests/run tells which images quickstart chose.
        for name in ["POSTGRES_IMAGE", "REDIS_IMAGE", "NGINX_IMAGE", "PROMETHEUS_IMAGE"] {
            if let Some(image) = std::env::var_os(name) {
                quickstart = quickstart.env(name, image);
            }
        }
        let written = quickstart.run(Duration::from_mins(2));
        assert_eq!(written.code, 0, "quickstart env: {}", written.stderr);
        layout.set("DOCKER_SOCKET", &engine.socket().display().to_string());
        // Health results come as often as a test's patience wants them.
        layout.set("HEALTHCHECK_INTERVAL", "3s");
        layout.set("HEALTHCHECK_START_PERIOD", "20s");
        layout
    }

    /// Back to the product's own intervals, where a figure is claimed for them.
    pub(crate) fn keep_the_products_pace(&self) {
        self.set("HEALTHCHECK_INTERVAL", "30s");
        self.set("HEALTHCHECK_START_PERIOD", "60s");
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    pub(crate) fn compose(&self) -> PathBuf {
        self.folder.join("compose")
    }

    /// A host folder of the records.
    pub(crate) fn records(&self, variable: &str) -> PathBuf {
        self.compose().join(self.setting(variable))
    }

    pub(crate) fn env_file(&self) -> PathBuf {
        self.compose().join(".env.production")
    }

    /// All of `.env.production`: names and values.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        settings_of(&self.env_file()).expect(".env.production can be read")
    }

    /// What `.env.production` says of a name; empty when it says nothing.
    pub(crate) fn setting(&self, name: &str) -> String {
        let known = self.settings().into_iter().find(|(known, _)| known == name);
        known.map(|(_, value)| value).unwrap_or_default()
    }

    /// All of `.env.production`, as it stands there.
    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.env_file()).expect(".env.production can be read")
    }

    /// Gives `.env.production` another text; its owner and mode stay.
    pub(crate) fn write(&self, text: &str) {
        fs::write(self.env_file(), text).expect(".env.production can be written");
    }

    /// Changes one line of `.env.production`, or adds it. It is the last line then.
    pub(crate) fn set(&self, name: &str, value: &str) {
        let text = self.text();
        let prefix = format!("{name}=");
        let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(&prefix)).collect();
        let line = format!("{name}={value}");
        lines.push(&line);
        self.write(&(lines.join("\n") + "\n"));
    }

    /// Adds a variable that only the bot knows.
    pub(crate) fn set_for_the_bot(&self, name: &str, value: &str) {
        let path = self.compose().join("bot.env");
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, format!("{text}{name}={value}\n")).expect("the folder is writable");
    }
}

/// Copies of the sources what `what` says, as arguments of tar, without what a demo wrote there.
pub(crate) fn copy_sources(to: &Path, what: &str) {
    let excluded = NOT_OURS.map(|name| format!("--exclude=./compose/{name}")).join(" ");
    let command = format!(r#"tar -C "$0" {excluded} -c {what} | tar -C "$1" -x"#);
    let copied = Program::at(Path::new("bash"))
        .args(["-o", "pipefail", "-c", &command])
        .args([workspace_root().as_path(), to])
        .run(Duration::from_mins(1));
    assert_eq!(copied.code, 0, "{}", copied.stderr);
}

/// All of an `.env.production`: names and values. `None` where there is no such file.
pub(crate) fn settings_of(file: &Path) -> Option<Vec<(String, String)>> {
    let text = fs::read_to_string(file).ok()?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
