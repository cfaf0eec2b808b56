//! `restore` against real servers: a backup comes back whole, or the target is what it was.

use serde_json::Value;
use tests::{Finished, Postgres, Program, unique, wait_until};

use super::{SOON, World};

/// The rows of the small table, as a number that tells any two apart.
const DIGEST: &str = "select count(*), md5(string_agg(n::text, ',' order by n)) from small";

impl World {
    fn restore(&self, arguments: &[&str]) -> Finished {
        self.program().arg("restore").args(arguments).run(SOON)
    }

    fn databases(&self) -> Vec<String> {
        let all = self.postgres.sql("postgres", "select datname from pg_database order by 1");
        all.lines().map(str::to_owned).collect()
    }
}

fn done(finished: &Finished) -> Value {
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).expect("what was done is printed")
}

fn refused(finished: &Finished, exit: i32, code: &str) {
    assert_eq!(finished.code, exit, "{}", finished.stderr);
    assert!(finished.stderr.contains(code), "{code}: {}", finished.stderr);
}

#[test]
fn a_backup_restores_into_a_new_and_into_an_empty_database_and_into_no_other() {
    let world = World::new();
    world.sql("select lo_from_bytea(0, 'large')");
    let record = world.backup();
    let before = world.sql(DIGEST);
    let new = "a \"new\" däta'base";
    let restored = done(&world.restore(&["latest", "--into", new]));
    assert_eq!(restored["backup_id"], record["backup_id"]);
    assert_eq!((&restored["rows"], &restored["kept_as"]), (&Value::from(100), &Value::Null));
    assert_eq!(world.postgres.sql(new, DIGEST), before);
    let large = "select convert_from(lo_get(oid), 'UTF8') from pg_largeobject_metadata";
    assert_eq!(world.postgres.sql(new, large), "large");

    refused(&world.restore(&["latest", "--into", new]), 1, "restore_not_empty");
    let empty = world.postgres.database();
    let restored = done(&world.restore(&["latest", "--into", &empty]));
    assert_eq!(restored["kept_as"], Value::Null, "an empty one is not kept");
    assert_eq!(world.postgres.sql(&empty, DIGEST), before);
    for (object, drop) in [
        ("create schema s", "drop schema s"),
        ("create function f() returns int language sql as 'select 1'", "drop function f()"),
        ("create type mood as enum ('ok')", "drop type mood"),
        ("create sequence q", "drop sequence q"),
        ("select lo_create(0)", "select 1"),
    ] {
        let used = world.postgres.database();
        let _ = world.postgres.sql(&used, object);
        refused(&world.restore(&["latest", "--into", &used]), 1, "restore_not_empty");
        let _ = world.postgres.sql(&used, drop);
    }
    let none = world.restore(&["no-such-backup", "--into", "x"]);
    assert_eq!(none.code, 2, "{}", none.stderr);
}

#[test]
fn a_swap_keeps_the_old_database_and_can_be_undone() {
    let world = World::new();
    world.backup();
    let before = world.sql(DIGEST);
    world.sql("insert into small values (101)");
    let after = world.sql(DIGEST);
    let name = world.database.clone();
    let restored = done(&world.restore(&["latest", "--into", &name, "--swap"]));
    let kept = restored["kept_as"].as_str().expect("the old one is kept");
    assert_eq!(world.sql(DIGEST), before);
    assert_eq!(world.postgres.sql(kept, DIGEST), after);
    // As it is printed, statement by statement: a renaming needs no transaction of its own.
    for statement in restored["undo"].as_str().expect("it can be undone").split_inclusive(';') {
        let _ = world.postgres.sql("postgres", statement);
    }
    assert_eq!(world.sql(DIGEST), after, "it was undone");
}

/// What a server knows of a database beside its content.
const SETTINGS: &str = "\
select pg_get_userbyid(datdba), datconnlimit, shobj_description(d.oid, 'pg_database'), \
(select string_agg(a::text, ' ' order by a::text) from unnest(datacl) a), \
(select string_agg(setrole::regrole::text || setconfig::text, ' ' order by 1) \
 from pg_db_role_setting where setdatabase = d.oid) \
from pg_database d where datname = current_database()";

