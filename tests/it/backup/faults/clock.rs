//! A clock that is wrong, seen from the records that it left.

use super::*;

const AHEAD: &str = "2099-01-01T00:00:00Z";

/// What was made with a clock that ran ahead hides nothing: it is not young, it is no reason to make
/// no other, and it is not deleted.
#[test]
fn a_backup_of_the_future_stands_in_for_none() {
    let world = prepared();
    world.edit(|records| {
        records[0]["created_at"] = AHEAD.into();
        records[0]["verified_at"] = AHEAD.into();
        records[0]["retention_until"] = "2099-01-08T00:00:00Z".into();
    });
    let health = || world.program().arg("healthy").run(SOON);
    assert_eq!(health().code, 1, "{}", health().stdout);
    assert!(health().stdout.contains("backup_none_verified"), "{}", health().stdout);
    let before = Before::of(&world);
    let deployment = ["run", "--type", "pre_deployment"];
    let made = world.program().env("ARTIFACT_ID", "v1").args(deployment).run(SOON);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert_eq!(before.assert_kept(&world, "a clock ahead").len(), 1);
    assert_eq!(health().code, 0, "{}", health().stdout);
    let pruned = world.program().arg("prune").run(SOON);
    assert_eq!((pruned.code, pruned.stdout.as_str()), (0, ""), "{}", pruned.stderr);
    world.next_run_is_good("a clock ahead");
    assert_eq!(world.records().len(), 3);
}

/// A clock that was set back: the second of the next backup has one already.
#[test]
fn a_clock_that_was_set_back_overwrites_nothing() {
    let world = prepared();
    let before = Before::of(&world);
    for _ in 0..2 {
        world.next_run_is_good("a clock set back");
    }
    before.assert_kept(&world, "a clock set back");
    let ids: BTreeSet<String> =
        world.records().iter().map(|record| record["backup_id"].to_string()).collect();
    assert_eq!((ids.len(), world.published().len()), (3, 3));
}
