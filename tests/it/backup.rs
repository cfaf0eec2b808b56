//! backup-job against a real PostgreSQL: what it makes restores, and whatever goes wrong, nothing
//! that is not whole bears a final name.

mod crash;
mod encrypt;
mod faults;
mod folder;
mod keep;
mod offsite;
mod once;
mod proof;
mod rebuild;
mod restore;
mod schedule;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tests::{Finished, Postgres, Program, Running, Scratch, wait_until};

const SOON: Duration = Duration::from_mins(1);
const TEMPORARY: &str = ".ballast-tmp-";

/// A server with a database, and a folder for its backups.
struct World {
    postgres: Postgres,
    database: String,
    folder: Scratch,
}

impl World {
    /// With a small table.
    fn new() -> Self {
        let postgres = Postgres::start();
        let database = postgres.database();
        let world = Self { postgres, database, folder: Scratch::new() };
        world.sql("create table small as select generate_series(1, 100) as n");
        world
    }

    /// With so much that a dump takes a while.
    fn slow() -> Self {
        let world = Self::new();
        world.sql("create table slow as select n, md5(n::text) from generate_series(1, 600000) n");
        world
    }

    fn sql(&self, statement: &str) -> String {
        self.postgres.sql(&self.database, statement)
    }

    fn program(&self) -> Program {
        // PostgreSQL's server doesn't run as root, as tests do: see `proving`.
        self.given(Program::new("backup-job").env("BACKUP_VERIFY", "read"))
    }

    /// The program as it proves by a restore: run by the user of servers, who owns the folder.
    fn proving(&self) -> Program {
        Postgres::give(self.folder.path());
        self.given(Program::as_server_user("backup-job"))
    }

    fn given(&self, program: Program) -> Program {
        program
            .env("DATABASE_URL", self.postgres.url(&self.database))
            .env("BACKUP_DIR", self.folder.path())
            .env("LOG_LEVEL", "DEBUG")
            // pg_dump asks a server that is frozen to cancel, and waits for its answer.
            .env("SHUTDOWN_GRACE_SECONDS", "2")
    }

    fn run(&self) -> Finished {
        self.program().arg("run").run(SOON)
    }

    /// A run that must succeed, and its record.
    fn backup(&self) -> Value {
        let finished = self.run();
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        serde_json::from_str(&finished.stdout).expect("a record is printed")
    }

    /// A run that has begun to write and whose server no longer answers. The server is woken with
    /// `sigcont`.
    fn stalled(&self, program: Program) -> Running {
        let mut running = program.spawn();
        running.wait_until("the dump is being written", SOON, |_| {
            self.temporary().iter().any(|file| size(file) > 64 * 1024)
        });
        self.postgres.sigstop();
        running
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder can be read");
        entries.map(|entry| entry.expect("an entry can be read").path()).collect()
    }

    fn temporary(&self) -> Vec<PathBuf> {
        self.files().into_iter().filter(|path| name(path).starts_with(TEMPORARY)).collect()
    }

    fn published(&self) -> Vec<PathBuf> {
        let is_dump = |name: &str| name.ends_with(".sql.gz") && !name.ends_with(".roles.sql.gz");
        let mut files: Vec<PathBuf> =
            self.files().into_iter().filter(|path| is_dump(&name(path))).collect();
        files.sort();
        files
    }

    fn index(&self) -> PathBuf {
        self.folder.join("backup_index.json")
    }

    fn records(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.index()).expect("there is an index");
        let document: Value = serde_json::from_str(&text).expect("the index is JSON");
        document["backups"].as_array().expect("the index has backups").clone()
    }

    /// Plays somebody who edits the index.
    fn edit(&self, change: impl Fn(&mut Vec<Value>)) {
        let mut records = self.records();
        change(&mut records);
        let document = serde_json::json!({ "schema_version": 1, "backups": records });
        fs::write(self.index(), document.to_string()).expect("the index can be written");
    }

    /// Nothing was published, nothing was left, and the index says why.
    fn assert_failed(&self, code: &str) {
        assert_eq!(self.published(), Vec::<PathBuf>::new());
        assert_eq!(self.temporary(), Vec::<PathBuf>::new());
        let records = self.records();
        let last = records.last().expect("the failure has a record");
        assert_eq!((&last["status"], &last["verified"]), (&"failed".into(), &false.into()));
        assert_eq!(last["error_code"], code);
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// The processes whose parent is `pid`.
fn children(pid: i32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn wait_for_the_end_of(pid: i32) {
    wait_until("the process has ended", SOON, || !Path::new(&format!("/proc/{pid}")).exists());
}
