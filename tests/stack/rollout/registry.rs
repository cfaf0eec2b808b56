//! Releases that come from a registry, and one that goes away.

use std::path::Path;
use std::time::Duration;

use tests::{Program, Running, free_port, wait_until};

use super::releases::Releases;
use super::{artifact, ids};
use crate::checks::Checks;

const SOON: Duration = Duration::from_secs(30);
const TAG: &str = "v0.5.0";

/// A registry of this test's own.
struct Registry {
    server: Running,
    address: String,
}

impl Registry {
    /// Starts one, whose images are in the test's folder.
    fn start(releases: &Releases<'_>) -> Self {
        let (folder, address) = (releases.path(), format!("127.0.0.1:{}", free_port()));
        let config = folder.join("registry.yml");
        let storage = folder.join("registry").display().to_string();
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {storage}}}}}\n\
             http: {{addr: '{address}'}}\n"
        );
        std::fs::write(&config, text).expect("the folder is writable");
        let server = Program::at(Path::new("docker-registry")).arg("serve").arg(&config).spawn();
        wait_until("the registry listens", SOON, || std::net::TcpStream::connect(&address).is_ok());
        Self { server, address }
    }

    fn image(&self) -> String {
        format!("{}/bot:{TAG}", self.address)
    }

    /// A docker command that kills the registry once the backup is made.
    fn killed_meanwhile(&self) -> String {
        format!(
            "case \"$*\" in *backup-predeploy*) kill -KILL {} ;; esac\nexec /usr/bin/docker \"$@\"",
            self.server.id()
        )
    }
}

/// Begins and ends with v0.2.0.
pub(crate) fn check(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let docker = |arguments: &[&str]| {
        let finished = releases.stack.engine.docker(arguments);
        assert_eq!(finished.code, 0, "{arguments:?}: {}", finished.stderr);
        finished.stdout
    };
    let registry = Registry::start(releases);
    let image = registry.image();
    let pushed = || {
        releases.make(TAG, "");
        docker(&["tag", &releases.image(TAG), &image]);
        docker(&["push", "--quiet", &image]);
        docker(&["image", "rm", &releases.image(TAG), &image]);
    };
    checks.hold(
        "a release is fetched from its registry, and known by the digest it has there",
        || {
            pushed();
            let up = releases.deploy(&["up", TAG, "--image", &image]);
            assert_eq!(up.code, 0, "{}", up.stderr);
            assert!(up.stderr.contains("fetched"), "{}", up.stderr);
            releases.runs_as(TAG, &image);
            let artifact = artifact(releases.stack, TAG);
            let digests = docker(&["image", "inspect", "-f", "{{.RepoDigests}}", &image]);
            let digest = artifact["docker_image_digest"].as_str().expect("a digest");
            assert!(digests.contains(digest), "{digest} is none of {digests}");
            assert_ne!(artifact["docker_image_digest"], artifact["docker_image_id"]);
            assert_eq!(artifact["docker_image_uri"], image.as_str());
            assert_eq!(releases.deploy(&["rollback", "v0.2.0"]).code, 0);
            releases.runs("v0.2.0");
        },
    );
    checks.hold(
        "one whose image was removed here comes back from the registry by its digest",
        || {
            releases.remove(&image);
            let back = releases.deploy(&["rollback", TAG]);
            assert_eq!(back.code, 0, "{}", back.stderr);
            assert_eq!(releases.deployed(), TAG);
            let named = releases.stack.layout.setting("BOT_IMAGE");
            releases.runs_as(TAG, &named);
            let digest = artifact(releases.stack, TAG)["docker_image_digest"].clone();
            assert_eq!(named.split_once('@').map(|(_, digest)| digest), digest.as_str());
            assert_eq!(releases.deploy(&["rollback", "v0.2.0"]).code, 0);
            releases.runs("v0.2.0");
            releases.remove(&named);
        },
    );
    checks.hold("a registry that goes away is told before anything is touched", || {
        let bots = ids(releases);
        let up = ["up", TAG, "--image", &image];
        let up = releases.deploy_with_docker(&registry.killed_meanwhile(), &up);
        assert_eq!(up.code, 1, "{}", up.stderr);
        assert_eq!(ids(releases), bots);
        let event = releases.event_of(TAG);
        assert_eq!(event["status"], "failed", "{event}");
        let why = "image: it is not on this host and can't be fetched";
        assert_eq!(event["error_message"], why);
        releases.runs("v0.2.0");
    });
}
