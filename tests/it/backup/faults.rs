//! What goes wrong: each fault has its own code and exit code, and leaves nothing behind.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

fn kill(pid: i32) {
    let pid = Pid::from_raw(pid).expect("a process id");
    kill_process(pid, Signal::KILL).expect("the process is there");
}

/// Puts a program in the place of `pg_dump`.
fn pg_dump_is(program: Program, folder: &Scratch, script: &str) -> Program {
    let path = folder.join("pg_dump");
    fs::write(&path, script).expect("the folder is writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the mode can be set");
    let search = std::env::var("PATH").expect("there is a PATH");
    program.env("PATH", format!("{}:{search}", folder.path().display()))
}

#[test]
fn a_pg_dump_that_is_killed_leaves_nothing() {
    let world = World::slow();
    let stalled = world.stalled(world.program().arg("run"));
    let [child] = children(stalled.id())[..] else { panic!("one child") };
    kill(child);
    let finished = stalled.wait(SOON);
    world.postgres.sigcont();
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stdout.is_empty());
    world.assert_failed("pg_dump_killed");
    // And the next run is none the worse for it.
    world.backup();
}

#[test]
fn a_database_that_goes_away_leaves_nothing() {
    let mut world = World::slow();
    let stalled = world.stalled(world.program().arg("run"));
    world.postgres.stop();
    let finished = stalled.wait(SOON);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let code = world.records()[0]["error_code"].as_str().expect("a code").to_owned();
    assert!(["postgres_closed", "postgres_shutting_down"].contains(&code.as_str()), "{code}");
    world.assert_failed(&code);
    assert_eq!(
        Program::new("backup-job")
            .env("BACKUP_DIR", world.folder.path())
            .arg("healthy")
            .run(SOON)
            .code,
        1
    );
}

#[test]
fn a_run_that_is_told_to_stop_undoes_its_work() {
    let world = World::slow();
    let stalled = world.stalled(world.program().arg("run"));
    let [child] = children(stalled.id())[..] else { panic!("one child") };
    let asked = Instant::now();
    stalled.terminate();
    let finished = stalled.wait(Duration::from_secs(15));
    assert!(asked.elapsed() < Duration::from_secs(10));
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("backup_cancelled"), "{}", finished.stderr);
    assert!(!Path::new(&format!("/proc/{child}")).exists(), "pg_dump is gone");
    world.postgres.sigcont();
    assert!(world.published().is_empty() && world.temporary().is_empty());
    assert!(world.records().is_empty(), "what was stopped on request did not fail");
}

#[test]
fn a_run_that_is_killed_is_cleaned_up_by_the_next() {
    let world = World::slow();
    let stalled = world.stalled(world.program().arg("run"));
    let [child] = children(stalled.id())[..] else { panic!("one child") };
    stalled.kill();
    assert_eq!(stalled.wait(SOON).code, 128 + 9);
    assert_eq!(world.temporary().len(), 1, "nobody was left to clean up");
    assert!(world.published().is_empty());
    world.postgres.sigcont();
    wait_for_the_end_of(child);
    world.backup();
    assert!(world.temporary().is_empty());
    assert_eq!(world.published().len(), 1);
}

#[test]
fn a_run_past_its_deadline_ends() {
    let world = World::slow();
    let program = world.program().env("BACKUP_TIMEOUT_SECONDS", "2").arg("run");
    let stalled = world.stalled(program);
    let finished = stalled.wait(SOON);
    world.postgres.sigcont();
    assert_eq!(finished.code, 4, "{}", finished.stderr);
    world.assert_failed("backup_deadline_passed");
}

#[test]
fn a_wrong_password_is_told_at_once() {
    let world = World::new();
    let url = world.postgres.url(&world.database).replace(world.postgres.password(), "wrong");
    let begun = Instant::now();
    let finished = world.program().env("DATABASE_URL", url).arg("run").run(SOON);
    assert!(begun.elapsed() < Duration::from_secs(10), "there is nothing to wait for");
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    world.assert_failed("postgres_auth_failed");
}

