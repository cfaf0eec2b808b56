//! The matrix of faults. Each has its own code and exit code, costs nothing that was there, leaves
//! nothing behind, and the next run is none the worse for it: [`suffer`] checks that of each.

mod child;
mod clock;
mod concurrency;
mod disk;
mod folder;
mod proof;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// What a fault has to look like from outside.
struct Fault {
    /// What goes wrong.
    what: &'static str,
    /// Its closed code.
    code: &'static str,
    /// The program's exit code.
    exit: i32,
    /// Whether the failed run has a record: not where nothing was tried.
    recorded: bool,
}

/// A fault of a run that has begun.
const fn fails(what: &'static str, code: &'static str, exit: i32) -> Fault {
    Fault { what, code, exit, recorded: true }
}

/// A fault that keeps a run from beginning, or that somebody asked for.
const fn refused(what: &'static str, code: &'static str, exit: i32) -> Fault {
    Fault { what, code, exit, recorded: false }
}

/// A world with a backup.
fn prepared() -> World {
    let world = World::new();
    world.next_run_is_good("the first");
    world
}

/// Lets a run go wrong, and checks all that must hold of every fault. `by` gets the run, makes it
/// fail, and mends what it has broken.
fn suffer(world: &World, fault: &Fault, by: impl FnOnce(Program) -> Finished) {
    let before = Before::of(world);
    let finished = by(world.program().arg("run"));
    fault.assert_suffered(world, &before, &finished);
}

impl Fault {
    /// All that must hold after every fault.
    fn assert_suffered(&self, world: &World, before: &Before, finished: &Finished) {
        let Self { what, code, .. } = self;
        assert_eq!(finished.code, self.exit, "{what}: {}", finished.stderr);
        assert_eq!(finished.stdout, "", "{what}: what failed has no record to print");
        let said = format!("\"error_code\":\"{code}\"");
        assert!(finished.stderr.contains(&said), "{what}: no {said} in {}", finished.stderr);
        assert!(!finished.stderr.contains(world.postgres.password()), "{what}: a secret is told");
        let added = before.assert_kept(world, what);
        match added.as_slice() {
            [] => assert!(!self.recorded, "{what}: the failure has no record"),
            [record] => {
                assert!(self.recorded, "{what}: nothing was tried: {record}");
                assert_eq!(record["error_code"], *code, "{what}");
                let state = (&record["status"], &record["verified"], &record["verified_at"]);
                assert_eq!(state, (&"failed".into(), &false.into(), &Value::Null), "{what}");
            }
            more => panic!("{what}: {more:?}"),
        }
        assert_eq!(before.names(), names(world), "{what}: the folder holds what it held");
        world.next_run_is_good(what);
    }
}

/// What is there before a fault, and must be there after it.
struct Before {
    files: BTreeMap<String, Vec<u8>>,
    records: Vec<Value>,
}

impl Before {
    fn of(world: &World) -> Self {
        let read = |path: &PathBuf| (name(path), fs::read(path).expect("a file can be read"));
        Self { files: world.files().iter().map(read).collect(), records: world.records() }
    }

    fn names(&self) -> BTreeSet<String> {
        self.files.keys().cloned().collect()
    }

    /// Every earlier backup is listed as it was and has its files, no process is left, and whatever
    /// bears a final name is whole. Gives the records that are new.
    fn assert_kept(&self, world: &World, what: &str) -> Vec<Value> {
        let mut records = world.records();
        let added = records.split_off(self.records.len().min(records.len()));
        assert_eq!(records, self.records, "{what}: the earlier records");
        for (file, bytes) in &self.files {
            let is_of_a_backup = file.contains("Z-");
            let same = || fs::read(world.folder.join(file)).is_ok_and(|now| now == *bytes);
            assert!(!is_of_a_backup || same(), "{what}: {file} is not what it was");
        }
        world.published().iter().for_each(|file| assert_whole(file, what));
        wait_until("no process of the run is left", Duration::from_secs(10), || {
            world.processes().is_empty()
        });
        let list = world.program().args(["list", "--format", "json"]).run(SOON);
        assert_eq!(list.code, 0, "{what}: {}", list.stderr);
        let listed: Value = serde_json::from_str(&list.stdout).expect("the list is JSON");
        assert_eq!(listed["backups"], Value::from(world.records()), "{what}");
        added
    }
}

