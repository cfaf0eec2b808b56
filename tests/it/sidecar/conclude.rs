//! What becomes of the events that preflight opened, and of `artifacts.json`.

use std::fs;

use serde_json::{Value, json};
use tests::{Program, Running};

use super::deployment::{COMMIT, EVENT_ID, Engine, image_id};
use super::{SOON, World, logged};

impl World {
    fn program_with(&self, engine: &Engine) -> Program {
        self.program().env("ENGINE_URL", engine.url()).env("HOSTNAME", "0123456789ab")
    }

    fn wait_for_conclusion(&self, sidecar: &mut Running, status: &str) -> Value {
        sidecar.wait_until(&format!("the event is {status}"), SOON, |_| {
            self.journal().last().is_some_and(|event| event["status"] == status)
        });
        self.journal().pop().unwrap_or_default()
    }

    fn wait_for_deployed(&self, sidecar: &mut Running, artifact: &str) {
        sidecar.wait_until(&format!("{artifact} is deployed"), SOON, |_| {
            self.deployed() == [artifact]
        });
    }
}

#[test]
fn a_healthy_stack_with_the_right_image_is_a_success_and_the_artifact_is_recorded() {
    let world = World::new();
    let engine = Engine::running("v1.2.3");
    world.write_journal(&[world.open_event("v1.2.3")]);
    let backup = json!({"schema_version": 1, "backups": [{
        "backup_id": "b", "created_at": world.now(), "backup_type": "pre_deployment",
        "file_path": "/b.sql.gz", "file_size_mb": 1, "database_name": "d", "pg_dump_version": "17",
        "compressed": true, "verified": true, "verified_at": world.now(),
        "retention_until": world.now(), "artifact_id": "v1.2.3", "size_bytes": 1, "sha256": "",
        "status": "complete", "server_version": "17", "duration_ms": 1,
        "row_counts_checked": true, "offsite_uri": null, "offsite_verified_at": null,
        "error_code": null,
    }]});
    fs::write(world.record("backups/backup_index.json"), backup.to_string()).expect("an index");
    let mut sidecar = world.program_with(&engine).spawn();
    let event = world.wait_for_conclusion(&mut sidecar, "success");
    assert_eq!(event["event_id"], EVENT_ID);
    assert_eq!(event["health_check_passed"], true);
    assert_eq!(event["backup_created"], true, "{event}");
    assert!(event["completed_at"].is_string() && event["duration_seconds"].is_u64(), "{event}");
    assert!(event["error_message"].is_null() && event["schema_version"] == 1, "{event}");

    world.wait_for_deployed(&mut sidecar, "v1.2.3");
    let artifact = &world.artifacts()[0];
    for (name, expected) in [
        ("created_at", json!("2026-01-02T03:04:05Z")),
        ("git_commit_sha", json!(COMMIT)),
        ("git_tag", json!("v1.2.3")),
        ("docker_image_uri", json!("localhost/bot:1")),
        ("docker_image_digest", json!(image_id("v1.2.3"))),
        ("size_mb", json!(5)),
        ("changelog", Value::Null),
        ("deployed_at", event["completed_at"].clone()),
        ("rollback_from", Value::Null),
    ] {
        assert_eq!(artifact[name], expected, "{name}: {artifact}");
    }
    assert_eq!(world.journal().len(), 2);
    assert_eq!(logged(&sidecar.stderr(), "deployment event concluded").len(), 1);
}

#[test]
fn an_unhealthy_stack_is_a_failure_with_a_reason_once_the_deadline_has_passed() {
    let world = World::new();
    let engine = Engine::running("v1.2.3");
    world.bot.now(|_| (500, String::new()));
    world.write_journal(&[world.open_event("v1.2.3")]);
    let mut sidecar = world.program_with(&engine).env("GATE_DEADLINE_SECONDS", "3").spawn();
    let event = world.wait_for_conclusion(&mut sidecar, "failed");
    assert_eq!(event["health_check_passed"], false);
    assert_eq!(event["backup_created"], false);
    let reason = "health gate: not stable within 3 s: bot: bot_unhealthy";
    assert_eq!(event["error_message"], reason);
    assert!(world.artifacts().is_empty());

    world.bot.now(|_| (200, String::new()));
    world.wait_for(&mut sidecar, 200, "healthy");
    assert_eq!(world.journal().len(), 2, "what has failed stays failed");
}

