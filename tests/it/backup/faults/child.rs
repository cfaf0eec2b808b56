//! `pg_dump` and `pg_dumpall`: what they fail with, and what they write without failing.

use super::*;

/// Programs that end with exit code 0 and write something that is no backup, and such that fail.
#[test]
fn what_pg_dump_did_not_write_is_never_verified() {
    let world = prepared();
    let folder = Scratch::new();
    for (does, code) in [
        (":", "dump_truncated"),
        ("$real \"$@\" | head -c 900", "dump_truncated"),
        ("$real \"$@\" | head -n 60", "dump_copy_unterminated"),
        ("$real \"$@\" --schema-only", "dump_row_counts_differ"),
        ("$real \"$@\" | sed '/^50$/d'", "dump_row_counts_differ"),
        ("$real \"$@\"; echo 'select 1;'", "dump_trailing_content"),
        ("echo 'hello;'", "dump_unknown"),
        ("$real \"$@\"; exit 1", "pg_dump_failed"),
        ("$real \"$@\"; kill -9 $$", "pg_dump_killed"),
        (
            "$real \"$@\"; echo 'FATAL: permission denied for x' >&2; exit 3",
            "postgres_permission_denied",
        ),
        (
            "echo 'pg_dump: error: invalid page in block 0 of relation x' >&2; exit 1",
            "postgres_data_corrupt",
        ),
    ] {
        suffer(&world, &fails(does, code, 1), |run| {
            let finished = fake(run, &folder, "pg_dump", does).run(SOON);
            assert!(!finished.stderr.contains("permission denied for x"), "pg_dump is not quoted");
            finished
        });
    }
}

/// psql would carry them out on this machine, when the backup is restored or proven.
#[test]
fn a_dump_that_commands_psql_is_never_verified() {
    let world = prepared();
    let folder = Scratch::new();
    for does in [
        r#"$real "$@" | sed 's/^SET row_security.*/\\! touch \/tmp\/here/'"#,
        r#"$real "$@" | sed 's/^SET row_security.*/\\o \/tmp\/here/'"#,
    ] {
        suffer(&world, &fails(does, "dump_command_unknown", 1), |run| {
            fake(run, &folder, "pg_dump", does).run(SOON)
        });
    }
}

#[test]
fn roles_that_command_psql_are_never_verified() {
    let world = prepared();
    let folder = Scratch::new();
    let does = r#"$real "$@" | sed 's/^SET client_encoding.*/\\! touch \/tmp\/here/'"#;
    suffer(&world, &fails(does, "dump_command_unknown", 1), |run| {
        fake(run, &folder, "pg_dumpall", does).run(SOON)
    });
}

#[test]
fn roles_that_are_not_whole_make_no_backup() {
    let world = prepared();
    let folder = Scratch::new();
    for (does, code) in [
        ("exit 1", "pg_dump_failed"),
        ("kill -9 $$", "pg_dump_killed"),
        ("$real \"$@\"; exit 1", "pg_dump_failed"),
        (":", "dump_unknown"),
        ("$real \"$@\" | head -n 20", "dump_truncated"),
        ("echo 'hello;'", "dump_unknown"),
    ] {
        suffer(&world, &fails(does, code, 1), |run| {
            fake(run, &folder, "pg_dumpall", does).run(SOON)
        });
    }
}

#[test]
fn a_pg_dump_that_is_too_old_absent_or_strange_is_told_before_it_starts() {
    let world = prepared();
    let folder = Scratch::new();
    for (script, code) in [
        ("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n", "pg_dump_too_old"),
        ("#!/bin/sh\necho hello\n", "pg_dump_version_unknown"),
        ("#!/bin/sh\nexit 1\n", "pg_dump_version_unknown"),
        ("#!/bin/sh\nexec sleep 600\n", "pg_dump_version_unknown"),
    ] {
        suffer(&world, &fails(script, code, 1), |run| {
            replace(run, &folder, "pg_dump", script).run(SOON)
        });
    }
    // The harness itself starts a program through setpriv.
    let bare = Scratch::new();
    symlink("/usr/bin/setpriv", bare.join("setpriv")).expect("a link can be made");
    suffer(&world, &fails("no pg_dump", "pg_dump_missing", 1), |run| {
        run.env("PATH", bare.path()).run(SOON)
    });
    symlink(Postgres::bin().join("pg_dump"), bare.join("pg_dump")).expect("a link can be made");
    suffer(&world, &fails("no pg_dumpall", "pg_dump_missing", 1), |run| {
        run.env("PATH", bare.path()).run(SOON)
    });
}

/// Programs that never end, one of which does not hear SIGTERM.
#[test]
fn a_pg_dump_that_never_ends_is_ended() {
    let world = prepared();
    let folder = Scratch::new();
    for (program, does) in [
        ("pg_dump", "exec sleep 600"),
        ("pg_dump", "trap '' TERM; exec sleep 600"),
        ("pg_dump", "$real \"$@\"; exec sleep 600"),
        ("pg_dumpall", "exec sleep 600"),
    ] {
        suffer(&world, &fails(does, "backup_deadline_passed", 4), |run| {
            let run = run.env("BACKUP_TIMEOUT_SECONDS", "2");
            fake(run, &folder, program, does).run(SOON)
        });
    }
    let silent = "#!/bin/sh\nexec sleep 600\n";
    suffer(&world, &fails("not even a version", "backup_deadline_passed", 4), |run| {
        replace(run.env("BACKUP_TIMEOUT_SECONDS", "2"), &folder, "pg_dump", silent).run(SOON)
    });
}

#[test]
fn a_pg_dump_that_warns_is_believed_by_its_exit_code_and_its_work() {
    let world = prepared();
    let warns = "echo 'pg_dump: warning: there are circular foreign-key constraints' >&2; exec $real \"$@\"";
    let folder = Scratch::new();
    let finished = fake(world.program().arg("run"), &folder, "pg_dump", warns).run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(world.records().len(), 2);
}

#[test]
fn a_pg_dump_that_is_killed_leaves_nothing() {
    let world = World::slow();
    world.next_run_is_good("the first");
    suffer(&world, &fails("pg_dump is killed", "pg_dump_killed", 1), |run| {
        let stalled = world.stalled(run);
        let [child] = children(stalled.id())[..] else { panic!("one child") };
        kill(child);
        let finished = stalled.wait(SOON);
        world.postgres.sigcont();
        finished
    });
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
    let counting = |does: &str| {
        let mut running = fake(world.program().arg("run"), &folder, "pg_dump", does).spawn();
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
