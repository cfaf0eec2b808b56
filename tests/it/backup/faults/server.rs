//! The server: whom it lets in, what it lets them read, and what becomes of it meanwhile.

use super::*;

fn url(world: &World, user: &str) -> String {
    format!("postgresql://{user}:{user}@127.0.0.1:{}/{}", world.postgres.port(), world.database)
}

/// As [`suffer`], of a server that is broken before the run and mended after it.
fn suffer_broken(
    world: &mut World,
    fault: &Fault,
    break_it: impl FnOnce(&mut Postgres),
    run: impl FnOnce(Program) -> Finished,
    mend: impl FnOnce(&mut Postgres),
) {
    let before = Before::of(world);
    break_it(&mut world.postgres);
    let finished = run(world.program().arg("run"));
    mend(&mut world.postgres);
    fault.assert_suffered(world, &before, &finished);
}

fn anew(postgres: &mut Postgres) {
    postgres.stop();
    postgres.restart();
}

#[test]
fn a_login_that_is_refused_is_told_at_once() {
    let world = prepared();
    world.sql(&format!(
        "create role outsider login password 'outsider'; \
         revoke connect on database {} from public",
        world.database
    ));
    let right = world.postgres.url(&world.database);
    for (what, code, url) in [
        (
            "a wrong password",
            "postgres_auth_failed",
            right.replace(world.postgres.password(), "wrong"),
        ),
        ("a user that is not there", "postgres_auth_failed", url(&world, "nobody")),
        ("a user that may not connect", "postgres_permission_denied", url(&world, "outsider")),
    ] {
        suffer(&world, &fails(what, code, 1), |run| {
            let begun = Instant::now();
            let finished = run.env("DATABASE_URL", url).run(SOON);
            assert!(begun.elapsed() < Duration::from_secs(10), "there is nothing to wait for");
            finished
        });
    }
    let missing = fails("a database that is not there", "postgres_database_missing", 1);
    suffer(&world, &missing, |run| {
        run.env("DATABASE_URL", world.postgres.url("nowhere")).run(SOON)
    });
}

/// What the user may not read fails the backup: nothing is ever left out.
#[test]
fn what_may_not_be_read_fails_the_backup() {
    let world = prepared();
    world.sql(
        "create role reader login password 'reader'; grant select on small to reader; \
         create role clerk login password 'clerk' in role pg_read_all_data; \
         create role single login password 'single' connection limit 1 in role pg_read_all_data",
    );
    let run_as = |user: &str, what: &'static str, code: &'static str| {
        suffer(&world, &fails(what, code, 1), |run| {
            run.env("DATABASE_URL", url(&world, user)).run(SOON)
        });
    };
    let one = "a user with one connection";
    run_as("single", one, "postgres_too_many_connections");
    world.sql("create sequence hidden");
    run_as("reader", "a sequence that may not be read", "postgres_permission_denied");
    world.sql("drop sequence hidden; create table hidden (a int)");
    run_as("reader", "a table that may not be read", "postgres_permission_denied");
    world.sql("drop table hidden; create table guarded (a int); insert into guarded values (1)");
    world.sql("alter table guarded enable row level security");
    run_as("clerk", "rows that may not be read", "postgres_permission_denied");
}

/// Whoever has `small` for himself, and does `does` to it, until there is a table `go`.
fn holder(world: &World, does: &str) -> Running {
    let wait = "do $$ begin loop exit when exists (select from pg_class where relname = 'go'); \
                perform pg_sleep(0.02); end loop; end $$";
    let mut psql = Program::at(&Postgres::bin().join("psql")).args(["-X", "-v", "ON_ERROR_STOP=1"]);
    for command in ["begin", "lock table small in access exclusive mode", does, wait, "commit"] {
        psql = psql.args(["-c", command]);
    }
    let mut running = psql.arg(world.postgres.url(&world.database)).spawn();
    let waits = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
    running.wait_until("the table is held", SOON, |_| world.sql(waits) == "1");
    running
}

/// A run that waits for the table, and then gets it.
fn run_past(world: &World, run: Program, holder: Running) -> Finished {
    let mut running = run.spawn();
    let waits = "select count(*) from pg_locks where not granted";
    running.wait_until("the run waits", SOON, |_| world.sql(waits) == "1");
    world.sql("create table go ()");
    assert_eq!(holder.wait(SOON).code, 0);
    let finished = running.wait(SOON);
    world.sql("drop table go");
    finished
}

/// PostgreSQL's documentation, "Caveats": to a snapshot from before it, a table that was rewritten
/// is empty. So the tables are locked first.
#[test]
fn a_table_that_is_rewritten_while_it_is_waited_for_keeps_its_rows() {
    let world = prepared();
    let rewrite = holder(&world, "alter table small alter n type bigint");
    let finished = run_past(&world, world.program().arg("run"), rewrite);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let record: Value = serde_json::from_str(&finished.stdout).expect("a record is printed");
    let file = record["file_path"].as_str().expect("a path");
    let script = Program::at(Path::new("gunzip")).args(["-c", file]).run(SOON).stdout;
    assert!(script.contains("\n100\n"), "a verified backup without its rows: {script}");
}

#[test]
fn a_table_that_goes_while_it_is_waited_for_is_no_fault() {
    let world = prepared();
    world.sql("create table other as select 1 as n");
    let drop = holder(&world, "drop table small");
    let finished = run_past(&world, world.program().arg("run"), drop);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}