#[test]
fn the_health_of_another_image_proves_nothing() {
    for (runs, reason) in [
        (Some("v0.9.0"), "another artifact is running"),
        (None, "the running artifact is not known"),
    ] {
        let world = World::new();
        let engine = Engine::running("v0.9.0");
        engine.runs(runs);
        world.write_journal(&[world.open_event("v1.2.3")]);
        let mut sidecar = world.program_with(&engine).env("GATE_DEADLINE_SECONDS", "4").spawn();
        world.wait_for(&mut sidecar, 200, "healthy");
        let event = world.wait_for_conclusion(&mut sidecar, "failed");
        let said = event["error_message"].as_str().unwrap_or_default();
        assert!(said.ends_with(reason), "{said}");
        assert!(world.artifacts().is_empty());
    }
}

#[test]
fn an_engine_that_comes_back_in_time_is_soon_enough() {
    let world = World::new();
    let engine = Engine::running("v1.2.3");
    engine.runs(None);
    world.write_journal(&[world.open_event("v1.2.3")]);
    let mut sidecar = world.program_with(&engine).spawn();
    let unknown = "the running artifact is not known";
    sidecar
        .wait_until("it misses the engine", SOON, |it| !logged(&it.stderr(), unknown).is_empty());
    assert_eq!(world.journal().len(), 1, "nothing is concluded without proof");
    engine.runs(Some("v1.2.3"));
    world.wait_for_conclusion(&mut sidecar, "success");
    world.wait_for_deployed(&mut sidecar, "v1.2.3");
    assert_eq!(logged(&sidecar.stderr(), unknown).len(), 1, "it is said once");
}

#[test]
fn without_an_engine_health_decides_and_no_artifact_is_recorded() {
    let world = World::new();
    world.write_journal(&[world.open_event("v1.2.3")]);
    let mut sidecar = world.program().spawn();
    world.wait_for_conclusion(&mut sidecar, "success");
    let message = "ENGINE_URL is not set: the artifact is not recorded";
    sidecar.wait_until("it says so", SOON, |it| logged(&it.stderr(), message).len() == 1);
    assert!(!world.record("state/artifacts.json").exists());
}

#[test]
fn what_a_crash_left_half_written_is_made_whole_and_nothing_is_doubled() {
    let world = World::new();
    let engine = Engine::running("v2.0.0");
    let mut earlier = world.success("v1.2.3");
    earlier["event_id"] = "00000000-0000-4000-8000-000000000001".into();
    world.write_journal(&[earlier.clone()]);
    engine.runs(Some("v1.2.3"));
    let mut sidecar = world.program_with(&engine).spawn();
    world.wait_for_deployed(&mut sidecar, "v1.2.3");
    sidecar.kill();
    drop(sidecar);

    // The success is in the journal, and the sidecar was killed before it recorded the artifact.
    let journal = [earlier, world.open_event("v2.0.0"), world.success("v2.0.0")];
    world.write_journal(&journal);
    engine.runs(Some("v2.0.0"));
    for _ in 0..2 {
        let mut sidecar = world.program_with(&engine).spawn();
        world.wait_for_deployed(&mut sidecar, "v2.0.0");
        world.wait_for(&mut sidecar, 200, "healthy");
        sidecar.terminate();
        assert_eq!(sidecar.wait(SOON).code, 0);
    }
    assert_eq!(world.artifacts().len(), 2);
    assert_eq!(world.journal(), journal);
}

#[test]
fn the_record_follows_the_running_image_and_not_the_journal_alone() {
    let world = World::new();
    let engine = Engine::running("v0.9.0");
    world.write_journal(&[world.success("v1.2.3")]);
    let mut sidecar = world.program_with(&engine).env("LOG_LEVEL", "DEBUG").spawn();
    let other = "another artifact runs than the newest success says";
    sidecar.wait_until("it has looked", SOON, |it| !logged(&it.stderr(), other).is_empty());
    assert!(world.artifacts().is_empty());
}

#[test]
fn events_of_deploy_are_left_alone_while_it_works_and_closed_when_it_has_died() {
    let world = World::new();
    let engine = Engine::running("v1.2.3");
    let deploy = world.hold_deploy_lock();
    let open = World::of_deploy(world.open_event("v1.2.3"));
    let mut done = World::of_deploy(world.success("v1.2.3"));
    done["event_id"] = "00000000-0000-4000-8000-000000000001".into();
    let mut mine = world.open_event("v1.2.3");
    mine["event_id"] = "00000000-0000-4000-8000-000000000002".into();
    world.write_journal(&[open, done, mine]);
    let mut sidecar = world.program_with(&engine).spawn();
    // For longer than it takes to be certain that nobody holds the lock.
    world.wait_for_age(&mut sidecar, 8);
    let concluded: Vec<_> =
        world.journal()[3..].iter().map(|event| event["event_id"].clone()).collect();
    assert_eq!(concluded, ["00000000-0000-4000-8000-000000000002"]);
    assert!(world.artifacts().is_empty(), "deploy answers for them while it works");

    deploy.kill();
    sidecar.wait_until("it is closed", SOON, |_| world.journal().len() == 5);
    let event = world.journal().pop().unwrap_or_default();
    assert_eq!((&event["event_id"], &event["status"]), (&EVENT_ID.into(), &"failed".into()));
    assert_eq!(event["error_message"], "deploy was interrupted");
    assert_eq!(event["health_check_passed"], Value::Null);
    assert!(event["completed_at"].is_string() && event["duration_seconds"].is_u64(), "{event}");
    world.wait_for_deployed(&mut sidecar, "v1.2.3");
    assert_eq!(world.journal().len(), 5);
}

