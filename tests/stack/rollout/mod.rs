//! `deploy` on the real stack: releases go out under load, fail in every way, and come back.

mod disk;
mod engine;
mod faults;
mod kills;
mod registry;
mod releases;

use std::thread;
use std::time::Duration;

use serde_json::Value;
use tests::free_port;

use crate::checks::Checks;
use crate::engine::Engine;
use crate::load::{Sent, while_updates_come};
use crate::records::{artifacts, events};
use crate::stack::{STAYING, Stack};
pub(crate) use engine::is_restarted_meanwhile;
use releases::Releases;

/// Above any that another check sends, and one series for each check.
const FIRST: u32 = 10_000_000;

#[test]
fn a_release_goes_out_and_comes_back_without_a_lost_request() {
    let stack = Stack::on_a_small_disk(Engine::of_this_host());
    let mut checks = Checks::new(&stack);
    let releases = Releases::of(&stack);
    first(&mut checks, &releases);
    next(&mut checks, &releases);
    configurations(&mut checks, &releases);
    back(&mut checks, &releases);
    faults::check(&mut checks, &releases);
    registry::check(&mut checks, &releases);
    disk::check(&mut checks, &releases);
    checks.finish();
}

/// The stack does not stand yet.
fn first(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let stack = releases.stack;
    checks.require("the first deploy brings the whole stack up, behind the gate", || {
        let up = releases.deploy(&["up"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        releases.runs("v0.1.0");
        let event = releases.event_of("v0.1.0");
        assert_eq!((&event["event_type"], &event["status"]), (&"deploy".into(), &"success".into()));
        assert_eq!((&event["operator"], &event["opened_by"]), (&"tester".into(), &"deploy".into()));
        assert_eq!(
            (&event["backup_created"], &event["health_check_passed"]),
            (&true.into(), &true.into())
        );
        assert!(
            event["backup_id"].is_string() && event["previous_artifact_id"].is_null(),
            "{event}"
        );
    });
    checks.hold("a plain up -d after it changes and records nothing", || {
        let (before, bots) = (events(stack), ids(releases));
        let up = stack.up();
        assert_eq!(up.code, 0, "{}", up.stderr);
        assert_eq!((events(stack), ids(releases)), (before, bots));
    });
}

/// v0.2.0 takes the place of v0.1.0.
fn next(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let stack = releases.stack;
    checks.hold("under load a release goes out and no request is lost", || {
        releases.make("v0.2.0", "");
        let others = || -> Vec<Value> {
            let others = STAYING.iter().filter(|service| **service != "bot");
            others.map(|service| stack.container(service)["Id"].clone()).collect()
        };
        let before = others();
        let sent = under_load(stack, FIRST, || {
            let up = releases.deploy(&["up", "v0.2.0", "--triggered-by", "github_action"]);
            assert_eq!(up.code, 0, "{}", up.stderr);
        });
        none_is_lost(stack, &sent, FIRST);
        releases.runs("v0.2.0");
        let event = releases.event_of("v0.2.0");
        assert_eq!(
            (&event["triggered_by"], &event["status"]),
            (&"github_action".into(), &"success".into())
        );
        assert_eq!(event["previous_artifact_id"], "v0.1.0");
        assert_eq!(others(), before, "no other container is made anew");
    });
    checks.hold("the same release again is nothing to do", || {
        let (before, bots) = (events(stack), ids(releases));
        let up = releases.deploy(&["up", "v0.2.0"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        assert!(up.stdout.contains("nothing to do"), "{}", up.stdout);
        assert_eq!((events(stack), ids(releases)), (before, bots));
    });
    checks.hold("a plain up -d and a restart keep to the release and record nothing", || {
        let before = events(stack);
        let up = stack.up();
        assert_eq!(up.code, 0, "{}", up.stderr);
        assert_eq!(events(stack), before);
        releases.runs("v0.2.0");
    });
}

/// The release stays, and what is around it changes.
fn configurations(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let stack = releases.stack;
    checks.hold("a change of the configuration goes out as such", || {
        stack.layout.set("MAX_WORKERS", "3");
        let up = releases.deploy(&["up"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        assert_eq!(releases.event_of("v0.2.0")["event_type"], "config_update");
        releases.runs("v0.2.0");
    });
    checks.hold("a door that has changed is made anew, and leads to the new release", || {
        let door = stack.container("nginx")["Id"].clone();
        stack.layout.set("HTTP_PORT", &free_port().to_string());
        let up = releases.deploy(&["up"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        assert_eq!(releases.event_of("v0.2.0")["event_type"], "config_update");
        assert_ne!(stack.container("nginx")["Id"], door);
        releases.runs("v0.2.0");
    });
    checks.hold("a database that restarts is waited for", || {
        let database = stack.container("postgres")["Id"].as_str().expect("an id").to_owned();
        assert_eq!(stack.engine.docker(&["stop", &database]).code, 0);
        stack.layout.set("MAX_WORKERS", "4");
        let deploy = releases.begin(&["up"]);
        thread::sleep(Duration::from_secs(3));
        assert_eq!(stack.engine.docker(&["start", &database]).code, 0);
        let up = deploy.wait(Duration::from_mins(2));
        assert_eq!(up.code, 0, "{}", up.stderr);
        releases.runs("v0.2.0");
    });
}

/// v0.1.0 comes back, and goes again.
fn back(checks: &mut Checks<'_>, releases: &Releases<'_>) {
    let stack = releases.stack;
    checks.hold("under load the release before comes back and no request is lost", || {
        let first = FIRST + 1_000_000;
        let sent = under_load(stack, first, || {
            let back = releases.deploy(&["rollback", "--operator", "night shift"]);
            assert_eq!(back.code, 0, "{}", back.stderr);
        });
        none_is_lost(stack, &sent, first);
        releases.runs("v0.1.0");
        let event = releases.event_of("v0.1.0");
        assert_eq!(
            (&event["event_type"], &event["status"]),
            (&"rollback".into(), &"success".into())
        );
        assert_eq!(event["operator"], "night shift");
        let artifact = artifact(stack, "v0.1.0");
        assert_eq!(artifact["rollback_from"], "v0.2.0", "{artifact}");
    });
    checks.hold("the release that is gone back to is kept from a foreign prune", || {
        let pruned = stack.engine.docker(&[
            "image",
            "prune",
            "--all",
            "--force",
            "--filter",
            &format!("label=ballast.test={}", stack.project()),
        ]);
        assert_eq!(pruned.code, 0, "{}", pruned.stderr);
        let up = releases.deploy(&["rollback", "v0.2.0"]);
        assert_eq!(up.code, 0, "{}", up.stderr);
        releases.runs("v0.2.0");
    });
}

/// Does `work` while as many updates come as nginx lets one address send.
fn under_load(stack: &Stack, first: u32, work: impl FnOnce()) -> Sent {
    while_updates_come(stack, 4, first, work).expect("each update is taken")
}

/// Every update was taken at its first attempt, and every one is in the database.
fn none_is_lost(stack: &Stack, sent: &Sent, first: u32) {
    println!("    {} updates taken, {} attempts refused", sent.taken.len(), sent.refused);
    assert_eq!(sent.refused, 0);
    assert!(sent.taken.len() > 50, "the load is one");
    let kept = stack.sql(&format!(
        "select count(*) from updates where update_id between {first} and {}",
        first + 999_999
    ));
    assert_eq!(kept, sent.taken.len().to_string());
}

fn ids(releases: &Releases<'_>) -> Vec<Value> {
    releases.bots().iter().map(|bot| bot["Id"].clone()).collect()
}

fn artifact(stack: &Stack, tag: &str) -> Value {
    let found = artifacts(stack).into_iter().find(|artifact| artifact["artifact_id"] == tag);
    found.unwrap_or_else(|| panic!("no artifact {tag}"))
}
