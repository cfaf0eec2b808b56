//! Releases of the example bot, each an image of its own, and `deploy` on the host to bring them out.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tests::canary::assert_absent;
use tests::{Finished, Program, Running, Scratch, wait_until};

use crate::records::{artifacts, events};
use crate::secrets::secrets;
use crate::stack::Stack;

const SOON: Duration = Duration::from_secs(10);
/// A deployment with its backup, gate and window, on a slow machine.
const DEPLOYED: Duration = Duration::from_mins(4);

/// A host with `deploy` on it, and a shop of releases.
pub(crate) struct Releases<'a> {
    pub(crate) stack: &'a Stack,
    folder: Scratch,
    said: RefCell<String>,
}

impl<'a> Releases<'a> {
    pub(crate) fn of(stack: &'a Stack) -> Self {
        let folder = Scratch::new();
        crate::deploy::carry(stack, &folder.join("deploy"));
        stack.layout.set("HEALTHCHECK_INTERVAL", "2s");
        stack.layout.set("GATE_STABLE_SECONDS", "3");
        stack.layout.set("BOT_IMAGE", &Self::name(stack, "v0.1.0"));
        let releases = Self { stack, folder, said: RefCell::default() };
        releases.make("v0.1.0", "");
        releases
    }

    fn name(stack: &Stack, tag: &str) -> String {
        format!("localhost/{}/bot:{tag}", stack.project())
    }

    /// The image of a release.
    pub(crate) fn image(&self, tag: &str) -> String {
        Self::name(self.stack, tag)
    }

    /// Makes the image of a release, the example bot with these lines of a Dockerfile more.
    pub(crate) fn make(&self, tag: &str, more: &str) {
        let base = format!("localhost/ballast/bot:{}", self.stack.layout.setting("BALLAST_TAG"));
        let label = format!("LABEL ballast.test={} release={tag}", self.stack.project());
        let folder = self.folder.join(format!("image-{tag}"));
        fs::create_dir_all(&folder).expect("the folder is writable");
        fs::write(folder.join("Dockerfile"), format!("FROM {base}\n{label}\n{more}\n"))
            .expect("the folder is writable");
        let folder = folder.display().to_string();
        let made =
            self.stack.engine.docker(&["build", "--quiet", "--tag", &self.image(tag), &folder]);
        assert_eq!(made.code, 0, "{tag}: {}", made.stderr);
    }

    /// `deploy …` in the compose folder.
    pub(crate) fn deploy(&self, arguments: &[&str]) -> Finished {
        let finished = self.program(arguments).run(DEPLOYED);
        self.hear(finished)
    }