#[test]
fn what_died_with_its_rollback_under_way_is_closed_and_what_had_failed_stays() {
    let world = World::new();
    let engine = Engine::running("v2.0.0");
    let deploy = world.hold_deploy_lock();
    deploy.kill();
    let _ = deploy.wait(SOON);
    let mut failed = World::of_deploy(world.success("v2.0.0"));
    failed["status"] = "failed".into();
    failed["error_message"] = "health gate".into();
    let mut rollback = World::of_deploy(world.open_event("v1.2.3"));
    rollback["event_type"] = "rollback".into();
    rollback["event_id"] = "00000000-0000-4000-8000-000000000002".into();
    let journal = [failed, rollback.clone()];
    world.write_journal(&journal);
    let mut sidecar = world.program_with(&engine).spawn();
    let event = world.wait_for_conclusion(&mut sidecar, "failed");
    assert_eq!((&world.journal()[..2], world.journal().len()), (&journal[..], 3));
    assert_eq!(event["event_id"], rollback["event_id"]);
    assert_eq!(event["error_message"], "deploy was interrupted");
}

#[test]
fn a_lock_that_cannot_be_looked_at_is_said_once_and_concludes_nothing() {
    let world = World::new();
    let lock = world.record("state/deploy.lock");
    std::os::unix::fs::symlink("deploy.lock", &lock).expect("a link that leads nowhere");
    world.write_journal(&[World::of_deploy(world.open_event("v1.2.3"))]);
    let mut sidecar = world.program().spawn();
    let message = "whether deploy is at work can't be seen";
    sidecar.wait_until("it says so", SOON, |it| !logged(&it.stderr(), message).is_empty());
    world.wait_for_age(&mut sidecar, 6);
    assert_eq!(world.journal().len(), 1);
    assert_eq!(logged(&sidecar.stderr(), message).len(), 1, "{}", sidecar.stderr());
    fs::remove_file(&lock).expect("the link can be removed");
    let event = world.wait_for_conclusion(&mut sidecar, "failed");
    assert_eq!(event["error_message"], "deploy was interrupted");
}

#[test]
fn records_that_cannot_be_used_are_said_once_and_never_replaced() {
    let world = World::new();
    let engine = Engine::running("v1.2.3");
    let newer = json!({"schema_version": 2, "artifacts": {}}).to_string();
    fs::write(world.record("state/artifacts.json"), &newer).expect("a catalog");
    world.write_journal(&[world.open_event("v1.2.3")]);
    let mut sidecar = world.program_with(&engine).spawn();
    world.wait_for_conclusion(&mut sidecar, "success");
    let message = "the artifact can't be recorded";
    sidecar.wait_until("it says so", SOON, |it| logged(&it.stderr(), message).len() == 1);

    fs::write(world.record("log/deployments.log"), "no journal\n").expect("a journal");
    let message = "the journal can't be used";
    sidecar.wait_until("it says so", SOON, |it| logged(&it.stderr(), message).len() == 1);
    world.write_journal(&[world.open_event("v2.0.0")]);
    engine.runs(Some("v2.0.0"));
    world.wait_for_conclusion(&mut sidecar, "success");
    assert_eq!(fs::read_to_string(world.record("state/artifacts.json")).ok(), Some(newer));
    assert_eq!(logged(&sidecar.stderr(), message).len(), 1);
}

#[test]
fn a_torn_line_is_passed_over() {
    let world = World::new();
    let engine = Engine::running("v1.2.3");
    world.write_journal(&[world.open_event("v1.2.3")]);
    let path = world.record("log/deployments.log");
    let whole = fs::read_to_string(&path).expect("a journal");
    fs::write(&path, format!("{whole}{}", &whole[..whole.len() / 2])).expect("a journal");
    let mut sidecar = world.program_with(&engine).spawn();
    world.wait_for_deployed(&mut sidecar, "v1.2.3");
    let message = "a line of deployments.log was passed over";
    assert_eq!(logged(&sidecar.stderr(), message).len(), 1, "{}", sidecar.stderr());
}
