//! The configuration of the stack, as Compose resolves it. Only the fields named here are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::DockerError;

/// Where preflight mounts the record folders (contract of the compose files).
const STATE_TARGET: &str = "/opt/toogoodtogo/deployment";
const LOG_TARGET: &str = "/var/log/toogoodtogo";
const BACKUP_TARGET: &str = "/opt/backups/postgres";
const ROLLOUT_LABEL: &str = "ballast.rollout";
/// The port that the sidecar serves in its container.
const SIDECAR_PORT: u16 = 8080;

/// The service that a release is of.
pub(crate) const BOT: &str = "bot";
pub(crate) const SIDECAR: &str = "sidecar";
pub(crate) const NGINX: &str = "nginx";
pub(crate) const POSTGRES: &str = "postgres";
pub(crate) const PREFLIGHT: &str = "preflight";
pub(crate) const BACKUP: &str = "backup-predeploy";

/// The folders of the records on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folders {
    pub(crate) state: PathBuf,
    pub(crate) log: PathBuf,
    /// That of the backups, where the stack makes any.
    pub(crate) backups: Option<PathBuf>,
}

/// How a new instance takes the place of the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rollout {
    /// It stands beside the old one first.
    StartFirst,
    /// The old one is stopped first, for it must not run twice.
    Recreate,
}

/// The stack.
pub(crate) struct Stack {
    pub(crate) project: String,
    pub(crate) folders: Folders,
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    name: String,
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<String>,
    restart: Option<String>,
    #[serde(default)]
    environment: Option<BTreeMap<String, Option<SecretString>>>,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    volumes: Vec<Mount>,
    #[serde(default)]
    ports: Vec<Port>,
}

#[derive(Deserialize)]
struct Mount {
    source: Option<PathBuf>,
    target: String,
}

#[derive(Deserialize)]
struct Port {
    target: u16,
    published: Option<String>,
}

impl Stack {
    pub(super) fn parse(answer: &[u8]) -> Result<Self, DockerError> {
        let config: Config = serde_json::from_slice(answer)
            .map_err(|_| DockerError::Unknown("docker compose config"))?;
        let mounts = config.services.get(PREFLIGHT).map(|service| service.volumes.as_slice());
        let source = |target| {
            let mount = mounts.unwrap_or_default().iter().find(|mount| mount.target == target);
            mount.and_then(|mount| mount.source.clone()).ok_or(DockerError::NoFolder(target))
        };
        let mut all = config.services.values().flat_map(|service| &service.volumes);
        let backups = all.find(|mount| mount.target == BACKUP_TARGET);
        let folders = Folders {
            state: source(STATE_TARGET)?,
            log: source(LOG_TARGET)?,
            backups: backups.and_then(|mount| mount.source.clone()),
        };
        Ok(Self { project: config.name, folders, services: config.services })
    }

    /// Every image that is needed beside the application's.
    pub(crate) fn other_images(&self) -> BTreeSet<&str> {
        let others = self.services.iter().filter(|(name, _)| *name != BOT);
        others.filter_map(|(_, service)| service.image.as_deref()).collect()
    }

    /// Every service.
    pub(crate) fn services(&self) -> Vec<&str> {
        self.services.keys().map(String::as_str).collect()
    }

    /// The services that run for good.
    pub(crate) fn staying(&self) -> Vec<&str> {
        let stays = |service: &Service| {
            service.restart.as_deref().is_some_and(|policy| policy != "no" && !policy.is_empty())
        };
        let all = self.services.iter().filter(|(_, service)| stays(service));
        all.map(|(name, _)| name.as_str()).collect()
    }

    /// The same, but the application and the door before it.
    pub(crate) fn companions(&self) -> Vec<&str> {
        let others = self.staying().into_iter();
        others.filter(|name| ![BOT, NGINX].contains(name)).collect()
    }

    /// Whether there is such a service.
    pub(crate) fn has(&self, service: &str) -> bool {
        self.services.contains_key(service)
    }

    pub(crate) fn rollout(&self) -> Rollout {
        let label = self.services.get(BOT).and_then(|bot| bot.labels.as_ref()?.get(ROLLOUT_LABEL));
        match label.map(String::as_str) {
            Some("recreate") => Rollout::Recreate,
            _ => Rollout::StartFirst,
        }
    }

    /// Where the sidecar answers on this host.
    pub(crate) fn health_url(&self) -> Option<String> {
        let ports = &self.services.get(SIDECAR)?.ports;
        let port = ports.iter().find(|port| port.target == SIDECAR_PORT)?;
        let published = port.published.as_deref()?;
        Some(format!("http://127.0.0.1:{published}/health"))
    }

    /// How long a backup may take.
    pub(crate) fn backup_deadline(&self) -> Duration {
        use secrecy::ExposeSecret as _;
        let variables = self.services.get(BACKUP).and_then(|one| one.environment.as_ref());
        let given = variables.and_then(|all| all.get("BACKUP_TIMEOUT_SECONDS")?.as_ref());
        let seconds = given.and_then(|text| text.expose_secret().parse().ok());
        Duration::from_secs(seconds.unwrap_or(3600))
    }

    /// The values of all variables of all services that are not known to bear no secret.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        let variables = self.services.values().filter_map(|service| service.environment.as_ref());
        let hidden = variables
            .flatten()
            .filter(|(name, _)| !domain::service::SHOWN.contains(&name.as_str()));
        hidden.filter_map(|(_, value)| value.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const ANSWER: &[u8] = br#"{"name":"ballast","services":{
        "preflight":{"restart":"no","image":"p","environment":{"A":"s3cret","B":null,"LOG_LEVEL":"INFO"},"volumes":[
            {"type":"bind","source":"/srv/state","target":"/opt/toogoodtogo/deployment"},
            {"type":"bind","source":"/srv/log","target":"/var/log/toogoodtogo"},
            {"type":"tmpfs","target":"/tmp"}]},
        "sidecar":{"restart":"always","image":"s","ports":[{"target":8080,"published":"8088","host_ip":"127.0.0.1"}]},
        "nginx":{"restart":"always","image":"n"}, "engine":{"restart":"always","image":"n"},
        "bot":{"restart":"always","image":"b","labels":{"ballast.rollout":"recreate"}}}}"#;

    #[test]
    fn what_matters_is_read_of_a_configuration() {
        let stack = Stack::parse(ANSWER).expect("a stack");
        let folders = Folders { state: "/srv/state".into(), log: "/srv/log".into(), backups: None };
        assert_eq!((stack.project.as_str(), &stack.folders), ("ballast", &folders));
        assert_eq!(stack.companions(), ["engine", "sidecar"]);
        assert_eq!(stack.other_images(), ["n", "p", "s"].into());
        assert_eq!(stack.rollout(), Rollout::Recreate);
        assert_eq!(stack.health_url().as_deref(), Some("http://127.0.0.1:8088/health"));
        let secrets = stack.secrets();
        let secrets: Vec<&str> = secrets.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(secrets, ["s3cret"]);
    }

    #[test]
    fn a_stack_without_folders_for_its_records_is_none() {
        let none = Stack::parse(br#"{"services":{}}"#);
        assert!(matches!(none, Err(DockerError::NoFolder(STATE_TARGET))));
        assert!(matches!(Stack::parse(b"x"), Err(DockerError::Unknown(_))));
    }
}