#[test]
fn a_table_that_somebody_has_for_himself_fails_the_backup() {
    let world = prepared();
    let locked = fails("a table that is locked for ever", "postgres_table_locked", 1);
    suffer(&world, &locked, |run| {
        let holder = holder(&world, "select 1");
        let finished = run.env("BACKUP_TABLE_LOCK_TIMEOUT_SECONDS", "1").run(SOON);
        world.sql("create table go ()");
        assert_eq!(holder.wait(SOON).code, 0);
        world.sql("drop table go");
        finished
    });
    let late = fails("a table that is locked past the deadline", "backup_deadline_passed", 4);
    suffer(&world, &late, |run| {
        let holder = holder(&world, "select 1");
        let finished = run.env("BACKUP_TIMEOUT_SECONDS", "2").run(SOON);
        world.sql("create table go ()");
        assert_eq!(holder.wait(SOON).code, 0);
        world.sql("drop table go");
        finished
    });
}

#[test]
fn an_administrator_who_ends_the_session_fails_the_backup() {
    let world = prepared();
    let ended = fails("the snapshot's session is ended", "postgres_closed", 1);
    suffer(&world, &ended, |run| {
        let held = Held::begin(run);
        let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                   where application_name like 'ballast-%'";
        assert_eq!(world.sql(end), "1");
        wait_until("the session is gone", SOON, || world.sessions() == "0");
        held.let_go()
    });
}

#[test]
fn a_server_that_takes_nobody_is_given_up_in_time() {
    let mut world = prepared();
    let late = |run: Program| run.env("BACKUP_CONNECT_TIMEOUT_SECONDS", "1").run(SOON);
    let full = fails("no connection is left", "postgres_too_many_connections", 4);
    suffer(&world, &full, |run| {
        let taken = world.postgres.take_every_connection();
        let finished = late(run);
        drop(taken);
        finished
    });
    let frozen = fails("the server is frozen", "postgres_timeout", 4);
    suffer(&world, &frozen, |run| {
        world.postgres.sigstop();
        let finished = late(run);
        world.postgres.sigcont();
        finished
    });
    for (what, code, break_it) in [
        ("the server is away", "postgres_refused", Postgres::stop as fn(&mut Postgres)),
        ("the server recovers", "postgres_starting_up", |postgres| {
            postgres.stop();
            postgres.restart_recovering();
        }),
    ] {
        suffer_broken(&mut world, &fails(what, code, 4), break_it, late, anew);
    }
}

#[test]
fn a_server_that_starts_is_waited_for() {
    let mut world = prepared();
    world.postgres.stop();
    let mut waiting = world.program().arg("run").spawn();
    waiting.wait_until("it is waiting", SOON, |job| job.stderr().contains("not there yet"));
    world.postgres.restart();
    let finished = waiting.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}

/// The page of a table whose header says nothing sensible: PostgreSQL finds that without checksums.
#[test]
fn a_damaged_page_fails_the_backup() {
    let mut world = prepared();
    world.sql("create table damaged as select generate_series(1, 1000) as n");
    world.sql("checkpoint");
    let path = PathBuf::from(world.sql("show data_directory"))
        .join(world.sql("select pg_relation_filepath('damaged')"));
    let whole = fs::read(&path).expect("the table's file can be read");
    let mut broken = whole.clone();
    broken[12..18].fill(0xff);
    let write = |bytes: Vec<u8>| {
        let path = path.clone();
        move |postgres: &mut Postgres| {
            postgres.stop();
            fs::write(&path, &bytes).expect("the table's file can be written");
            postgres.restart();
        }
    };
    let fault = fails("a damaged page", "postgres_data_corrupt", 1);
    suffer_broken(&mut world, &fault, write(broken), |run| run.run(SOON), write(whole));
}

#[test]
fn a_server_that_dies_in_the_middle_leaves_nothing() {
    let mut world = World::slow();
    world.next_run_is_good("the first");
    for (what, code, end) in [
        ("the server is killed", "postgres_closed", Postgres::kill as fn(&mut Postgres)),
        ("the server is stopped at once", "postgres_closed", Postgres::stop),
    ] {
        let before = Before::of(&world);
        let stalled = world.stalled(world.program().arg("run"));
        end(&mut world.postgres);
        let finished = stalled.wait(SOON);
        assert_eq!(finished.code, 1, "{what}: {}", finished.stderr);
        assert_eq!(before.assert_kept(&world, what)[0]["error_code"], code, "{what}");
        assert_eq!(before.names(), names(&world), "{what}");
        world.postgres.restart();
        world.next_run_is_good(what);
    }
    suffer(&world, &fails("a frozen server", "backup_deadline_passed", 4), |run| {
        let finished = world.stalled(run.env("BACKUP_TIMEOUT_SECONDS", "2")).wait(SOON);
        world.postgres.sigcont();
        finished
    });
}

#[test]
fn a_server_without_memory_for_its_locks_fails_the_backup() {
    let mut world = prepared();
    world.sql("alter system set max_locks_per_transaction = 10");
    anew(&mut world.postgres);
    world.sql(
        "do $$ begin for i in 1..2500 loop execute format('create table t%s ()', i); \
         if i % 100 = 0 then commit; end if; end loop; end $$",
    );
    let fault = fails("no memory for locks", "postgres_out_of_resources", 1);
    let roomy = |postgres: &mut Postgres| {
        let _ = postgres.sql("postgres", "alter system reset max_locks_per_transaction");
        anew(postgres);
    };
    suffer_broken(&mut world, &fault, |_| (), |run| run.run(SOON), roomy);
}