#[test]
fn a_server_that_starts_is_waited_for_and_one_that_does_not_is_given_up() {
    let mut world = World::new();
    world.postgres.stop();
    let late = world.program().env("BACKUP_CONNECT_TIMEOUT_SECONDS", "1").arg("run").run(SOON);
    assert_eq!(late.code, 4, "{}", late.stderr);
    world.assert_failed("postgres_refused");

    let mut waiting = world.program().arg("run").spawn();
    waiting.wait_until("it is waiting", SOON, |job| job.stderr().contains("not there yet"));
    world.postgres.restart();
    let finished = waiting.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}

#[test]
fn a_table_that_may_not_be_read_fails_the_backup() {
    let world = World::new();
    world.sql("create role reader login password 'reader'; create table hidden (a int)");
    world.sql("grant select on small to reader");
    let url = format!(
        "postgresql://reader:reader@127.0.0.1:{}/{}",
        world.postgres.port(),
        world.database
    );
    let finished = world.program().env("DATABASE_URL", url).arg("run").run(SOON);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    world.assert_failed("postgres_permission_denied");
}

#[test]
fn a_pg_dump_that_is_too_old_absent_or_strange_is_told_before_it_starts() {
    let world = World::new();
    let folder = Scratch::new();
    for (script, code) in [
        ("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n", "pg_dump_too_old"),
        ("#!/bin/sh\necho hello\n", "pg_dump_version_unknown"),
        ("#!/bin/sh\nexit 1\n", "pg_dump_version_unknown"),
    ] {
        let finished = pg_dump_is(world.program(), &folder, script).arg("run").run(SOON);
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        world.assert_failed(code);
    }
    // The harness itself starts a program through setpriv.
    let bare = Scratch::new();
    symlink("/usr/bin/setpriv", bare.join("setpriv")).expect("a link can be made");
    let nowhere = world.program().env("PATH", bare.path()).arg("run").run(SOON);
    assert_eq!(nowhere.code, 1, "{}", nowhere.stderr);
    world.assert_failed("pg_dump_missing");
}

/// A table of an extension whose condition takes minutes, and a `pg_dump` that doesn't read it.
#[test]
fn no_count_outlives_the_backup() {
    let world = World::new();
    world.sql(
        "alter extension plpgsql add table small; \
         update pg_extension set extconfig = array['small'::regclass::oid], \
         extcondition = array['where pg_sleep(5) is not null'] where extname = 'plpgsql'",
    );
    let counts = || {
        world.sql(
            "select count(*) from pg_stat_activity \
             where application_name = 'ballast-backup' and state = 'active'",
        )
    };
    let folder = Scratch::new();
    let real = Postgres::bin().join("pg_dump").display().to_string();
    let counting = |does: &str| {
        let script =
            format!("#!/bin/sh\n[ \"$1\" = --version ] && exec {real} --version\n{does}\n");
        let program = pg_dump_is(world.program(), &folder, &script);
        let mut running = program.arg("run").spawn();
        running.wait_until("the rows are being counted", SOON, |_| counts() == "1");
        running
    };
    let ends = |running: Running, code: i32, within: Duration| {
        assert_eq!(running.wait(SOON).code, code);
        wait_until("nothing is counted any more", within, || counts() == "0");
    };
    let at_once = Duration::from_secs(1);
    let stopped = counting("exec sleep 300");
    stopped.terminate();
    ends(stopped, 1, at_once);
    ends(counting("sleep 5; exit 1"), 1, at_once);
    // Nobody is left to ask the server; it finds out itself.
    let killed = counting("exec sleep 20");
    killed.kill();
    ends(killed, 128 + 9, Duration::from_secs(10));
}