impl World {
    /// An ordinary run, whose backup is listed last, is what its record says, and has left nothing.
    fn next_run_is_good(&self, what: &str) {
        // Of another type than the runs that fail: none waits for the second after the other's.
        let finished = self.program().args(["run", "--type", "scheduled"]).run(SOON);
        assert_eq!(finished.code, 0, "after {what}: {}", finished.stderr);
        let record: Value = serde_json::from_str(&finished.stdout).expect("a record is printed");
        assert_eq!(record["verified"], true, "after {what}");
        assert!(self.records().contains(&record), "after {what}: it is listed");
        let file = PathBuf::from(record["file_path"].as_str().expect("a path"));
        assert_whole(&file, what);
        let sum = Program::at(Path::new("sha256sum")).arg(&file).run(SOON).stdout;
        assert!(sum.starts_with(record["sha256"].as_str().expect("a sum")), "after {what}: {sum}");
        let left = names(self).into_iter().find(|name| is_temporary(name));
        assert_eq!(left, None, "after {what}");
        wait_until("no session of the run is left", Duration::from_secs(10), || {
            self.sessions() == "0"
        });
    }

    /// How many sessions of ours the server has.
    fn sessions(&self) -> String {
        let ours = "select count(*) from pg_stat_activity where application_name like 'ballast-%'";
        self.postgres.sql("postgres", ours)
    }

    /// Children of runs: what has libpq's variables for this server.
    fn processes(&self) -> Vec<String> {
        let port = format!("PGPORT={}", self.postgres.port());
        let entries = fs::read_dir("/proc").expect("/proc can be read").flatten();
        let ours = entries.filter(|entry| {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == port.as_bytes())
        });
        ours.map(|entry| name(&entry.path())).collect()
    }
}

fn names(world: &World) -> BTreeSet<String> {
    world.files().iter().map(|path| name(path)).collect()
}

/// The file of a proof's lock stays.
fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY) || name == ".ballast-proof"
}

fn assert_whole(file: &Path, what: &str) {
    let test = Program::at(Path::new("gunzip")).arg("-t").arg(file).run(SOON);
    assert_eq!(test.code, 0, "{what}: {} is not whole: {}", file.display(), test.stderr);
}

fn kill(pid: i32) {
    let pid = Pid::from_raw(pid).expect("a process id");
    kill_process(pid, Signal::KILL).expect("the process is there");
}

/// Puts a shell script in the place of `program`, one of PostgreSQL's. It finds the real one in
/// `$real`, and is not asked for the version.
fn fake(run: Program, folder: &Scratch, program: &str, script: &str) -> Program {
    let real = Postgres::bin().join(program).display().to_string();
    let text = format!(
        "#!/bin/sh\nreal={real}\n[ \"$1\" = --version ] && exec $real --version\n{script}\n"
    );
    replace(run, folder, program, &text)
}

/// Puts `text` in the place of `program`.
fn replace(run: Program, folder: &Scratch, program: &str, text: &str) -> Program {
    let path = folder.join(program);
    fs::write(&path, text).expect("the folder is writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the mode can be set");
    let search = std::env::var("PATH").expect("there is a PATH");
    run.env("PATH", format!("{}:{search}", folder.path().display()))
}

/// A run whose `pg_dump` has begun and waits. The folder is what holds it: see [`Held::let_go`].
struct Held {
    running: Running,
    folder: Scratch,
}

impl Held {
    fn begin(run: Program) -> Self {
        Self::begin_as(run, "")
    }

    /// With a `pg_dump` that does not hear SIGTERM.
    fn begin_deaf(run: Program) -> Self {
        Self::begin_as(run, "trap '' TERM;")
    }

    fn begin_as(run: Program, first: &str) -> Self {
        let folder = Scratch::new();
        let at = folder.path().display();
        let script = format!(
            "{first} touch {at}/begun; while ! [ -e {at}/go ]; do sleep 0.02; done; exec $real \"$@\""
        );
        let mut running = fake(run, &folder, "pg_dump", &script).spawn();
        let begun = folder.join("begun");
        running.wait_until("pg_dump has begun", SOON, |_| begun.exists());
        Self { running, folder }
    }

    fn let_go(self) -> Finished {
        fs::write(self.folder.join("go"), "").expect("the folder is writable");
        self.running.wait(SOON)
    }
}
