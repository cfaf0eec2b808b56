//! The daily run, as its container runs it.

use chrono::{DateTime, TimeDelta, Utc};

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

/// When the next run begins, as the log says it.
fn next_run(world: &World, variables: &[(&'static str, &str)]) -> DateTime<Utc> {
    let mut program = scheduled(world);
    for (name, value) in variables {
        program = program.env(name, *value);
    }
    let mut job = program.spawn();
    job.wait_until("it waits for its time", SOON, is_waiting);
    let log = job.stderr();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let next = lines.filter_map(|line| line["next"].as_str()?.parse().ok()).next_back();
    next.unwrap_or_else(|| panic!("no time: {log}"))
}

#[test]
fn the_time_is_that_of_the_zone_and_of_the_host() {
    let world = World::new();
    world.backup();
    let midnight = next_run(&world, &[]);
    let of_day = |at: DateTime<Utc>| at.format("%m-%d %H:%M:%S").to_string();
    assert_eq!(of_day(midnight), "01-01 00:00:00");
    let there = next_run(&world, &[("BACKUP_TIMEZONE", "Asia/Kathmandu")]);
    assert_eq!(of_day(there), "12-31 18:15:00");
    let host = |name| next_run(&world, &[("BACKUP_JITTER_SECONDS", "3600"), ("HOSTNAME", name)]);
    let times = [host("one"), host("one"), host("two")];
    assert_eq!(times[0], times[1], "a restart changes nothing");
    assert_ne!(times[1], times[2]);
    let hour = midnight..=midnight + TimeDelta::hours(1);
    assert!(times.iter().all(|time| hour.contains(time)), "{times:?}");
    assert_eq!(world.records().len(), 1, "nothing was due");
}

#[test]
fn what_is_no_time_is_told_before_anything_is_tried() {
    let world = World::new();
    for (name, value) in [
        ("BACKUP_SCHEDULE", "each evening"),
        ("BACKUP_TIMEZONE", "Mars/Olympus"),
        ("BACKUP_JITTER_SECONDS", "3601s"),
        ("BACKUP_MAX_AGE_HOURS", "9999"),
    ] {
        let refused = scheduled(&world).env(name, value).run(SOON);
        assert_eq!(refused.code, 2, "{name}: {}", refused.stderr);
        assert!(refused.stderr.contains(name) && !refused.stderr.contains(value), "{name}");
    }
    assert!(!world.index().exists());
}

#[test]
fn a_schedule_that_leaves_backups_older_than_they_may_be_is_warned_of() {
    let world = World::new();
    world.backup();
    for (schedule, warned) in [(NEVER_NOW, true), ("0 3 * * *", false)] {
        let mut job = scheduled(&world).env("BACKUP_SCHEDULE", schedule).spawn();
        job.wait_until("it waits for its time", SOON, is_waiting);
        assert_eq!(job.stderr().contains("backup_max_age_too_short"), warned, "{schedule}");
    }
}

#[test]
fn it_is_unhealthy_at_once_when_the_newest_verified_backup_is_too_old_and_while_there_is_none() {
    let world = World::new();
    let look = || {
        let looked = world.program().env("BACKUP_MAX_AGE_HOURS", "1").arg("healthy").run(SOON);
        let said: Value = serde_json::from_str(&looked.stdout).expect("it is JSON");
        (looked.code, said["error_code"].clone())
    };
    assert_eq!(look(), (1, "backup_index_missing".into()), "it has never run");
    world.backup();
    assert_eq!(look(), (0, Value::Null));
    let deadline = Utc::now() + TimeDelta::seconds(4);
    let created_at = (deadline - TimeDelta::hours(1)).to_rfc3339();
    world.edit(|records| records[0]["created_at"] = created_at.as_str().into());
    wait_until("it is unhealthy", SOON, || look() == (1, "backup_too_old".into()));
    let late = Utc::now() - deadline;
    assert!(late >= TimeDelta::zero() && late < TimeDelta::minutes(1), "{late}");
    world.edit(|records| records[0]["verified"] = false.into());
    assert_eq!(look(), (1, "backup_none_verified".into()));
    world.edit(Vec::clear);
    assert_eq!(look(), (1, "backup_none_verified".into()));
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
