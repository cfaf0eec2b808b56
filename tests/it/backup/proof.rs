//! The proof by restore: what does not restore is never verified, and nothing of the throw-away
//! server is ever left.

use std::os::unix::fs::PermissionsExt;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// What a database of some age has. The roles are the server's.
const WORLD: &str = r#"
create extension hstore; create extension pg_trgm; create extension citext;
create role "the owner" noinherit; create role reader; grant "the owner" to reader;
alter role reader set work_mem = '1MB';
create schema "Ünï ""q""" authorization "the owner";
create table "Ünï ""q"""."t's" (a citext, h hstore, j jsonb) ;
alter table "Ünï ""q"""."t's" owner to "the owner";
insert into "Ünï ""q"""."t's" values ('ä', 'k=>v', '{"a": [1, null]}'), (null, null, null);
create index on "Ünï ""q"""."t's" using gin ((a::text) gin_trgm_ops);
grant select on "Ünï ""q"""."t's" to reader;
alter default privileges for role "the owner" grant select on tables to reader;
create type mood as enum ('sad', 'glad');
create table moods (m mood) partition by hash (m);
create table moods0 partition of moods for values with (modulus 2, remainder 0);
create table moods1 partition of moods for values with (modulus 2, remainder 1);
insert into moods select (array['sad', 'glad'])[1 + n % 2]::mood from generate_series(1, 99) n;
create materialized view "Ünï ""q""".seen as select * from moods;
create table parent (id serial primary key);
create table child (parent int references parent);
insert into parent select from generate_series(1, 9); insert into child select id from parent;
select lo_from_bytea(0, decode(md5(n::text), 'hex')) from generate_series(1, 3) n;
"#;

/// Whether it is carried out in the throw-away server, whose superuser is named so.
const WITHIN: &str = "session_user like 'ballast_proof%'";

impl World {
    fn proves(&self) -> Value {
        let finished = self.proving().arg("run").run(SOON);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        self.assert_nothing_is_left();
        serde_json::from_str(&finished.stdout).expect("a record is printed")
    }

    fn fails_to_prove(&self, program: Program, code: &str) -> Finished {
        let finished = program.arg("run").run(SOON);
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        assert!(finished.stderr.contains(code), "{}", finished.stderr);
        self.assert_failed(code);
        self.assert_nothing_is_left();
        finished
    }

    fn assert_nothing_is_left(&self) {
        assert!(!self.folder.join(".ballast-proof").exists(), "the folder is gone");
        assert_eq!(self.in_the_folder(), Vec::<i32>::new(), "no process works in the folder");
    }

    /// The processes that work in the folder or below it.
    fn in_the_folder(&self) -> Vec<i32> {
        let folder = self.folder.path().canonicalize().expect("the folder is there");
        let processes = fs::read_dir("/proc").expect("there is /proc").flatten();
        let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        pids.filter(|pid| {
            fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&folder))
        })
        .collect()
    }

    /// A run whose proof has come to a statement that takes a minute.
    fn proof_that_stalls(&self) -> Running {
        self.sql(&format!(
            "create materialized view if not exists slow as \
             select case when {WITHIN} then pg_sleep(60)::text end"
        ));
        let mut running = self.proving().arg("run").spawn();
        running.wait_until("the proof waits", SOON, |_| {
            self.in_the_folder().iter().any(|pid| command_line(*pid).contains("REFRESH"))
        });
        running
    }
}

fn command_line(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default()
}

