//! What the real `docker compose config` makes of environment files.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Program, Scratch};

use super::{Case, OUTER, Values};

/// The way that a file takes to a container.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// `env_file:` of a service: the container gets what the file says.
    Service,
    /// `env_file:` of an `include`, as in docker-compose.prod.yml: the file gives values to `${NAME-}`.
    Include,
}

/// Asks Compose, in a folder of its own.
pub(super) struct Compose {
    folder: Scratch,
    way: Way,
}

impl Compose {
    pub(super) fn new(way: Way) -> Self {
        Self { folder: Scratch::new(), way }
    }

    /// The values of each file, all in one project; `None` when Compose refuses it.
    pub(super) fn read(&self, cases: &[&Case]) -> Option<Vec<Values>> {
        let project = match self.way {
            Way::Service => self.services(cases),
            Way::Include => self.includes(cases),
        };
        let path = self.write("compose.json", &project.to_string());
        let finished = Program::at("docker".as_ref())
            .args(["compose", "--file", path.to_str().expect("the path is UTF-8")])
            .args(["config", "--format", "json"])
            .env("HOME", "/nonexistent")
            .envs(OUTER.iter().map(|(name, value)| (*name, (*value).to_owned())))
            .run(Duration::from_mins(1));
        if finished.code != 0 {
            // What it says of a file is its own business; a fault of another kind must not pass for that.
            let ours = ["line ", "zero length string", "Invalid template", "required variable"];
            let known = ours.iter().any(|words| finished.stderr.contains(words));
            assert!(known, "docker compose config: {}", finished.stderr);
            return None;
        }
        let config: Value = serde_json::from_str(&finished.stdout).expect("its output is JSON");
        let services = &config["services"];
        Some((0..cases.len()).map(|number| environment(&services[name(number)])).collect())
    }

    fn services(&self, cases: &[&Case]) -> Value {
        let services: serde_json::Map<_, _> = (0..)
            .zip(cases)
            .map(|(number, case)| {
                let file = self.write(&format!("{number}.env"), &case.text);
                (name(number), json!({"image": "none", "env_file": [file]}))
            })
            .collect();
        json!({"name": "parity", "services": services})
    }

    fn includes(&self, cases: &[&Case]) -> Value {
        let include: Vec<_> = (0..)
            .zip(cases)
            .map(|(number, case)| {
                let env_file = self.write(&format!("{number}.env"), &case.text);
                let environment: serde_json::Map<_, _> = super::generator::NAMES
                    .iter()
                    .map(|name| ((*name).to_owned(), format!("${{{name}-}}").into()))
                    .collect();
                let service = json!({"image": "none", "environment": environment});
                let included = json!({"services": {name(number): service}}).to_string();
                let path = self.write(&format!("{number}.json"), &included);
                json!({"path": path, "env_file": env_file})
            })
            .collect();
        json!({"name": "parity", "include": include})
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("the file is writable");
        path
    }
}

fn name(number: usize) -> String {
    format!("s{number}")
}

/// Which Compose it is.
pub(super) fn version() -> String {
    let asked = Program::at("docker".as_ref()).args(["compose", "version", "--short"]);
    asked.run(Duration::from_secs(20)).stdout.trim().to_owned()
}

/// The values that a service gets. In its output Compose writes `$$` for a `$`.
fn environment(service: &Value) -> Values {
    let Some(environment) = service["environment"].as_object() else { return Values::new() };
    environment
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().expect("every value is a string");
            (name.clone(), value.replace("$$", "$"))
        })
        .collect()
}
