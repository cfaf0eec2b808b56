//! Docker Compose in the folder of the stack, with the release that its file names or with another.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::version::DeploymentTag;
use serde::{Deserialize, Serialize};

use super::{CHANGE, Docker, DockerError, Instance, SOON, Stack};

const FILE: &str = "docker-compose.prod.yml";
const ENV_FILE: &str = ".env.production";

/// What names a release in `.env.production`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Release {
    /// `DEPLOYMENT_TAG`.
    pub(crate) tag: DeploymentTag,
    /// `BOT_IMAGE`.
    pub(crate) image: String,
}

impl Release {
    pub(crate) const TAG: &'static str = "DEPLOYMENT_TAG";
    pub(crate) const IMAGE: &'static str = "BOT_IMAGE";

    /// The variables, as the file has them.
    pub(crate) fn values(&self) -> [(&'static str, &str); 2] {
        [(Self::TAG, self.tag.as_str()), (Self::IMAGE, &self.image)]
    }
}

/// Compose in one folder.
#[derive(Debug, Clone)]
pub(crate) struct Compose {
    pub(crate) docker: Docker,
    dir: PathBuf,
}

/// There is no stack in the folder.
#[derive(Debug, thiserror::Error)]
#[error("{} is missing: run this in the compose folder, or name it with --dir", .0.display())]
pub(crate) struct NoStack(PathBuf);

impl Compose {
    /// The stack whose compose files are in `dir`.
    pub(crate) fn new(dir: &Path, docker: Docker) -> Result<Self, NoStack> {
        let file = dir.join(FILE);
        if !file.is_file() {
            return Err(NoStack(file));
        }
        Ok(Self { docker, dir: dir.to_owned() })
    }

    /// The file that Compose takes the variables from.
    pub(crate) fn env_file(&self) -> PathBuf {
        self.dir.join(ENV_FILE)
    }

    /// The same stack with another release: what Compose finds in its environment beats its file.
    pub(crate) fn of(&self, release: &Release) -> Self {
        let mut other = self.clone();
        for (name, value) in release.values() {
            other.docker.set(name, value);
        }
        other
    }

    /// The same, where preflight is told that its caller has opened the event.
    pub(crate) fn for_event(&self, event_id: &str) -> Self {
        let mut other = self.clone();
        other.docker.set("DEPLOYMENT_EVENT_ID", event_id);
        other
    }

    /// The same, where what runs is not ended early.
    pub(crate) fn deaf(&self) -> Self {
        Self { docker: self.docker.deaf(), ..self.clone() }
    }

    /// The configuration as Compose understands it.
    pub(crate) async fn stack(&self) -> Result<Stack, DockerError> {
        let what = "docker compose config";
        let answer = self.run(what, &["config", "--format", "json"], SOON).await?;
        Stack::parse(&answer)
    }

    /// What each service is made of, by Compose's own measure: the label of a container that is as it should
    /// be says the same. It is measured of the resolved configuration, for only there the files of
    /// variables that a service names count.
    pub(crate) async fn hashes(&self) -> Result<BTreeMap<String, String>, DockerError> {
        let script =
            r#"docker compose --file "$1" config | docker compose --file - config --hash "*""#;
        let file = self.dir.join(FILE).into_os_string();
        let arguments = ["-c", script, "sh"].map(OsString::from).into_iter().chain([file]);
        let answer = self.docker.shell("docker compose config", arguments).await?;
        let text = String::from_utf8_lossy(&answer);
        let pair = |line: &str| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
        Ok(text.lines().filter_map(pair).collect())
    }

    /// Every container of the stack, ordered by service, without those of `run`.
    pub(crate) async fn instances(&self, project: &str) -> Result<Vec<Instance>, DockerError> {
        let project = format!("label=com.docker.compose.project={project}");
        let kept = "label=com.docker.compose.oneoff=False";
        let list = ["ps", "--all", "--quiet", "--no-trunc", "--filter", &project, "--filter", kept];
        let listed = self.docker.ask("docker ps", list).await?;
        let listed = String::from_utf8_lossy(&listed);
        self.docker.instances(&listed.lines().collect::<Vec<_>>()).await
    }

    /// Runs a one-shot of the stack to its end and gives what it printed; `more` takes the place of its
    /// own arguments where there is any, and `options` are those of `run`.
    pub(crate) async fn run_once(
        &self,
        what: &'static str,
        options: &[&str],
        service: &str,
        more: &[&str],
        deadline: Duration,
    ) -> Result<Vec<u8>, DockerError> {
        let run = ["run", "--rm", "--no-deps", "-T"];
        self.run(what, &[&run[..], options, &[service], more].concat(), deadline).await
    }

    /// The same, where what it printed counts also when it ends badly.
    pub(crate) async fn run_once_said(
        &self,
        what: &'static str,
        service: &str,
        more: &[&str],
        deadline: Duration,
    ) -> (Vec<u8>, Result<(), DockerError>) {
        let run = ["run", "--rm", "--no-deps", "-T", service];
        self.docker.hear(what, self.arguments(&[&run[..], more].concat()), deadline).await
    }

    /// Makes the containers of `services` that are missing, and of what they depend on, and starts none. Of
    /// the service that `count` names there are so many then, where it says more than there are.
    ///
    /// What is there stays, also where it is not as it should be: Compose would make anew all that depends on
    /// what it makes anew, the databases as well. It also takes away what is too many of a service, so whoever
    /// makes what depends on the application says how many of that there are.
    pub(crate) async fn create(
        &self,
        services: &[&str],
        count: Option<(&str, usize)>,
    ) -> Result<(), DockerError> {
        let scale = count.map(|(service, count)| format!("{service}={count}"));
        let scale: Vec<&str> = scale.iter().flat_map(|scale| ["--scale", scale]).collect();
        let create = ["create", "--no-recreate", "--pull", "missing"];
        let create = [&create[..], &scale, services].concat();
        self.run("docker compose create", &create, CHANGE).await.map(drop)
    }

    /// `up -d`, whole: for a stack that does not stand.
    pub(crate) async fn up(&self, deadline: Duration) -> Result<(), DockerError> {
        self.run("docker compose up", &["up", "--detach"], deadline).await.map(drop)
    }

    async fn run(
        &self,
        what: &'static str,
        arguments: &[&str],
        deadline: Duration,
    ) -> Result<Vec<u8>, DockerError> {
        self.docker.tell(what, self.arguments(arguments), deadline).await
    }

    fn arguments(&self, arguments: &[&str]) -> Vec<OsString> {
        let file = self.dir.join(FILE).into_os_string();
        let compose = ["compose", "--ansi", "never", "--progress", "quiet", "--file"];
        let compose = compose.into_iter().map(OsString::from).chain([file]);
        compose.chain(arguments.iter().map(OsString::from)).collect()
    }
}