#[test]
fn a_database_of_some_age_is_proven_by_restoring_it() {
    let world = World::new();
    let tablespace = Scratch::new();
    Postgres::give(tablespace.path());
    world.sql(WORLD);
    world.sql(&format!(
        "create tablespace \"far 'away'\" location '{}'",
        tablespace.path().display()
    ));
    world.sql("create table away tablespace \"far 'away'\" as select 1 as n");
    let record = world.proves();
    assert_eq!((&record["verified"], &record["row_counts_checked"]), (&true.into(), &true.into()));
    let took = |key: &str| record[key].as_u64().unwrap_or_else(|| panic!("{key} is a number"));
    assert!(took("restore_ms") > 0 && took("restore_ms") <= took("duration_ms"), "{record}");
    // An empty one, of another encoding and locale, for nobody else's eyes.
    let _ = world.postgres.sql(
        "postgres",
        "create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
    );
    let encrypted = world
        .proving()
        .env("DATABASE_URL", world.postgres.url("latin"))
        .env(
            "BACKUP_AGE_RECIPIENT",
            "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        )
        .arg("run")
        .run(SOON);
    assert_eq!(encrypted.code, 0, "{}", encrypted.stderr);
    world.assert_nothing_is_left();
}

#[test]
fn a_dump_that_reads_well_and_does_not_restore_is_not_verified() {
    let world = World::new();
    world.sql(&format!(
        "create materialized view broken as select 1 / case when {WITHIN} then 0 else 1 end as n"
    ));
    let read = world.program().arg("run").run(SOON);
    assert_eq!(read.code, 0, "reading shows nothing: {}", read.stderr);
    for file in world.files() {
        fs::remove_file(file).expect("a file can be removed");
    }
    let finished = world.fails_to_prove(world.proving(), "restore_refused");
    assert!(finished.stderr.contains("SQLSTATE 22012"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("division"), "PostgreSQL is not quoted");
}

#[test]
fn what_pg_dump_did_not_write_is_not_restored() {
    let world = World::new();
    world.sql("create table keyed (n int primary key); insert into keyed values (1234567), (2)");
    let folder = Scratch::new();
    let real = Postgres::bin().join("pg_dump").display().to_string();
    for (does, code) in [
        ("s/^1234567$/2/", "restore_refused"),
        ("s/ADD CONSTRAINT/ADD CONSTRAIN/", "restore_refused"),
        ("/^1234567$/d", "dump_row_counts_differ"),
        ("s/^-- PostgreSQL database dump complete//", "dump_truncated"),
    ] {
        let path = folder.join("pg_dump");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && exec {real} --version\n{real} \"$@\" | sed '{does}'\n"
        );
        fs::write(&path, script).expect("the folder is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode can be set");
        let search = std::env::var("PATH").expect("there is a PATH");
        let search = format!("{}:{search}", folder.path().display());
        world.fails_to_prove(world.proving().env("PATH", search), code);
    }
}

#[test]
fn rows_that_a_restore_loses_are_missed() {
    let world = World::new();
    // Filled after the rows are there, and with a second thought in the throw-away server alone.
    world.sql(&format!(
        "create function lose() returns int language plpgsql as $$ begin \
         if {WITHIN} then delete from public.small where n = 7; end if; return 1; end $$; \
         create materialized view lost as select lose() as n"
    ));
    world.fails_to_prove(world.proving(), "dump_row_counts_differ");
}

#[test]
fn a_proof_that_is_stopped_or_late_leaves_nothing() {
    let world = World::new();
    let stopped = world.proof_that_stalls();
    stopped.terminate();
    let finished = stopped.wait(SOON);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("backup_cancelled"), "{}", finished.stderr);
    assert!(world.records().is_empty(), "what was stopped on request did not fail");
    world.assert_nothing_is_left();
    let late = world.proving().env("BACKUP_TIMEOUT_SECONDS", "5").arg("run").run(SOON);
    assert_eq!(late.code, 4, "{}", late.stderr);
    world.assert_failed("backup_deadline_passed");
    world.assert_nothing_is_left();
}

#[test]
fn a_server_that_is_killed_fails_the_proof() {
    let world = World::new();
    let stalled = world.proof_that_stalls();
    let refreshing = |pid: &i32| command_line(*pid).contains("REFRESH");
    let victim = world.in_the_folder().into_iter().find(refreshing).expect("it refreshes");
    let victim = Pid::from_raw(victim).expect("a process id");
    kill_process(victim, Signal::KILL).expect("it is there");
    let finished = stalled.wait(SOON);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    world.assert_failed("proof_server_failed");
    world.assert_nothing_is_left();
}

#[test]
fn what_a_killed_run_leaves_the_next_ends_and_removes() {
    let world = World::new();
    let stalled = world.proof_that_stalls();
    stalled.kill();
    assert_eq!(stalled.wait(SOON).code, 128 + 9);
    assert!(world.folder.join(".ballast-proof").exists(), "nobody was left to clean up");
    assert!(!world.in_the_folder().is_empty(), "the server still runs");
    world.sql("drop materialized view slow");
    world.proves();
    assert_eq!(world.temporary(), Vec::<PathBuf>::new());
}

#[test]
fn what_a_proof_lacks_is_told_before_anything_is_written() {
    let world = World::new();
    let long = world.folder.join("l".repeat(80));
    fs::create_dir(&long).expect("a folder can be made");
    Postgres::give(&long);
    let long_path = world.proving().env("BACKUP_SCRATCH_DIR", &long);
    world.fails_to_prove(long_path, "proof_path_too_long");
    let missing = world.proving().env("BACKUP_SCRATCH_DIR", world.folder.join("missing"));
    world.fails_to_prove(missing, "proof_dir_unusable");
    let folder = Scratch::new();
    fs::write(folder.join("pg_dump"), "#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1'\n")
        .expect("the folder is writable");
    fs::set_permissions(folder.join("pg_dump"), fs::Permissions::from_mode(0o755))
        .expect("a mode can be set");
    let search = std::env::var("PATH").expect("there is a PATH");
    let newer = world.proving().env("PATH", format!("{}:{search}", folder.path().display()));
    world.fails_to_prove(newer, "proof_server_missing");
    if rustix::process::geteuid().is_root() {
        world.fails_to_prove(world.program().env("BACKUP_VERIFY", "restore"), "proof_as_root");
    }
}

