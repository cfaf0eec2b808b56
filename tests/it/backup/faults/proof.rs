//! The proof by restore: what only a restore shows, and what becomes of one that is cut short.

use super::*;

/// The throw-away server's folder in that of the backups.
const PROOF: &str = ".ballast-proof";

/// A run that restores what it has dumped: not as root, whom PostgreSQL's server refuses.
fn proving(world: &World) -> Program {
    let program = tests::binary("backup-job");
    let run = if rustix::process::geteuid().is_root() {
        let folder = world.folder.path();
        let owned = Program::at(Path::new("chown")).args(["-R", "postgres"]).arg(folder).run(SOON);
        assert_eq!(owned.code, 0, "{}", owned.stderr);
        Program::at(Path::new("setpriv"))
            .args(["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"])
            .arg(program)
    } else {
        Program::at(&program)
    };
    run.arg("run")
        .env("DATABASE_URL", world.postgres.url(&world.database))
        .env("BACKUP_DIR", world.folder.path())
        .env("BACKUP_VERIFY", "restore")
        .env("SHUTDOWN_GRACE_SECONDS", "2")
}

/// A world with a backup that was proven by restore.
fn restored() -> World {
    let world = prepared();
    let finished = proving(&world).run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    world
}

/// A run whose dump has one statement more at its end.
fn with_statement(world: &World, folder: &Scratch, statement: &str) -> Program {
    let end = "-- PostgreSQL database dump complete";
    let script = format!("$real \"$@\" | sed 's/^{end}$/{statement}\\n--\\n&/'");
    fake(proving(world), folder, "pg_dump", &script)
}

/// Nothing of a throw-away server is left: no folder, and no process that works in one.
fn assert_gone(world: &World) {
    let folder = world.folder.join(PROOF);
    wait_until("nothing of the throw-away server is left", Duration::from_secs(15), || {
        let entries = fs::read_dir("/proc").expect("/proc can be read").flatten();
        let works_there = |entry: &fs::DirEntry| {
            let place = fs::read_link(entry.path().join("cwd"));
            place.is_ok_and(|place| place.starts_with(&folder))
        };
        !folder.exists() && !entries.into_iter().any(|entry| works_there(&entry))
    });
}

/// A run that restores a dump with a statement that takes for ever.
fn restoring(world: &World, folder: &Scratch) -> Running {
    let mut running = with_statement(world, folder, "select pg_sleep(600);").spawn();
    running.wait_until("the dump is being restored", SOON, |_| {
        let entries = fs::read_dir("/proc").expect("/proc can be read").flatten();
        entries.into_iter().any(|entry| {
            let place = fs::read_link(entry.path().join("cwd"));
            let title = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let title = String::from_utf8_lossy(&title);
            let is_ours = place.is_ok_and(|place| place.starts_with(world.folder.path()));
            is_ours && title.contains("[local]") && title.contains("SELECT")
        })
    });
    running
}

/// The file is whole and a dump, and by reading alone it would have been verified.
#[test]
fn a_dump_that_restores_to_something_else_is_never_verified() {
    let world = restored();
    let folder = Scratch::new();
    for (statement, code) in [
        ("select 1 \\/ 0;", "restore_refused"),
        ("create extension nowhere;", "restore_extension_missing"),
        ("delete from public.small where n = 1;", "dump_row_counts_differ"),
        ("insert into public.small values (101);", "dump_row_counts_differ"),
        ("drop table public.small;", "dump_row_counts_differ"),
    ] {
        suffer(&world, &fails(statement, code, 1), |_| {
            with_statement(&world, &folder, statement).run(SOON)
        });
        assert_gone(&world);
    }
}

#[test]
fn a_restore_that_is_cut_short_leaves_nothing() {
    let world = restored();
    let folder = Scratch::new();
    suffer(&world, &refused("told to stop", "backup_cancelled", 1), |_| {
        let running = restoring(&world, &folder);
        running.terminate();
        running.wait(SOON)
    });
    assert_gone(&world);
    suffer(&world, &fails("the throw-away server is killed", "proof_server_failed", 1), |_| {
        let running = restoring(&world, &folder);
        let file = world.folder.join(PROOF).join("data/postmaster.pid");
        let text = fs::read_to_string(file).expect("the server runs");
        kill(text.lines().next().and_then(|pid| pid.parse().ok()).expect("a process id"));
        running.wait(SOON)
    });
    assert_gone(&world);
    let late = fails("it takes for ever", "backup_deadline_passed", 4);
    suffer(&world, &late, |_| {
        let run = with_statement(&world, &folder, "select pg_sleep(600);");
        run.env("BACKUP_TIMEOUT_SECONDS", "8").run(SOON)
    });
    assert_gone(&world);
}

#[test]
fn what_a_killed_run_left_of_its_restore_is_removed_by_the_next() {
    let world = restored();
    let before = Before::of(&world);
    let running = restoring(&world, &Scratch::new());
    running.kill();
    assert_eq!(running.wait(SOON).code, 128 + 9);
    assert!(world.folder.join(PROOF).exists(), "nobody was left to remove it");
    assert_eq!(before.assert_kept(&world, "killed"), Vec::<Value>::new());
    let next = proving(&world).run(SOON);
    assert_eq!(next.code, 0, "{}", next.stderr);
    assert_gone(&world);
    world.next_run_is_good("killed");
}

#[test]
fn a_restore_as_root_is_told_before_the_dump() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let world = restored();
    suffer(&world, &fails("as root", "proof_as_root", 1), |run| {
        run.env("BACKUP_VERIFY", "restore").run(SOON)
    });
}
