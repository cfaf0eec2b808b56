//! What can go wrong with a release: the records tell it, and the old one serves on.

use std::os::unix::fs::chown;
use std::time::Duration;

use serde_json::Value;
use tests::canary::assert_absent;
use tests::wait_until;

use super::releases::Releases;
use super::{FIRST, artifact, ids, none_is_lost, under_load};
use crate::checks::Checks;
use crate::records::{artifacts, event_lines, events};
use crate::secrets::secrets;

const BALLAST: Option<u32> = Some(10001);
const SOON: Duration = Duration::from_secs(30);

/// Begins with v0.2.0.
pub(crate) fn check(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    bad_releases(checks, releases);
    bad_preparations(checks, releases);
    others_at_work(checks, releases);
}

/// The new instance does not pass the gate, or hardly does.
fn bad_releases(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let stack = releases.stack;
    checks.hold(
        "one that is never healthy is taken away, with its last words, and no request is lost",
        || {
            releases.make("v0.3.0", "ENV BOT_UNHEALTHY=1");
            let first = FIRST + 2_000_000;
            let sent = under_load(stack, first, || {
                let up = releases.deploy(&["up", "v0.3.0"]);
                assert_eq!(up.code, 1, "{}", up.stderr);
            });
            none_is_lost(stack, &sent, first);
            let failed = rolled_back(releases, "v0.3.0");
            assert!(
                failed["error_message"].as_str().is_some_and(|why| why.starts_with("gate: ")),
                "{failed}"
            );
            let said = &failed["diagnosis"];
            assert!(said["log_lines"].to_string().contains("started"), "{said}");
            assert!(!said["health_log"].as_array().expect("a list").is_empty(), "{said}");
            assert_absent(&secrets(stack), "the event", failed.to_string().as_bytes());
        },
    );
    checks.hold("one whose image can't be started is taken away, with the engine's words", || {
        releases.make("v0.3.3", "USER nowhere");
        assert_eq!(releases.deploy(&["up", "v0.3.3"]).code, 1);
        let failed = rolled_back(releases, "v0.3.3");
        assert_eq!(failed["error_message"], "replace: the new instance can't be started");
        let said = failed["diagnosis"]["log_lines"].to_string();
        assert!(said.contains("engine: ") && said.contains("find user nowhere"), "{failed}");
    });
    checks.hold("one that crashes while it is watched is taken away", || {
        releases.make("v0.3.1", "ENV BOT_CRASH_AFTER_SECONDS=4");
        assert_eq!(releases.deploy(&["up", "v0.3.1"]).code, 1);
        rolled_back(releases, "v0.3.1");
    });
    checks.hold("one whose health comes and goes is taken away", || {
        releases.make("v0.3.2", "ENV BOT_FLAPPING=1");
        assert_eq!(releases.deploy(&["up", "v0.3.2"]).code, 1);
        let failed = rolled_back(releases, "v0.3.2");
        assert_eq!(
            failed["error_message"],
            "gate: the new instance was healthy and then not, 3 times"
        );
    });
    checks.hold("one that is slow, though within what its health check allows, goes out", || {
        releases.make("v0.4.0", "ENV BOT_START_DELAY_SECONDS=10");
        assert_eq!(releases.deploy(&["up", "v0.4.0"]).code, 0);
        releases.runs("v0.4.0");
        assert_eq!(releases.deploy(&["rollback"]).code, 0);
        releases.runs("v0.2.0");
    });
    checks.hold("an app that must not run twice is stopped before the next one starts", || {
        stack.layout.set("ROLLOUT", "recreate");
        assert_eq!(releases.deploy(&["up", "v0.1.0"]).code, 0);
        releases.runs("v0.1.0");
        assert_eq!(releases.deploy(&["up", "v0.3.0"]).code, 1);
        releases.runs("v0.1.0");
        assert_eq!(releases.event_of("v0.3.0")["status"], "rolled_back");
        stack.layout.set("ROLLOUT", "start-first");
        assert_eq!(releases.deploy(&["up", "v0.2.0"]).code, 0);
        releases.runs("v0.2.0");
    });
}

