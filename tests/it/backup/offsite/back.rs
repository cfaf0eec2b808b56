//! A new machine with nothing but the bucket: what is there is listed, and comes back.

use super::*;

/// A recipient that nobody has the key of.
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

impl Away {
    /// The program on a machine that has never seen a backup.
    fn elsewhere(&self, folder: &Scratch, command: &[&str]) -> Finished {
        let program = self.program().env("BACKUP_DIR", folder.path()).args(command);
        let finished = program.run(SOON);
        self.assert_nothing_secret(&finished);
        finished
    }
}

fn index_of(folder: &Scratch) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("backup_index.json")).expect("there is an index");
    let document: Value = serde_json::from_str(&text).expect("the index is JSON");
    document["backups"].as_array().expect("the index has backups").clone()
}

fn files_in(folder: &Scratch) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("the folder can be read");
    let names = entries.map(|entry| name(&entry.expect("an entry can be read").path()));
    let mut names: Vec<String> = names.filter(|name| name.contains("Z-manual")).collect();
    names.sort();
    names
}

#[test]
fn a_new_machine_lists_and_fetches_from_the_bucket_alone() {
    let away = Away::new();
    away.s3.put(&format!("{PREFIX}/notes.json"), b"of somebody else");
    let first = away.backup();
    let sealed = away.program().env("BACKUP_AGE_RECIPIENT", RECIPIENT).arg("run").run(SOON);
    assert_eq!(sealed.code, 0, "{}", sealed.stderr);
    let second: Value = serde_json::from_str(&sealed.stdout).expect("a record is printed");

    let new = Scratch::new();
    let rebuilt = away.elsewhere(&new, &["rebuild-index", "--offsite"]);
    assert_eq!(rebuilt.code, 0, "{}", rebuilt.stderr);
    for record in index_of(&new) {
        assert_eq!(record["error_code"], "backup_only_offsite", "{record}");
        assert!(record["offsite_verified_at"].is_string(), "{record}");
    }
    let list = away.elsewhere(&new, &["list"]);
    assert_eq!(list.stdout.matches("backup_only_offsite").count(), 2, "{}", list.stdout);
    assert_eq!(away.elsewhere(&new, &["healthy"]).code, 1, "there is nothing here yet");

    let latest = away.elsewhere(&new, &["fetch", "latest"]);
    assert_eq!(latest.code, 0, "{}", latest.stderr);
    let of_old = first["backup_id"].as_str().expect("an id");
    assert_eq!(away.elsewhere(&new, &["fetch", of_old]).code, 0);
    let came_back = files_in(&new);
    assert_eq!(came_back.len(), 6, "{came_back:?}");
    for file in &came_back {
        let here = fs::read(new.join(file)).expect("it is there");
        assert_eq!(here, fs::read(away.world.folder.join(file)).expect("it is there"), "{file}");
    }
    for (record, old) in index_of(&new).iter().zip([first, second]) {
        assert_eq!(record["backup_id"], old["backup_id"]);
        assert_eq!((&record["verified"], &record["status"]), (&true.into(), &"complete".into()));
        assert_eq!(record["sha256"], old["sha256"]);
        assert_eq!(record["offsite_uri"], old["offsite_uri"]);
    }
    assert_eq!(away.elsewhere(&new, &["healthy"]).code, 0);
}

