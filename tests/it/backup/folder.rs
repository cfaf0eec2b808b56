//! The folder and the lock: who may be in it, and what is found there.

use super::*;

#[test]
fn two_runs_never_overlap() {
    let world = World::slow();
    let first = world.stalled(world.program().arg("run"));
    let refused = world.program().env("BACKUP_LOCK_WAIT_SECONDS", "0").arg("run").run(SOON);
    assert_eq!(refused.code, 5, "{}", refused.stderr);
    let holder = format!("backup-job run (pid {})", first.id());
    assert!(refused.stderr.contains(&holder), "{}", refused.stderr);
    assert_eq!(world.temporary().len(), 1, "who waits touches nothing");

    let mut second = world.program().arg("run").spawn();
    second.wait_until("it waits", SOON, |job| job.stderr().contains(&holder));
    world.postgres.sigcont();
    assert_eq!((first.wait(SOON).code, second.wait(SOON).code), (0, 0));
    assert_eq!(world.records().len(), 2);
}

#[test]
fn backups_within_one_second_get_different_names() {
    let world = World::new();
    (0..3).for_each(|_| drop(world.backup()));
    assert_eq!(world.published().len(), 3);
}

#[test]
fn a_folder_that_is_missing_is_told_with_the_remedy() {
    let world = World::new();
    let missing = world.folder.join("missing");
    let finished = world.program().env("BACKUP_DIR", &missing).arg("run").run(SOON);
    assert_eq!(finished.code, 2);
    for part in ["install -d -m 0750 -o ", &missing.display().to_string()] {
        assert!(finished.stderr.contains(part), "{}", finished.stderr);
    }
    assert!(finished.stderr.contains("backup_dir_missing"));
    assert!(!missing.exists(), "it might be a disk that is not mounted");
}

#[test]
fn an_index_that_cannot_be_read_is_never_replaced() {
    let world = World::new();
    for (content, code) in [
        ("{\"schema_version\":1,\"backups\":[", "backup_index_corrupt"),
        ("{\"schema_version\":99,\"backups\":[]}", "backup_index_newer"),
    ] {
        fs::write(world.index(), content).expect("the index can be written");
        for command in ["run", "list", "prune"] {
            let finished = world.program().arg(command).run(SOON);
            assert_eq!(finished.code, 2, "{command}: {}", finished.stderr);
            assert!(finished.stderr.contains(code), "{command}: {}", finished.stderr);
        }
        assert_eq!(world.program().arg("healthy").run(SOON).code, 1);
        assert_eq!(fs::read_to_string(world.index()).expect("it is there"), content);
        assert!(world.published().is_empty());
    }
}

#[test]
fn what_a_crash_kept_out_of_the_index_is_proven_and_listed() {
    let world = World::new();
    let first = world.backup();
    let second = world.backup();
    let path = |record: &Value| PathBuf::from(record["file_path"].as_str().expect("a path"));
    let cut = fs::read(path(&second)).expect("the file is there");
    fs::write(path(&second), &cut[..cut.len() / 2]).expect("the file can be written");
    fs::write(world.folder.join("notes.sql.gz"), "mine").expect("the folder is writable");
    fs::remove_file(world.index()).expect("the index is there");

    world.backup();
    let records = world.records();
    assert_eq!(records.len(), 3, "{records:?}");
    let found = |id: &Value| records.iter().find(|one| one["backup_id"] == *id).expect("listed");
    let whole = found(&first["backup_id"]);
    for key in ["sha256", "size_bytes", "created_at", "server_version", "pg_dump_version"] {
        assert_eq!(whole[key], first[key], "{key}");
    }
    assert_eq!((&whole["verified"], &whole["row_counts_checked"]), (&true.into(), &true.into()));
    let damaged = found(&second["backup_id"]);
    assert_eq!((&damaged["verified"], &damaged["status"]), (&false.into(), &"failed".into()));
    assert_eq!(damaged["error_code"], "backup_damaged");
}

#[test]
fn a_listed_backup_whose_file_is_gone_or_changed_is_a_backup_no_more() {
    let world = World::new();
    let (gone, cut) = (world.backup(), world.backup());
    let path = |record: &Value| PathBuf::from(record["file_path"].as_str().expect("a path"));
    fs::remove_file(path(&gone)).expect("the file is there");
    fs::write(path(&cut), "cut").expect("the file can be written");
    world.backup();
    let codes: Vec<Value> =
        world.records().iter().map(|record| record["error_code"].clone()).collect();
    assert_eq!(codes, [Value::from("backup_file_missing"), "backup_damaged".into(), Value::Null]);
}

#[test]
fn a_listed_backup_whose_file_is_back_is_proven_again() {
    let world = World::new();
    let records = [world.backup(), world.backup()];
    let path = |record: &Value| PathBuf::from(record["file_path"].as_str().expect("a path"));
    let away = |record: &Value| path(record).with_extension("away");
    for record in &records {
        fs::rename(path(record), away(record)).expect("the file is there");
    }
    world.backup();
    let code = |at: usize| world.records()[at]["error_code"].clone();
    assert_eq!([code(0), code(1)], ["backup_file_missing", "backup_file_missing"]);

    // Both are back, the second with another byte.
    let mut bytes = fs::read(away(&records[1])).expect("the file is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(away(&records[1]), bytes).expect("the file can be written");
    for record in &records {
        fs::rename(away(record), path(record)).expect("the file is there");
    }
    world.edit(|records| records[0]["retention_until"] = "2026-01-01T00:00:00Z".into());
    let pruned = world.program().arg("prune").run(SOON);
    assert_eq!((pruned.code, pruned.stdout.as_str()), (0, ""), "it is proven first");
    world.edit(|all| all[0]["retention_until"] = records[0]["retention_until"].clone());
    world.backup();
    let good = &world.records()[0];
    for key in ["status", "verified", "error_code", "sha256", "retention_until", "duration_ms"] {
        assert_eq!(good[key], records[0][key], "{key}");
    }
    assert_eq!(good["row_counts_checked"], false);
    assert_eq!((&world.records()[1]["verified"], code(1).is_string()), (&false.into(), true));
    assert_ne!(code(1), "backup_file_missing");
}

#[test]
fn a_file_that_cannot_be_looked_at_is_not_gone() {
    let world = World::new();
    let record = world.backup();
    world.edit(|records| {
        // A name that the file system refuses.
        let database = "d".repeat(300);
        records[0]["backup_id"] = format!("{database}-20260101T000000Z-manual").into();
        records[0]["database_name"] = database.into();
    });
    world.backup();
    assert_eq!(world.records()[0]["error_code"], Value::Null);
    assert_eq!(world.records()[0]["sha256"], record["sha256"]);
}