/// What has to be there before a release goes out is not.
fn bad_preparations(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let stack = releases.stack;
    for (name, tag, more, why) in [
        (
            "an image that is nowhere is told before anything is touched",
            "v9.9.9",
            &[][..],
            "image: ",
        ),
        (
            "a migration that fails is told before anything is touched",
            "v0.4.0",
            &["--migrate", "/bot nonsense"],
            "migration: ",
        ),
    ] {
        checks.hold(name, || untouched(releases, tag, more, why));
    }
    checks.hold("a bad configuration is told by its codes before anything is touched", || {
        let good = stack.layout.text();
        stack.layout.set("STRIPE_API_KEY", "pk_live_published");
        untouched(releases, "v0.4.0", &[], "preflight: ");
        stack.layout.write(&good);
    });
    checks.hold("without a proven backup nothing is touched", || {
        let folder = stack.layout.records("BACKUP_DIR");
        let give = |owner| chown(&folder, owner, owner).expect("the tests run as root");
        give(Some(0));
        untouched(releases, "v0.4.0", &[], "backup: ");
        give(BALLAST);
    });
    checks.hold("a migration that runs is in the record, after a backup of its own", || {
        let of_event = |event: &Value| event["backup_id"].clone();
        let before: Vec<Value> = events(stack).iter().map(of_event).collect();
        let up = releases.deploy(&["up", "v0.4.0", "--migrate", "/bot --version"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        let event = releases.event_of("v0.4.0");
        assert_eq!(event["migration_applied"], true);
        assert!(event["backup_id"].is_string() && !before.contains(&event["backup_id"]), "{event}");
        releases.runs("v0.4.0");
    });
}

/// Somebody else changes the image, the file or the stack at the same time.
fn others_at_work(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let stack = releases.stack;
    checks.hold("the same tag under a new image is a deployment, and it runs", || {
        let before = artifact(stack, "v0.4.0")["docker_image_id"].clone();
        releases.make("v0.4.0", "ENV ANOTHER=1");
        assert_eq!(releases.deploy(&["up", "v0.4.0"]).code, 0);
        releases.runs("v0.4.0");
        assert_ne!(artifact(stack, "v0.4.0")["docker_image_id"], before);
    });
    checks.hold("two at once: the second is told who works, and nothing is mixed up", || {
        let first = releases.begin(&["up", "v0.2.0", "--operator", "first"]);
        wait_until("the first has begun", SOON, || {
            event_lines(stack).last().is_some_and(|line| line["operator"] == "first")
        });
        let second = releases.deploy(&["up", "v0.1.0", "--wait", "0"]);
        assert_eq!(second.code, 5, "{}", second.stderr);
        assert!(second.stderr.contains("first"), "{}", second.stderr);
        assert_eq!(first.wait(Duration::from_mins(4)).code, 0);
        releases.runs("v0.2.0");
    });
    checks.hold("a file that somebody edits meanwhile is not written over", || {
        let file = stack.layout.env_file();
        let edit = format!(
            r#"case "$*" in *'config --hash'*) ;; *'backup-predeploy'*) echo '# a note' >>'{}' ;; esac
exec /usr/bin/docker "$@""#,
            file.display()
        );
        let up = releases.deploy_with_docker(&edit, &["up", "v0.1.0"]);
        assert_eq!(up.code, 1, "{}", up.stderr);
        assert!(stack.layout.text().contains("# a note"));
        assert_eq!(releases.event_of("v0.1.0")["error_message"], "configuration: .env.production was changed meanwhile");
        releases.runs("v0.2.0");
    });
    checks.hold(
        "what is past its time goes with its image, and neither what runs nor the way back",
        || {
            age(releases, &["v0.2.0", "v0.4.0"]);
            let dry = releases.deploy(&["prune", "--dry-run"]);
            assert!(
                dry.stdout.contains("v0.1.0") && !dry.stdout.contains("v0.4.0"),
                "{}",
                dry.stdout
            );
            assert!(is_here(releases, "v0.1.0"));
            assert_eq!(releases.deploy(&["prune"]).code, 0);
            for (tag, stays) in
                [("v0.1.0", false), ("v0.3.0", false), ("v0.4.0", true), ("v0.2.0", true)]
            {
                assert_eq!(is_here(releases, tag), stays, "{tag}");
                let mut known = artifacts(stack).into_iter();
                assert_eq!(known.any(|artifact| artifact["artifact_id"] == tag), stays, "{tag}");
            }
            releases.runs("v0.2.0");
        },
    );
    checks.hold(
        "a release whose image is gone can't be gone back to, and nothing is touched",
        || {
            releases.remove(&releases.image("v0.4.0"));
            let bots = ids(releases);
            let back = releases.deploy(&["rollback", "v0.4.0"]);
            assert_eq!(back.code, 1, "{}", back.stderr);
            assert_eq!(ids(releases), bots);
            releases.runs("v0.2.0");
        },
    );
}

/// Makes every artifact but these one of long ago.
fn age(releases: &Releases<'_>, but: &[&str]) {
    let path = releases.stack.layout.records("STATE_DIR").join("artifacts.json");
    let text = std::fs::read_to_string(&path).expect("the catalog can be read");
    let mut document: Value = serde_json::from_str(&text).expect("the catalog is JSON");
    for artifact in document["artifacts"].as_array_mut().expect("a list") {
        let tag = artifact["artifact_id"].as_str().unwrap_or_default().to_owned();
        if !but.contains(&tag.as_str()) {
            for time in ["created_at", "deployed_at"] {
                artifact[time] = "2020-01-01T00:00:00Z".into();
            }
        }
    }
    std::fs::write(&path, document.to_string()).expect("the catalog can be written");
}

fn is_here(releases: &Releases<'_>, tag: &str) -> bool {
    releases.stack.engine.docker(&["image", "inspect", &releases.image(tag)]).code == 0
}

/// The release did not go out, the one before it runs, and the records say so. The failed event.
fn rolled_back(releases: &Releases<'_>, tag: &str) -> Value {
    releases.runs("v0.2.0");
    let failed = releases.event_of(tag);
    assert_eq!(failed["status"], "rolled_back", "{failed}");
    let back = events(releases.stack).pop().expect("an event");
    assert_eq!((&back["event_type"], &back["status"]), (&"rollback".into(), &"success".into()));
    assert_eq!(
        (&back["artifact_id"], &back["previous_artifact_id"]),
        (&"v0.2.0".into(), &tag.into())
    );
    assert_eq!(back["triggered_by"], "automated");
    failed
}

/// The release did not go out, for a reason that begins like this, and no container was changed.
fn untouched(releases: &Releases<'_>, tag: &str, more: &[&str], why: &str) {
    let (bots, running) = (ids(releases), releases.deployed());
    let up = releases.deploy(&[&["up", tag], more].concat());
    assert_eq!(up.code, 1, "{}", up.stderr);
    assert_eq!(ids(releases), bots);
    assert_eq!(releases.deployed(), running);
    let event = releases.event_of(tag);
    assert_eq!(event["status"], "failed", "{event}");
    assert!(event["error_message"].as_str().is_some_and(|told| told.starts_with(why)), "{event}");
    assert!(
        event["migration_applied"] == false && event["health_check_passed"].is_null(),
        "{event}"
    );
}