/// Programs that end with exit code 0 and write something that is no backup.
#[test]
fn what_pg_dump_did_not_write_is_never_verified() {
    let world = World::new();
    let folder = Scratch::new();
    let real = Postgres::bin().join("pg_dump").display().to_string();
    for (does, code) in [
        (":".to_owned(), "dump_truncated"),
        (format!("{real} \"$@\" | head -c 900"), "dump_truncated"),
        (format!("{real} \"$@\" | head -n 60"), "dump_copy_unterminated"),
        (format!("{real} \"$@\" --schema-only"), "dump_row_counts_differ"),
        (format!("{real} \"$@\" | sed '/^50$/d'"), "dump_row_counts_differ"),
        (format!("{real} \"$@\"; echo 'select 1;'"), "dump_trailing_content"),
        ("echo 'hello;'".to_owned(), "dump_unknown"),
        (
            format!("{real} \"$@\"; echo 'FATAL: permission denied for x' >&2; exit 3"),
            "postgres_permission_denied",
        ),
    ] {
        let script =
            format!("#!/bin/sh\n[ \"$1\" = --version ] && exec {real} --version\n{does}\n");
        let finished = pg_dump_is(world.program(), &folder, &script).arg("run").run(SOON);
        assert_eq!(finished.code, 1, "{does}: {}", finished.stderr);
        assert!(!finished.stderr.contains("permission denied for x"), "pg_dump is not quoted");
        world.assert_failed(code);
    }
}

/// In a mount namespace of its own, so that nothing is left mounted whatever happens. `script` has
/// the program as `$0`.
fn on_a_small_disk(world: &World, size: &str, script: &str) -> Program {
    let mut unshare = Program::at(Path::new("unshare")).arg("--mount");
    if !rustix::process::geteuid().is_root() {
        unshare = unshare.arg("--map-root-user");
    }
    let mount = format!("mount -t tmpfs -o size={size} tmpfs \"$BACKUP_DIR\" || exit 99\n");
    unshare
        .args(["sh", "-c", &(mount + script)])
        .arg(tests::binary("backup-job"))
        .env("DATABASE_URL", world.postgres.url(&world.database))
        .env("BACKUP_DIR", world.folder.path())
}

#[test]
fn a_full_disk_is_told_and_earlier_backups_stay() {
    let world = World::new();
    let noise = world.postgres.database();
    let _ = world.postgres.sql(
        &noise,
        "create table noise as select (select string_agg(decode(md5(i || '/' || j), 'hex'), '') \
         from generate_series(1, 500) j) as b from generate_series(1, 2500) i",
    );
    let script = r#"
        "$0" run >/dev/null || exit 98
        DATABASE_URL="$NOISE_URL" "$0" run; echo "full: $?"
        ls -A "$BACKUP_DIR" | grep -c ballast-tmp
        "$0" list --format json
        head -c 17m /dev/zero >"$BACKUP_DIR/other"
        DATABASE_URL="$NOISE_URL" "$0" run; echo "no room: $?""#;
    let program = on_a_small_disk(&world, "18m", script);
    let finished = program.env("NOISE_URL", world.postgres.url(&noise)).run(SOON);
    assert!(finished.stdout.starts_with("full: 1\n0\n"), "{} {}", finished.stdout, finished.stderr);
    let json = &finished.stdout["full: 1\n0\n".len()..];
    let (json, rest) = json.split_at(json.rfind('}').expect("a document") + 1);
    let document: Value = serde_json::from_str(json).expect("the index is whole");
    let of = |key: &str| -> Vec<Value> {
        document["backups"]
            .as_array()
            .expect("backups")
            .iter()
            .map(|one| one[key].clone())
            .collect()
    };
    assert_eq!(of("verified"), [true, false]);
    assert_eq!(of("error_code")[1], "backup_disk_full");
    assert_eq!(rest.trim(), "no room: 1");
    assert!(finished.stderr.contains("backup_no_room"), "{}", finished.stderr);
}

#[test]
fn a_full_disk_is_made_room_on_by_retention() {
    let world = World::new();
    world.sql("create table noise as select md5(n::text) from generate_series(1, 3000) n");
    let script = r#"
        "$0" run >/dev/null && "$0" run >/dev/null || exit 98
        sed -i 's/"retention_until": "20/"retention_until": "19/' "$BACKUP_DIR/backup_index.json"
        cat /dev/zero >"$BACKUP_DIR/other"
        "$0" prune; echo "pruned: $?"
        ls "$BACKUP_DIR" | grep -v roles | grep -c sql.gz"#;
    let finished = on_a_small_disk(&world, "4m", script).run(SOON);
    let said: Vec<&str> = finished.stdout.lines().collect();
    assert!(said[0].ends_with(".sql.gz"), "{} {}", finished.stdout, finished.stderr);
    assert_eq!(said[1..], ["pruned: 0", "1"], "{}", finished.stderr);
}
