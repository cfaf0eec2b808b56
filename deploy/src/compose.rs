//! What Docker Compose says of the stack: its folders as it mounts them, its containers as they are.
//!
//! Compose is asked rather than its files read: it alone knows what its variables come to. Its answer
//! holds secrets, and its errors print raw lines, so only the fields named here are kept.

use std::collections::BTreeMap;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::child::{ChildError, Command, Limits};
use platform::env::Env;
use platform::exit::ExitCode;
use serde::{Deserialize, Serialize};

use crate::variables::PASSED_ON;

const FILE: &str = "docker-compose.prod.yml";
const LIMITS: Limits = Limits { deadline: Duration::from_secs(30), grace: Duration::from_secs(2) };
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// Where preflight mounts the record folders (contract of the compose files).
const STATE_TARGET: &str = "/opt/toogoodtogo/deployment";
const LOG_TARGET: &str = "/var/log/toogoodtogo";

/// Why Compose gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComposeError {
    #[error("{} is missing: run this in the compose folder, or name it with --dir", .0.display())]
    NoStack(PathBuf),
    #[error("docker compose {command} failed: run it by hand in the compose folder to see why")]
    Failed { command: &'static str, source: ChildError<std::io::Error> },
    #[error("docker compose {0} answered what cannot be understood")]
    Unknown(&'static str),
    #[error("the stack mounts nothing at {0}, where its records are")]
    NoFolder(&'static str),
}

impl ComposeError {
    pub(crate) const fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoStack(_)
            | Self::NoFolder(_)
            | Self::Failed { source: ChildError::NotFound { .. }, .. } => ExitCode::Usage,
            Self::Failed { source: ChildError::Deadline { .. }, .. } => ExitCode::Deadline,
            Self::Failed { .. } | Self::Unknown(_) => ExitCode::Bad,
        }
    }
}

/// The folders of the records on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folders {
    pub(crate) state: PathBuf,
    pub(crate) log: PathBuf,
}

/// A container of the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase"))]
pub(crate) struct Instance {
    #[serde(rename(deserialize = "Service"))]
    pub(crate) service_name: String,
    #[serde(rename(deserialize = "ID"))]
    pub(crate) container_id: String,
    #[serde(rename(deserialize = "Image"))]
    pub(crate) image_tag: String,
    pub(crate) state: String,
    pub(crate) health: String,
    pub(crate) exit_code: i32,
}

/// Compose in one folder.
pub(crate) struct Compose<'a, E> {
    dir: &'a Path,
    env: &'a E,
}

impl<'a, E: Env> Compose<'a, E> {
    /// The stack whose compose files are in `dir`.
    pub(crate) fn new(dir: &'a Path, env: &'a E) -> Result<Self, ComposeError> {
        let file = dir.join(FILE);
        if file.is_file() { Ok(Self { dir, env }) } else { Err(ComposeError::NoStack(file)) }
    }

    /// Where the records are on this host.
    pub(crate) async fn folders(&self) -> Result<Folders, ComposeError> {
        let answer = self.ask("config", &["config", "--format", "json"]).await?;
        parse_folders(&answer)
    }

    /// Every container of the stack, ordered by service.
    pub(crate) async fn services(&self) -> Result<Vec<Instance>, ComposeError> {
        let answer = self.ask("ps", &["ps", "--all", "--no-trunc", "--format", "json"]).await?;
        let mut services = parse_services(&answer)?;
        services.sort_by(|a, b| a.service_name.cmp(&b.service_name));
        Ok(services)
    }

    async fn ask(&self, command: &'static str, args: &[&str]) -> Result<Vec<u8>, ComposeError> {
        let file = self.dir.join(FILE);
        let mut docker = Command::new("docker").args(["compose", "-f"]).arg(file).args(args);
        for variable in PASSED_ON {
            if let Ok(Some(value)) = self.env.get(variable.name) {
                docker = docker.env(variable.name, value);
            }
        }
        let answer = docker.output(LIMITS, pending(), MAX_ANSWER_BYTES).await;
        answer.map_err(|source| ComposeError::Failed { command, source })
    }
}

#[derive(Deserialize)]
struct Config {
    services: BTreeMap<String, Mounting>,
}

#[derive(Deserialize)]
struct Mounting {
    #[serde(default)]
    volumes: Vec<Mount>,
}

#[derive(Deserialize)]
struct Mount {
    source: Option<PathBuf>,
    target: String,
}

fn parse_folders(answer: &[u8]) -> Result<Folders, ComposeError> {
    let config: Config =
        serde_json::from_slice(answer).map_err(|_| ComposeError::Unknown("config"))?;
    let mounts = config.services.get("preflight").map(|service| service.volumes.as_slice());
    let source = |target| {
        let mount = mounts.unwrap_or_default().iter().find(|mount| mount.target == target);
        mount.and_then(|mount| mount.source.clone()).ok_or(ComposeError::NoFolder(target))
    };
    Ok(Folders { state: source(STATE_TARGET)?, log: source(LOG_TARGET)? })
}

/// Compose before 2.21 answers with an array, later ones with an object a line.
fn parse_services(answer: &[u8]) -> Result<Vec<Instance>, ComposeError> {
    let unknown = |_| ComposeError::Unknown("ps");
    if answer.trim_ascii_start().starts_with(b"[") {
        return serde_json::from_slice(answer).map_err(unknown);
    }
    serde_json::Deserializer::from_slice(answer)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(unknown)
}

#[cfg(test)]
mod tests {
    use platform::child::{End, Stderr};

    use super::*;

    #[test]
    fn too_late_is_not_the_same_as_failed_or_missing() {
        let program = || "docker".to_owned();
        let stderr = Stderr::default;
        let end = End::Exited(14);
        for (source, code) in [
            (ChildError::Deadline { program: program(), stderr: stderr() }, ExitCode::Deadline),
            (ChildError::Failed { program: program(), end, stderr: stderr() }, ExitCode::Bad),
            (ChildError::NotFound { program: program() }, ExitCode::Usage),
        ] {
            let error = ComposeError::Failed { command: "ps", source };
            assert_eq!(error.exit_code(), code, "{error:?}");
        }
        assert_eq!(ComposeError::NoStack(PathBuf::new()).exit_code(), ExitCode::Usage);
    }

    #[test]
    fn the_folders_are_what_preflight_mounts() {
        let answer =
            br#"{"name":"ballast","services":{"preflight":{"environment":{"A":"s"},"volumes":[
            {"type":"bind","source":"/srv/state","target":"/opt/toogoodtogo/deployment"},
            {"type":"bind","source":"/srv/log","target":"/var/log/toogoodtogo"},
            {"type":"tmpfs","target":"/tmp"}]}}}"#;
        let folders = parse_folders(answer).expect("folders");
        assert_eq!(folders.state, PathBuf::from("/srv/state"));
        assert_eq!(folders.log, PathBuf::from("/srv/log"));
        let none = parse_folders(br#"{"services":{}}"#);
        assert!(matches!(none, Err(ComposeError::NoFolder(STATE_TARGET))));
    }

    #[test]
    fn both_forms_of_ps_are_understood() {
        let one = r#"{"Service":"bot","ID":"ab","Image":"app:1","State":"running","Health":"healthy","ExitCode":0}"#;
        for answer in [format!("{one}\n{one}\n"), format!("[{one},{one}]")] {
            let services = parse_services(answer.as_bytes()).expect("services");
            assert_eq!((services.len(), services[0].service_name.as_str()), (2, "bot"));
        }
        assert_eq!(parse_services(b"").expect("none"), []);
    }
}
