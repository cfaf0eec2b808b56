//! The folder: not there, not writable, taken away, and what stands where a file is to be.

use super::*;

/// Faults of a folder of its own kind: `BACKUP_DIR` is not where the earlier backup is.
#[test]
fn a_folder_that_is_none_is_told_before_anything_is_tried() {
    let world = prepared();
    let scratch = Scratch::new();
    symlink(scratch.join("nowhere"), scratch.join("link")).expect("a link can be made");
    fs::write(scratch.join("file"), "").expect("a file can be made");
    for (what, code, folder) in [
        ("no folder", "backup_dir_missing", "nowhere"),
        ("a link to nowhere", "backup_dir_missing", "link"),
        ("a file", "backup_dir_not_writable", "file"),
    ] {
        suffer(&world, &refused(what, code, 2), |run| {
            run.env("BACKUP_DIR", scratch.join(folder)).run(SOON)
        });
    }
    assert!(!scratch.join("nowhere").exists(), "it might be a disk that is not mounted");
}

/// A typing error in the recipient's key must not end in backups that nobody can read, or all can.
#[test]
fn a_recipient_that_is_none_keeps_a_run_from_beginning() {
    let world = prepared();
    let whole = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
    let identity = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    for text in ["age1hunter2", &whole.replace("z7h", "z8h"), &format!("{whole},age1x"), identity] {
        let what = refused("no recipient", "configuration_invalid", 2);
        suffer(&world, &what, |run| {
            let finished = run.env("BACKUP_AGE_RECIPIENT", text).run(SOON);
            assert!(!finished.stderr.contains(text), "what was typed is not repeated");
            finished
        });
    }
}

#[test]
fn a_lock_that_can_not_be_taken_keeps_a_run_from_beginning() {
    let world = prepared();
    let lock = world.folder.join("backup.lock");
    let unusable = refused("a folder in the lock's place", "backup_lock_unusable", 1);
    suffer(&world, &unusable, |run| {
        fs::remove_file(&lock).expect("there is a lock");
        fs::create_dir(&lock).expect("a folder can be made");
        let finished = run.run(SOON);
        fs::remove_dir(&lock).expect("the folder is empty");
        fs::write(&lock, "").expect("a file can be made");
        finished
    });
    suffer(&world, &refused("another run", "backup_locked", 5), |run| {
        let first = Held::begin(world.program().arg("run"));
        let finished = run.env("BACKUP_LOCK_WAIT_SECONDS", "0").run(SOON);
        first.running.terminate();
        assert_eq!(first.running.wait(SOON).code, 1);
        finished
    });
}

#[test]
fn an_index_that_can_not_be_read_keeps_a_run_from_beginning() {
    let world = prepared();
    let put = |bytes: &[u8]| fs::write(world.index(), bytes).expect("the index can be written");
    for (what, code, text) in [
        ("an index that is cut off", "backup_index_corrupt", "{\"schema_version\":1,\"backups\":["),
        ("an empty index", "backup_index_corrupt", ""),
        ("a newer index", "backup_index_newer", "{\"schema_version\":99,\"backups\":[]}"),
    ] {
        suffer(&world, &refused(what, code, 2), |run| {
            let whole = fs::read(world.index()).expect("there is an index");
            put(text.as_bytes());
            let finished = run.run(SOON);
            assert_eq!(fs::read(world.index()).expect("it is there"), text.as_bytes());
            put(&whole);
            finished
        });
    }
    suffer(
        &world,
        &refused("a folder in the index's place", "backup_index_unreadable", 2),
        |run| {
            let aside = world.folder.join("aside");
            fs::rename(world.index(), &aside).expect("there is an index");
            fs::create_dir(world.index()).expect("a folder can be made");
            let finished = run.run(SOON);
            fs::remove_dir(world.index()).expect("the folder is empty");
            fs::rename(&aside, world.index()).expect("it can be put back");
            finished
        },
    );
}

/// Somebody puts a file where the backup is to be: it is neither replaced nor taken for the backup.
#[test]
fn a_file_that_stands_in_the_way_is_left_alone() {
    let world = prepared();
    suffer(&world, &fails("a file in the way", "backup_unpublished", 1), |run| {
        let held = Held::begin(run);
        let log = held.running.stderr();
        let id = log.split("\"backup_id\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let path = world.folder.join(format!("{}.sql.gz", id.expect("the log names the backup")));
        fs::write(&path, "mine").expect("the folder is writable");
        let finished = held.let_go();
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine");
        fs::remove_file(&path).expect("it is there");
        finished
    });
}

#[test]
fn a_folder_that_is_taken_away_in_the_middle_fails_the_backup() {
    let world = prepared();
    let aside = world.folder.path().with_extension("aside");
    // There is no index to tell it in.
    suffer(&world, &refused("the folder is taken away", "backup_unwritable", 1), |run| {
        let held = Held::begin(run);
        fs::rename(world.folder.path(), &aside).expect("it can be renamed");
        let finished = held.let_go();
        fs::rename(&aside, world.folder.path()).expect("it can be put back");
        for left in world.temporary() {
            fs::remove_file(left).expect("it can be removed");
        }
        finished
    });
}
