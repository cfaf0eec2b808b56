//! Backups that fail, that come back and that are late, from a real index to a real receiver.

use std::fs;
use std::slice::from_ref;

use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{SOON, World};

impl World {
    /// A time of so many minutes ago, on the database's clock.
    pub(super) fn ago(&self, minutes: u32) -> String {
        let then = format!(
            r#"select to_char((now() - interval '{minutes} min') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#
        );
        self.postgres.sql("postgres", &then)
    }

    fn good_backup(&self, number: usize, minutes_ago: u32) -> Value {
        let mut record = self.backup(number);
        record["created_at"] = self.ago(minutes_ago).into();
        record["restore_ms"] = 1500.into();
        record
    }

    fn failed_backup(&self, number: usize, minutes_ago: u32) -> Value {
        let mut record = self.good_backup(number, minutes_ago);
        record["status"] = "failed".into();
        record["verified"] = false.into();
        record["verified_at"] = Value::Null;
        record["restore_ms"] = Value::Null;
        record["error_code"] = "pg_dump_failed".into();
        record
    }
}

fn kinds(bodies: &[Value]) -> Vec<&str> {
    bodies.iter().filter_map(|body| body["kind"].as_str()).collect()
}

#[test]
fn a_backup_that_fails_is_told_once_and_so_is_the_next_good_one_across_a_restart() {
    let world = World::new();
    let willing = Receiver::willing();
    let program = || world.telling().env("NOTIFY_WEBHOOK_URL", willing.url("/"));
    let good = world.good_backup(1, 60);
    world.write_backups(from_ref(&good));
    let mut sidecar = program().spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let failed = [world.failed_backup(2, 30), world.failed_backup(3, 29)];
    world.write_backups(&[from_ref(&good), &failed[..]].concat());
    let bodies = willing.wait_for(&mut sidecar, 1);
    assert_eq!(bodies[0]["title"], "bot: the backup of d failed, 2 in a row");
    let facts = &bodies[0]["facts"];
    assert_eq!((&facts["backup_id"], &facts["failures"]), (&"b003".into(), &2.into()));
    assert_eq!(facts["error_code"], "pg_dump_failed");
    assert_eq!(facts["newest_verified_at"], good["created_at"]);
    sidecar.wait_until("it is remembered", SOON, |_| {
        let kept = world.remembered();
        kept["backups"]["failing"][0]["database_name"] == "d" && kept["waiting"] == json!([])
    });
    sidecar.kill();
    let _ = sidecar.wait(SOON);

    let mut sidecar = program().spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    world.write_backups(&[&[good], &failed[..], &[world.failed_backup(4, 1)]].concat());
    sidecar.wait_until("it has been looked at", SOON, |_| {
        world.remembered()["backups"]["failing"][0]["failures"] == 3
    });
    assert_eq!(willing.requests().len(), 1, "a run of failures is told once");
    world.write_backups(&[&failed[..], &[world.good_backup(5, 0)]].concat());
    let bodies = willing.wait_for(&mut sidecar, 2);
    assert_eq!(kinds(&bodies), ["backup_failed", "backup_recovered"]);
    let facts = &bodies[1]["facts"];
    assert_eq!((&facts["backup_id"], &facts["failures"]), (&"b005".into(), &3.into()));
    assert_eq!(facts["restore_ms"], 1500);
    let without = facts["without_seconds"].as_u64().expect("how long there was none");
    assert!((3595..3700).contains(&without), "{without}");
}

#[test]
fn a_backup_that_is_late_and_an_index_that_is_damaged_are_told_and_that_they_are_mended() {
    let world = World::new();
    let willing = Receiver::willing();
    let program = || world.telling().env("NOTIFY_WEBHOOK_URL", willing.url("/"));
    let mut sidecar = program().env("BACKUP_MAX_AGE_HOURS", "2").spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    // There is no index at all, which is noticed; but a stack that starts has its time.
    let late_since = || world.remembered()["backups"]["late_since"].clone();
    sidecar.wait_until("it is noticed", SOON, |_| late_since().is_string());
    world.write_backups(&[world.good_backup(1, 118)]);
    sidecar.wait_until("it is seen", SOON, |_| late_since().is_null());
    assert_eq!(willing.requests().len(), 0, "{:?}", willing.bodies());
    world.write_backups(&[world.good_backup(1, 121)]);
    let bodies = willing.wait_for(&mut sidecar, 1);
    assert_eq!(bodies[0]["kind"], "backup_late");
    assert_eq!(bodies[0]["title"], "bot: no verified backup for 2 h 1 min");
    assert_eq!(bodies[0]["facts"]["max_age_seconds"], 7200);
    world.write_backups(&[world.good_backup(2, 0)]);
    let bodies = willing.wait_for(&mut sidecar, 2);
    assert_eq!(bodies[1]["title"], "bot: there is a verified backup of d again");

    let index = world.record("backups/backup_index.json");
    let text = fs::read(&index).expect("it is there");
    fs::write(&index, "{").expect("it can be damaged");
    let bodies = willing.wait_for(&mut sidecar, 3);
    assert_eq!(bodies[2]["facts"]["error_code"], "corrupt");
    fs::write(&index, text).expect("it can be mended");
    let bodies = willing.wait_for(&mut sidecar, 4);
    assert_eq!(
        kinds(&bodies),
        ["backup_late", "backup_recovered", "backup_late", "backup_recovered"]
    );
}