#[test]
fn a_swap_carries_over_what_the_server_knows_and_puts_out_who_is_in_the_way() {
    let world = World::new();
    let (name, role) = (world.database.clone(), format!("app \"{}\"", &unique()[20..]));
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    for statement in [
        format!("create role {quoted}"),
        format!("alter database {name} owner to {quoted}"),
        format!("alter database {name} connection limit 20"),
        format!("comment on database {name} is 'it''s the \\ one'"),
        format!("revoke connect on database {name} from public"),
        format!("grant create on database {name} to ballast with grant option"),
        format!("alter database {name} set search_path to \"$user\", public, \"Odd \"\"one\""),
        format!("alter database {name} set \"app.greeting\" to 'it''s me'"),
        format!("alter role {quoted} in database {name} set timezone to 'Europe/Lisbon'"),
        format!("alter role {quoted} in database {name} set search_path to ''"),
    ] {
        world.sql(&statement);
    }
    world.backup();
    let known = world.sql(SETTINGS);
    assert!(known.contains("Lisbon") && known.contains("Odd"), "{known}");
    let held = Program::at(&Postgres::bin().join("psql"))
        .arg(world.postgres.url(&name))
        .args(["-c", "select pg_sleep(300)"])
        .spawn();
    let there = format!("select count(*) from pg_stat_activity where datname = '{name}'");
    wait_until("somebody is in it", SOON, || world.postgres.sql("postgres", &there) == "1");

    let restored = done(&world.restore(&["latest", "--into", &name, "--swap"]));
    assert_ne!(held.wait(SOON).code, 0, "its connection was ended");
    assert_eq!(world.sql(SETTINGS), known);
    let kept = restored["kept_as"].as_str().expect("the old one is kept");
    assert_eq!(world.postgres.sql(kept, SETTINGS), known);
}

#[test]
fn a_restore_that_fails_or_is_killed_leaves_the_target_as_it_was() {
    let world = World::slow();
    world.backup();
    let target = world.postgres.database();
    let before = world.databases();
    let mut running = world.program().arg("restore").args(["latest", "--into", &target]).spawn();
    running.wait_until("the restore has begun", SOON, |_| world.databases().len() > before.len());
    running.kill();
    let killed = running.wait(SOON);
    assert_ne!(killed.code, 0);
    let tables = "select count(*) from pg_class where relname in ('small', 'slow')";
    assert_eq!(world.postgres.sql(&target, tables), "0");
    done(&world.restore(&["latest", "--into", &target]));
    assert_eq!(world.databases(), before, "what the killed one left is gone");
    assert_eq!(world.postgres.sql(&target, "select count(*) from slow"), "600000");

    let file = world.published().remove(0);
    let bytes = std::fs::read(&file).expect("the backup can be read");
    for damaged in [&bytes[..bytes.len() / 2], &[&bytes[..], b"x"].concat()] {
        std::fs::write(&file, damaged).expect("the folder is writable");
        assert_eq!(world.restore(&["latest", "--into", "half"]).code, 1);
        assert_eq!(world.databases(), before);
    }
}

#[test]
fn roles_that_the_server_lacks_are_named_and_created_on_demand() {
    let world = World::new();
    let role = format!("o'wner \"ü\" {}", &unique()[20..]);
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    world.sql(&format!("create role {quoted} login; alter table small owner to {quoted}"));
    world.sql(&format!("comment on role {quoted} is 'one;\ntwo'"));
    world.backup();
    world.sql(&format!("alter table small owner to current_user; drop role {quoted}"));
    refused(&world.restore(&["latest", "--into", "new"]), 1, "restore_roles_missing");
    assert!(!world.databases().contains(&"new".to_owned()));
    done(&world.restore(&["latest", "--into", "new", "--roles"]));
    let owner = "select pg_get_userbyid(relowner) from pg_class where relname = 'small'";
    assert_eq!(world.postgres.sql("new", owner), role);
}
