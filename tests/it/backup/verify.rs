//! `verify` against published backups, and the files in the hands of other programs.

use std::process::{Command, Stdio};

use super::*;

impl World {
    fn verify(&self, arguments: &[&str]) -> Finished {
        self.program().arg("verify").args(arguments).run(SOON)
    }

    /// What a disk does to the newest dump: one bit.
    fn spoil(&self) {
        let path = self.published().pop().expect("there is a backup");
        let mut bytes = fs::read(&path).expect("the backup can be read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).expect("the backup can be written over");
    }
}

/// What a program of the system makes of a file.
fn through(program: &str, arguments: &[&str], file: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(fs::File::open(file).expect("the file can be opened"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?} ended with {}", output.status);
    output.stdout
}

#[test]
fn a_backup_is_read_by_every_gunzip() {
    let world = World::new();
    // More than one block of the file.
    world.sql("create table large as select n, md5(n::text) from generate_series(1, 30000) n");
    world.backup();
    let file = world.published().pop().expect("there is a backup");
    let script = through("gzip", &["-dc"], &file);
    assert!(script.len() > 1024 * 1024, "{}", script.len());
    for (program, arguments) in
        [("gunzip", &["-c"][..]), ("pigz", &["-dc"]), ("busybox", &["gunzip", "-c"])]
    {
        assert!(through(program, arguments, &file) == script, "{program} reads something else");
    }
    through("gzip", &["-t"], &file);
    through("pigz", &["-t"], &file);
}

#[test]
fn what_is_good_is_proven_again_and_what_is_damaged_becomes_a_failed_record() {
    let world = World::new();
    let made = world.backup();
    let id = made["backup_id"].as_str().expect("a backup has an id").to_owned();
    let good = world.verify(&[]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    assert!(good.stdout.contains(&id) && good.stdout.contains("read, rows counted"), "{good:?}");
    let proven = world.records().pop().expect("there is a record");
    assert!(proven["verified_at"].as_str() > made["verified_at"].as_str(), "{proven}");
    assert_eq!(proven["row_counts_checked"], true);
    let json = world.verify(&["--all", "--format", "json"]);
    let document: Value = serde_json::from_str(&json.stdout).expect("records are printed");
    assert_eq!(document["backups"][0]["backup_id"], *id);

    world.spoil();
    let bad = world.verify(&[&id]);
    assert_eq!(bad.code, 1, "{}", bad.stderr);
    let failed = world.records().pop().expect("there is a record");
    assert_eq!((&failed["status"], &failed["verified"]), (&"failed".into(), &false.into()));
    assert!(bad.stdout.contains(failed["error_code"].as_str().expect("a code")), "{bad:?}");
    assert_eq!(world.published().len(), 1, "nothing is deleted");
    assert_eq!(world.verify(&["--all"]).code, 1, "a failed one with a file is looked at again");

    world.spoil();
    assert_eq!(world.verify(&[&id]).code, 0, "it is what was written, again");
    assert_eq!(world.records().pop().expect("there is a record")["verified"], true);
}

#[test]
fn what_is_not_there_is_said_so() {
    let world = World::new();
    world.backup();
    let unknown = world.verify(&["app-20200101T000000Z-manual"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert!(unknown.stderr.contains("backup_not_listed"), "{}", unknown.stderr);
    assert_eq!(world.verify(&["--identity", "/nowhere"]).code, 2);
    let file = world.published().pop().expect("there is a backup");
    fs::remove_file(file).expect("the backup can be removed");
    assert_eq!(world.verify(&[]).code, 1);
    let failed = world.records().pop().expect("there is a record");
    assert_eq!(failed["error_code"], "backup_file_missing");
    let none = world.verify(&[]);
    assert_eq!(none.code, 1, "{}", none.stderr);
    assert!(none.stderr.contains("backup_none_verified"), "{}", none.stderr);
}

#[test]
fn a_backup_is_proven_again_by_a_restore() {
    let world = World::new();
    let read = world.proving().env("BACKUP_VERIFY", "read").arg("run").run(SOON);
    assert_eq!(read.code, 0, "{}", read.stderr);
    assert!(world.records()[0]["restore_ms"].is_null());
    let finished = world.proving().args(["verify", "--restore"]).run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(world.records()[0]["restore_ms"].is_u64(), "{}", world.records()[0]);
    assert!(!world.folder.join(".ballast-proof").exists(), "the throw-away server is gone");
}

/// That its files read well has never been in doubt.
#[test]
fn what_a_restore_has_refuted_only_a_restore_proves_again() {
    let world = World::new();
    world.sql(
        "create materialized view fails as select case \
         when session_user like 'ballast_proof%' then 1 / (select count(*) - 100 from small) end",
    );
    let read = world.proving().env("BACKUP_VERIFY", "read").arg("run").run(SOON);
    assert_eq!(read.code, 0, "{}", read.stderr);
    let refuted = world.proving().args(["verify", "--restore"]).run(SOON);
    assert_eq!(refuted.code, 1, "{}", refuted.stderr);
    let records = world.records();
    assert_eq!((&records[0]["status"], &records[0]["verified"]), (&"failed".into(), &false.into()));
    let read = world.proving().args(["verify", "--all"]).run(SOON);
    assert_eq!(read.code, 1, "{}", read.stderr);
    assert!(read.stdout.contains("proof_restore_needed"), "{}", read.stdout);
    assert_eq!(world.records(), records);
}

/// What only hinders the restore says nothing about the backup.
#[test]
fn what_can_not_be_restored_for_want_of_something_else_stays_as_it_is() {
    let world = World::new();
    world.sql("create table \"größe\" as select 1 as n");
    let run = |recipient: &str| {
        let program = world.proving().env("BACKUP_VERIFY", "read").arg("run");
        let run = program.env("BACKUP_AGE_RECIPIENT", recipient).run(SOON);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let record: Value = serde_json::from_str(&run.stdout).expect("a record is printed");
        record["backup_id"].as_str().expect("an id").to_owned()
    };
    let nobody = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let (foreign, bare, sealed) = (run(""), run(""), run(nobody));
    let manifest = |id: &str| world.folder.join(format!("{id}.json"));
    let text = fs::read_to_string(manifest(&foreign)).expect("there is a manifest");
    let mut document: Value = serde_json::from_str(&text).expect("it is JSON");
    document["origin"]["encoding"] = "LATIN1".into();
    fs::write(manifest(&foreign), document.to_string()).expect("it can be written");
    fs::remove_file(manifest(&bare)).expect("it can be removed");
    let records = world.records();
    for (id, code) in [
        (foreign, "proof_names_unreadable"),
        (bare, "backup_manifest_missing"),
        (sealed, "restore_identity_needed"),
    ] {
        let finished = world.proving().args(["verify", "--restore", &id]).run(SOON);
        assert_eq!(finished.code, 1, "{code}: {}", finished.stderr);
        assert!(finished.stdout.contains(code), "{code}: {finished:?}");
        assert_eq!(world.records(), records, "{code}");
    }
}