    /// The same, still running.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Running {
        self.program(arguments).spawn()
    }

    /// The same, with a docker command that comes first on the way to the real one.
    pub(crate) fn deploy_with_docker(&self, script: &str, arguments: &[&str]) -> Finished {
        let folder = self.folder.join("bin");
        fs::create_dir_all(&folder).expect("the folder is writable");
        let docker = folder.join("docker");
        fs::write(&docker, format!("#!/bin/bash\n{script}\n")).expect("the folder is writable");
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
        self.hear(self.program(arguments).env("PATH", path).run(DEPLOYED))
    }

    fn program(&self, arguments: &[&str]) -> Program {
        let compose = self.stack.layout.compose().display().to_string();
        self.stack
            .engine
            .program(&self.folder.join("deploy").display().to_string())
            .args(["--dir", &compose])
            .args(arguments)
            .env("COMPOSE_PROJECT_NAME", self.stack.project())
            .env("USER", "tester")
    }

    /// No secret is in anything that it says.
    fn hear(&self, finished: Finished) -> Finished {
        let canaries = secrets(self.stack);
        assert_absent(&canaries, "what deploy says", finished.stdout.as_bytes());
        assert_absent(&canaries, "what deploy logs", finished.stderr.as_bytes());
        self.said.borrow_mut().push_str(&finished.stderr);
        println!("    {}", finished.stdout.lines().last().unwrap_or("(no answer)"));
        finished
    }

    /// The last Deployment Event that is of the release.
    pub(crate) fn event_of(&self, tag: &str) -> Value {
        let of_tag = |event: &Value| event["artifact_id"] == tag;
        let mut events = events(self.stack).into_iter().rev();
        events.find(of_tag).unwrap_or_else(|| panic!("no event of {tag}"))
    }

    /// The tag of the one artifact that is deployed.
    pub(crate) fn deployed(&self) -> String {
        let artifacts = artifacts(self.stack);
        let deployed: Vec<&Value> =
            artifacts.iter().filter(|artifact| artifact["deployed"] == true).collect();
        assert_eq!(deployed.len(), 1, "{artifacts:?}");
        deployed[0]["artifact_id"].as_str().unwrap_or_default().to_owned()
    }

    /// The containers of the bot: name, tag, image id, whether it runs.
    pub(crate) fn bots(&self) -> Vec<Value> {
        let list = ["ps", "-aq", "--filter", &format!("label={}", self.stack.label())];
        let service = ["--filter", "label=com.docker.compose.service=bot"];
        let kept = ["--filter", "label=com.docker.compose.oneoff=False"];
        let listed = self.stack.engine.docker(&[&list[..], &service, &kept].concat()).stdout;
        let ids: Vec<&str> = listed.lines().collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let shown = self.stack.engine.docker(&[&["inspect"], &ids[..]].concat()).stdout;
        serde_json::from_str(&shown).expect("the engine answers with JSON")
    }

    /// Removes an image, and the containers that keep it.
    pub(crate) fn remove(&self, image: &str) {
        let keepers = ["ps", "-aq", "--filter", &format!("ancestor={image}")];
        let keepers = self.stack.engine.docker(&keepers).stdout;
        for id in keepers.lines() {
            assert_eq!(self.stack.engine.docker(&["rm", "-f", id]).code, 0);
        }
        assert_eq!(self.stack.engine.docker(&["image", "rm", "-f", image]).code, 0, "{image}");
    }

    /// One instance of the release runs and nothing else, and every record and the file say so.
    pub(crate) fn runs(&self, tag: &str) {
        self.runs_as(tag, &self.image(tag));
    }

    /// One instance of the release runs and nothing else, and the stack is healthy.
    pub(crate) fn serves(&self, tag: &str) {
        let bots = self.bots();
        assert_eq!(bots.len(), 1, "one instance is left");
        assert_eq!(bots[0]["State"]["Running"], true);
        assert_eq!(bots[0]["Config"]["Labels"]["ballast.deployment-tag"], tag);
        let (status, health) = self.stack.health().expect("health is served");
        assert_eq!((status, &health["overall_status"]), (200, &"healthy".into()), "{health}");
        wait_until("health tells the version", SOON, || {
            self.stack.health().is_some_and(|(_, health)| health["version"] == tag)
        });
    }

    /// One instance of the release runs from the image of that name, and every record and the file say so.
    pub(crate) fn runs_as(&self, tag: &str, image: &str) {
        self.serves(tag);
        let id = self.stack.engine.docker(&["image", "inspect", "-f", "{{.Id}}", image]);
        assert_eq!(self.bots()[0]["Image"].as_str(), Some(id.stdout.trim()), "{tag}");
        assert_eq!(self.deployed(), tag);
        assert_eq!(self.stack.layout.setting("DEPLOYMENT_TAG"), tag);
        assert_eq!(self.stack.layout.setting("BOT_IMAGE"), image);
        assert!(!self.note().exists(), "nothing is left to be settled");
        let open = events(self.stack).into_iter().find(|event| event["status"] == "in_progress");
        assert!(open.is_none(), "every event has ended: {open:?}");
    }

    /// Where a rollout that is under way is noted.
    pub(crate) fn note(&self) -> PathBuf {
        self.stack.layout.records("STATE_DIR").join("rollout.json")
    }

    /// A folder of this test's own.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}
