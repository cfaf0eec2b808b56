//! The index, made of the files alone.

use super::*;

fn rebuilt(world: &World, arguments: &[&str]) -> (i32, Value) {
    let program = world.program().args(["rebuild-index", "--format", "json"]).args(arguments);
    let finished = program.run(SOON);
    let document = serde_json::from_str(&finished.stdout);
    (finished.code, document.unwrap_or_else(|_| panic!("JSON: {}", finished.stderr)))
}

/// All but the moment of the last proof, which is that of the reading.
fn undated(records: &[Value]) -> Vec<Value> {
    let undated = |record: &Value| {
        let mut record = record.clone();
        record["verified_at"] = Value::Null;
        record
    };
    records.iter().map(undated).collect()
}

#[test]
fn a_lost_index_is_made_again_from_the_files_with_all_that_was_proven() {
    let world = World::new();
    (0..2).for_each(|_| drop(world.backup()));
    let other = world.postgres.database();
    let program = world.program().env("DATABASE_URL", world.postgres.url(&other)).arg("run");
    assert_eq!(program.run(SOON).code, 0);
    let before = world.records();
    fs::remove_file(world.index()).expect("the index is there");

    let (code, dry) = rebuilt(&world, &["--dry-run"]);
    assert_eq!((code, dry["listed"].as_array().map(Vec::len)), (0, Some(3)), "{dry}");
    assert!(!world.index().exists(), "nothing was written");
    // The manifests say which databases they are of.
    let program = world.program().arg("rebuild-index").env("DATABASE_URL", "");
    let finished = program.env("DATABASE_URL", world.postgres.url("neither")).run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(undated(&world.records()), undated(&before));
    assert!(
        before.iter().all(|one| finished.stdout.contains(one["backup_id"].as_str().unwrap_or("?")))
    );
    // Once more changes nothing.
    let records = world.records();
    assert_eq!(rebuilt(&world, &[]).1["listed"], Value::Array(Vec::new()));
    assert_eq!(world.records(), records);
}

#[test]
fn a_broken_index_is_kept_beside_the_new_one_and_one_of_a_newer_version_is_left_alone() {
    let world = World::new();
    world.backup();
    let broken = "{\"schema_version\":1,\"backups\":[";
    fs::write(world.index(), broken).expect("the index can be written");
    let (code, document) = rebuilt(&world, &[]);
    assert_eq!(code, 0, "{document}");
    let aside = PathBuf::from(document["set_aside"].as_str().expect("a path"));
    assert!(name(&aside).starts_with("backup_index.json.broken-"), "{aside:?}");
    assert_eq!(fs::read_to_string(aside).expect("it is there"), broken);
    assert_eq!((world.records().len(), &world.records()[0]["verified"]), (1, &true.into()));

    let newer = "{\"schema_version\":99,\"backups\":[]}";
    fs::write(world.index(), newer).expect("the index can be written");
    let refused = world.program().arg("rebuild-index").run(SOON);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert_eq!(fs::read_to_string(world.index()).expect("it is there"), newer);
}

#[test]
fn what_is_no_good_backup_is_listed_as_such_or_named() {
    let world = World::new();
    let records = [world.backup(), world.backup(), world.backup(), world.backup()];
    let file = |at: usize, end: &str| {
        world.folder.join(format!("{}.{end}", records[at]["backup_id"].as_str().expect("an id")))
    };
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).expect("the file is there");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).expect("the file can be written");
    };
    flip(&file(0, "sql.gz"));
    // Of another backup: whole, but not what was proven.
    fs::copy(file(3, "sql.gz"), file(1, "sql.gz")).expect("the file can be copied");
    fs::write(file(2, "json"), "{").expect("the file can be written");
    fs::remove_file(world.index()).expect("the index is there");
    let foreign = world.folder.join("another-20260101T000000Z-manual.sql.gz");
    fs::copy(file(3, "sql.gz"), &foreign).expect("the file can be copied");

    let (code, document) = rebuilt(&world, &[]);
    assert_eq!(code, 1, "{document}");
    let bad = &document["bad"][0];
    assert_eq!(bad["file"], foreign.display().to_string());
    assert_eq!(bad["error_code"], "backup_database_unknown");
    let now = world.records();
    assert_eq!(now[0]["status"], "failed");
    assert_eq!(now[1]["error_code"], "backup_changed");
    assert_eq!((&now[2]["verified"], &now[2]["row_counts_checked"]), (&true.into(), &false.into()));
    assert_eq!((&now[3]["verified"], &now[3]["row_counts_checked"]), (&true.into(), &true.into()));
    assert!(foreign.exists());
}

#[test]
fn an_encrypted_backup_is_listed_by_its_sum_and_never_without_its_manifest() {
    let world = World::new();
    let recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let backup = || {
        let run = world.program().env("BACKUP_AGE_RECIPIENT", recipient).arg("run").run(SOON);
        assert_eq!(run.code, 0, "{}", run.stderr);
        serde_json::from_str::<Value>(&run.stdout).expect("a record")
    };
    let records = [backup(), backup(), backup()];
    let id = |at: usize| records[at]["backup_id"].as_str().expect("an id").to_owned();
    fs::remove_file(world.folder.join(format!("{}.json", id(1)))).expect("it is there");
    let cut = world.folder.join(format!("{}.sql.gz.age", id(2)));
    let bytes = fs::read(&cut).expect("it is there");
    fs::write(&cut, &bytes[..bytes.len() - 1]).expect("it can be written");
    fs::remove_file(world.index()).expect("the index is there");
    assert_eq!(rebuilt(&world, &[]).0, 1);
    let now = world.records();
    assert_eq!(now[0], records[0]);
    let unproven = (&now[1]["verified"], &now[1]["status"], &now[1]["error_code"]);
    assert_eq!(unproven, (&false.into(), &"complete".into(), &"backup_manifest_missing".into()));
    assert_eq!(
        (&now[2]["verified"], &now[2]["error_code"]),
        (&false.into(), &"backup_changed".into())
    );
    // Without a key, that it is the same as when it was listed is all that can be seen.
    let looked = world.program().args(["verify", &id(1)]).run(SOON);
    assert_eq!(looked.code, 1, "{}", looked.stderr);
    assert!(looked.stdout.contains("backup_manifest_missing"), "{}", looked.stdout);
    assert_eq!(world.records(), now);
}