#[test]
fn a_disk_that_is_too_small_for_the_proof_is_told_before_or_while_it_is_tried() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let world = World::new();
    world.sql(&format!(
        "create materialized view big as select md5(n::text) from generate_series(1, \
         case when {WITHIN} then 4000000 else 1 end) n"
    ));
    for (size, code) in [("64m", "proof_no_room"), ("150m", "proof_disk_full")] {
        Postgres::give(world.folder.path());
        let scratch = Scratch::new();
        let script = format!(
            "mount -t tmpfs -o size={size},mode=1777 tmpfs \"$BACKUP_SCRATCH_DIR\" || exit 99\n\
             setpriv --reuid postgres --regid postgres --init-groups \"$0\" run; code=$?\n\
             ls -A \"$BACKUP_SCRATCH_DIR\" | grep -v lock; exit $code"
        );
        let program = Program::at(Path::new("unshare"))
            .args(["--mount", "sh", "-c", &script])
            .arg(tests::binary("backup-job"))
            .env("BACKUP_SCRATCH_DIR", scratch.path());
        let finished = world.given(program).run(SOON);
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        assert!(finished.stderr.contains(code), "{}", finished.stderr);
        assert_eq!(finished.stdout, "", "nothing is left");
        world.assert_failed(code);
    }
}

/// More than a server's table of locks holds: tables in one transaction, and large objects.
#[test]
fn thousands_of_tables_or_large_objects_are_proven() {
    let world = World::new();
    let tables: usize = std::env::var("TABLES").map_or(800, |text| text.parse().expect("a number"));
    world.sql(&format!(
        "do $$ begin for i in 1..{tables} loop \
         execute format('create table many_%s (id serial primary key, t text unique)', i); \
         if i % 100 = 0 then commit; end if; end loop; end $$"
    ));
    world.proves();
}

/// Whatever it is that does not end: here the program that is asked for its version.
#[test]
fn a_proof_that_is_late_before_it_begins_is_late_and_one_that_is_stopped_is_no_failure() {
    let (world, folder) = (World::new(), Scratch::new());
    for name in ["initdb", "psql", "postgres"] {
        fs::write(folder.join(name), "#!/bin/sh\nexec sleep 60\n").expect("it can be written");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.join(name), executable).expect("a mode can be set");
    }
    Postgres::give(folder.path());
    let search = std::env::var("PATH").expect("there is a PATH");
    let program =
        || world.proving().env("PATH", format!("{}:{search}", folder.path().display())).arg("run");
    let mut stopped = program().spawn();
    let asks = |pid: i32| command_line(pid).starts_with("sleep");
    stopped.wait_until("it asks", SOON, |running| children(running.id()).into_iter().any(asks));
    stopped.terminate();
    assert_eq!(stopped.wait(SOON).code, 1);
    assert_eq!(world.records(), Vec::<Value>::new());
    let late = program().env("BACKUP_TIMEOUT_SECONDS", "3").run(SOON);
    assert_eq!(late.code, 4, "{}", late.stderr);
    world.assert_failed("backup_deadline_passed");
}

/// Rows are restored by a superuser, and a table's own checks are carried out for each of them: whoever
/// may make tables can have a program run.
#[test]
fn what_a_database_has_carried_out_in_the_proof_sees_no_secret_of_the_run() {
    let (world, seen) = (World::new(), Scratch::new());
    Postgres::give(seen.path());
    let file = seen.join("seen").display().to_string();
    world.sql(&format!(
        "create function look(n int) returns bool language plpgsql as $$ begin if {WITHIN} then \
         copy (select) to program 'cat /proc/[0-9]*/environ >{file} 2>/dev/null; echo >>{file}'; \
         end if; return true; end $$; \
         create table curious (n int check (public.look(n))); insert into curious values (1)"
    ));
    world.proves();
    let seen = fs::read(seen.join("seen")).expect("the check was carried out");
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("LC_ALL=C.UTF-8"), "it sees its own server: {seen}");
    let folder = format!("BACKUP_DIR={}", world.folder.path().display());
    assert!(!seen.contains(&folder), "it sees the run");
}
