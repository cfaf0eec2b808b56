//! The daily run, as its container runs it.

use super::*;

/// A time that is never near: what happens happens at the start.
const NEVER_NOW: &str = "0 0 1 1 *";

fn scheduled(world: &World) -> Program {
    world.program().env("BACKUP_SCHEDULE", NEVER_NOW).arg("schedule")
}

fn is_waiting(job: &Running) -> bool {
    job.stderr().contains("waiting for the next time")
}

#[test]
fn a_missed_run_is_made_up_once_and_a_fresh_backup_is_enough() {
    let world = World::new();
    for _ in 0..2 {
        let mut job = scheduled(&world).spawn();
        job.wait_until("the backup is there", SOON, is_waiting);
        assert_eq!(world.records().len(), 1);
        job.terminate();
        assert_eq!(job.wait(SOON).code, 0);
    }
    assert_eq!(world.records()[0]["backup_type"], "scheduled");

    world.edit(|records| records[0]["created_at"] = "2025-12-31T23:59:59Z".into());
    let mut job = scheduled(&world).spawn();
    job.wait_until("the missed backup is made up", SOON, is_waiting);
    assert_eq!(world.records().len(), 2);
}

#[test]
fn a_backup_before_a_deployment_is_enough_at_the_start() {
    let world = World::new();
    let deployed = world.program().args(["run", "--type", "pre_deployment"]).run(SOON);
    assert_eq!(deployed.code, 0, "{}", deployed.stderr);
    let mut job = scheduled(&world).spawn();
    job.wait_until("it waits", SOON, is_waiting);
    assert_eq!(world.records().len(), 1);
}

#[test]
fn a_deployment_that_is_under_way_is_waited_for_and_then_is_enough() {
    let world = World::slow();
    let deploying = world.stalled(world.program().args(["run", "--type", "pre_deployment"]));
    let mut job = scheduled(&world).spawn();
    job.wait_until("it waits for the lock", SOON, |job| job.stderr().contains("is held by"));
    world.postgres.sigcont();
    assert_eq!(deploying.wait(SOON).code, 0);
    job.wait_until("it waits for its time", SOON, is_waiting);
    assert_eq!(world.records().len(), 1);
}

#[test]
fn a_failure_does_not_end_it() {
    let mut world = World::new();
    world.postgres.stop();
    let mut job = scheduled(&world).env("BACKUP_CONNECT_TIMEOUT_SECONDS", "1").spawn();
    job.wait_until("the failure is told", SOON, |job| {
        job.stderr().contains("trying again later") && job.stderr().contains("postgres_refused")
    });
    assert_eq!(job.exit_code(), None);
    assert_eq!(world.records()[0]["status"], "failed");
    job.terminate();
    assert_eq!(job.wait(SOON).code, 0);
}

#[test]
fn it_stops_in_the_middle_of_a_dump_and_leaves_nothing() {
    let world = World::slow();
    let job = world.stalled(scheduled(&world));
    let [child] = children(job.id())[..] else { panic!("one child") };
    job.terminate();
    assert_eq!(job.wait(Duration::from_secs(15)).code, 0);
    assert!(!Path::new(&format!("/proc/{child}")).exists(), "pg_dump is gone");
    world.postgres.sigcont();
    assert!(world.published().is_empty() && world.temporary().is_empty());
}