#[test]
fn what_is_only_off_site_neither_goes_nor_counts_as_a_file() {
    let away = Away::new();
    let old = away.backup();
    let new = Scratch::new();
    assert_eq!(away.elsewhere(&new, &["rebuild-index", "--offsite"]).code, 0);
    // A run and its housekeeping, on the new machine.
    let run = away.elsewhere(&new, &["run"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let records = index_of(&new);
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["backup_id"], old["backup_id"]);
    assert_eq!(records[0]["error_code"], "backup_only_offsite");
    assert_eq!(records[1]["verified"], true);
    assert_eq!(away.s3.objects().len(), 6);
}

#[test]
fn what_comes_back_damaged_is_not_taken() {
    let away = Away::new();
    let record = away.backup();
    let [manifest, roles, dump] = objects_of(&record);
    let id = record["backup_id"].as_str().expect("an id");
    let new = Scratch::new();
    let fetch = |wanted: &str, code: &str| {
        let finished = away.elsewhere(&new, &["fetch", wanted]);
        assert_eq!(finished.code, 1, "{code}: {}", finished.stderr);
        assert!(finished.stderr.contains(&format!("\"{code}\"")), "{code}: {}", finished.stderr);
        let left = fs::read_dir(new.path()).expect("the folder can be read").flatten();
        let left: Vec<String> = left.map(|entry| name(&entry.path())).collect();
        let is_own = |name: &String| name == "backup.lock" || name.starts_with("backup_index");
        assert!(left.iter().all(is_own), "{left:?}");
    };
    for object in [&roles, &dump] {
        away.proxy.spoil("GET", object, Fault::OneByte, usize::MAX);
        fetch("latest", "offsite_changed");
        away.proxy.mend();
        away.proxy.spoil("GET", object, Fault::Shorter, usize::MAX);
        fetch(id, "offsite_changed");
        away.proxy.mend();
    }
    fetch("app-20260101T000000Z-manual", "offsite_object_missing");
    fetch("../../etc/passwd", "offsite_address_invalid");
    let whole = away.s3.get(&dump);
    away.s3.put(&dump, &[&whole[..], b"more"].concat());
    fetch(id, "offsite_changed");
    fetch("latest", "offsite_none");
    away.s3.put(&dump, &whole);
    let document = away.s3.get(&manifest);
    away.s3.put(&manifest, &document[..document.len() / 2]);
    fetch(id, "offsite_no_manifest");
    away.s3.put(&manifest, &document);
    // And what only passes is asked for again, from where it ended.
    away.proxy.spoil("GET", &dump, Fault::CutAnswer, 1);
    let finished = away.elsewhere(&new, &["fetch", id]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(files_in(&new).len(), 3);
}

#[test]
fn what_is_here_already_is_kept_unless_its_record_is_bad() {
    let away = Away::new();
    let record = away.backup();
    let id = record["backup_id"].as_str().expect("an id");
    let dump = away.world.published().pop().expect("there is a backup");
    let whole = fs::read(&dump).expect("it can be read");
    let fetch = || away.program().args(["fetch", id]).run(SOON);
    assert_eq!(fetch().code, 0, "it is the same");
    fs::write(&dump, b"another").expect("it can be written");
    let refused = fetch();
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("\"backup_unpublished\""), "{}", refused.stderr);
    assert_eq!(fs::read(&dump).expect("it can be read"), b"another");
    away.world.edit(|records| {
        records[0]["status"] = "failed".into();
        records[0]["verified"] = false.into();
    });
    let healed = fetch();
    assert_eq!(healed.code, 0, "{}", healed.stderr);
    assert_eq!(fs::read(&dump).expect("it can be read"), whole);
    assert_eq!(away.world.records()[0]["verified"], true);
}

/// A manifest in a bucket proves nothing by itself.
#[test]
fn what_comes_back_is_read_before_it_is_listed() {
    let away = Away::new();
    let record = away.backup();
    let [manifest, roles, dump] = objects_of(&record);
    let mut document: Value =
        serde_json::from_slice(&away.s3.get(&manifest)).expect("a manifest is JSON");
    let script = away.s3.get(&roles);
    document["backup"]["size_bytes"] = script.len().into();
    document["backup"]["sha256"] = document["roles_sha256"].clone();
    away.s3.put(&dump, &script);
    away.s3.put(&manifest, document.to_string().as_bytes());
    let new = Scratch::new();
    let finished = away.elsewhere(&new, &["fetch", "latest"]);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("\"dump_unknown\""), "{}", finished.stderr);
    assert_eq!(files_in(&new), Vec::<String>::new());
}

#[test]
fn without_a_bucket_nothing_is_fetched() {
    let world = World::new();
    for command in [&["fetch", "latest"][..], &["rebuild-index", "--offsite"]] {
        let finished = world.program().args(command).run(SOON);
        assert_eq!(finished.code, 2, "{}", finished.stderr);
        assert!(finished.stderr.contains("S3_BUCKET is not set"), "{}", finished.stderr);
    }
}
