//! What is kept, what goes, and what is said of it.

use super::*;

const PAST: &str = "2026-01-01T00:00:00Z";

fn expire_all(world: &World) {
    world.edit(|records| {
        for record in records {
            record["retention_until"] = PAST.into();
        }
    });
}

#[test]
fn retention_keeps_the_newest_verified_backup_and_what_it_does_not_know() {
    let world = World::new();
    let records = [world.backup(), world.backup(), world.backup()];
    expire_all(&world);
    fs::write(world.folder.join("notes.txt"), "mine").expect("the folder is writable");
    let old = |record: &Value| record["file_path"].as_str().expect("a path").to_owned() + "\n";
    let expected: String = records[..2].iter().map(old).collect();

    let dry = world.program().args(["prune", "--dry-run"]).run(SOON);
    let said: Vec<Vec<&str>> = dry
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.splitn(3, "  ").map(str::trim).collect())
        .collect();
    let goes = ["goes", "past its retention"];
    for (line, record) in said.iter().zip(&records) {
        let is_last = record == &records[2];
        let fate = if is_last { ["stays", "the newest verified one"] } else { goes };
        assert_eq!(line[1..], fate, "{}", dry.stdout);
        assert_eq!(line[0], record["backup_id"].as_str().expect("an id"));
    }
    assert_eq!((dry.code, said.len()), (0, 3), "{}", dry.stderr);
    assert_eq!((world.published().len(), world.records().len()), (3, 3), "nothing was deleted");

    let real = world.program().arg("prune").run(SOON);
    assert_eq!((real.code, real.stdout.as_str()), (0, expected.as_str()), "{}", real.stderr);
    assert_eq!(world.records()[0]["backup_id"], records[2]["backup_id"]);
    assert_eq!((world.published().len(), world.records().len()), (1, 1));
    assert!(world.folder.join("notes.txt").exists());

    // Where the newest one's file is gone, the one before is the newest.
    world.edit(|records| records[0]["retention_until"] = "2099-01-01T00:00:00Z".into());
    let newer = world.backup();
    expire_all(&world);
    fs::remove_file(newer["file_path"].as_str().expect("a path")).expect("the file is there");
    let pruned = world.program().arg("prune").run(SOON);
    assert_eq!(pruned.code, 0, "{}", pruned.stderr);
    assert_eq!(world.records()[0]["backup_id"], records[2]["backup_id"]);
    assert_eq!(world.published().len(), 1);
}

#[test]
fn retention_runs_after_a_success_and_never_after_a_failure() {
    let world = World::new();
    world.backup();
    world.backup();
    expire_all(&world);
    let url = world.postgres.url("no_such_database");
    let failed = world.program().env("DATABASE_URL", &url).arg("run").run(SOON);
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert!(failed.stderr.contains("postgres_database_missing"), "{}", failed.stderr);
    assert_eq!(world.published().len(), 2);
    world.backup();
    assert_eq!(world.published().len(), 1);
}

#[test]
fn a_clock_that_jumped_costs_nothing_at_once() {
    let world = World::new();
    world.backup();
    world.backup();
    world.edit(|records| {
        for (day, record) in records.iter_mut().enumerate() {
            record["created_at"] = format!("2026-01-0{}T00:00:00Z", day + 1).into();
            record["retention_until"] = format!("2026-01-0{}T00:00:00Z", day + 8).into();
        }
    });
    let run = world.run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("backup_prune_skipped"), "{}", run.stderr);
    assert_eq!((world.published().len(), world.records().len()), (3, 3));
    assert!(!world.run().stderr.contains("backup_prune_skipped"));
    assert_eq!((world.published().len(), world.records().len()), (2, 2), "the next run prunes");
}

#[test]
fn nothing_outside_of_the_folder_is_ever_deleted() {
    let world = World::new();
    let precious = Scratch::new();
    fs::write(precious.join("x-20260101T000000Z-manual.sql.gz"), "x").expect("writable");
    let record = world.backup();
    world.backup();
    world.edit(|records| {
        let mut foreign = record.clone();
        foreign["backup_id"] =
            format!("{}/x-20260101T000000Z-manual", precious.path().display()).into();
        foreign["file_path"] =
            precious.join("x-20260101T000000Z-manual.sql.gz").display().to_string().into();
        foreign["retention_until"] = PAST.into();
        records.push(foreign);
    });
    let pruned = world.program().arg("prune").run(SOON);
    assert_eq!((pruned.code, pruned.stdout.as_str()), (0, ""), "{}", pruned.stderr);
    assert!(precious.join("x-20260101T000000Z-manual.sql.gz").exists());
}

#[test]
fn healthy_means_a_young_verified_backup_whose_file_is_there() {
    let world = World::new();
    let health = || {
        let finished = world.program().arg("healthy").run(SOON);
        let answer: Value = serde_json::from_str(&finished.stdout).expect("the answer is JSON");
        (finished.code, answer["error_code"].clone())
    };
    assert_eq!(health(), (1, "backup_index_missing".into()), "it never ran");
    let record = world.backup();
    assert_eq!(health(), (0, Value::Null));

    world.edit(|records| records[0]["created_at"] = PAST.into());
    assert_eq!(health(), (1, "backup_too_old".into()));
    world.edit(|records| {
        records[0] = record.clone();
        records[0]["verified"] = false.into();
    });
    assert_eq!(health(), (1, "backup_none_verified".into()));
    world.edit(|records| records[0] = record.clone());
    assert_eq!(health(), (0, Value::Null));
    fs::remove_file(&world.published()[0]).expect("the file is there");
    assert_eq!(health(), (1, "backup_none_verified".into()));
}

#[test]
fn the_list_is_for_people_and_for_programs() {
    let world = World::new();
    let missing = world.program().arg("list").run(SOON);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("backup_index_missing"), "{}", missing.stderr);
    let (first, second) = (world.backup(), world.backup());
    let json = world.program().args(["list", "--format", "json"]).run(SOON);
    let document: Value = serde_json::from_str(&json.stdout).expect("the list is JSON");
    assert_eq!(document["backups"], Value::from(world.records()));
    let table = world.program().arg("list").run(SOON);
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert_eq!((table.code, lines.len()), (0, 3), "{}", table.stdout);
    for (line, record) in lines[1..].iter().zip([second, first]) {
        assert!(line.starts_with(record["backup_id"].as_str().expect("an id")), "{line}");
    }
    world.edit(|records| {
        for (record, created_at) in records.iter_mut().zip([PAST, "2099-01-01T00:00:00Z"]) {
            record["verified"] = false.into();
            record["created_at"] = created_at.into();
        }
    });
    let table = world.program().arg("list").run(SOON).stdout;
    assert_eq!(table.matches("nobody has proven it").count(), 1, "{table}");
}
