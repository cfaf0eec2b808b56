//! One backup: what is in it, what is said of it, what it costs.

use std::os::unix::fs::PermissionsExt;

use tests::canary::assert_absent;
use tests::{Canary, poll_until};

use super::*;
use crate::scripted::Scripted;

/// Names and contents that are hard to write down and to read back.
const HARD: &str = r#"
create table "Odd ""Name" (a int);
insert into "Odd ""Name" values (1), (2);
create table "new
line" (t text);
insert into "new
line" values (E'\\.'), (E'a\nb'), ('COPY x FROM stdin;'), (''), (null);
create table nothing ();
insert into nothing default values;
create table computed (b int generated always as (1) stored);
insert into computed default values;
create table part (a int) partition by hash (a);
create table part0 partition of part for values with (modulus 2, remainder 0);
create table part1 partition of part for values with (modulus 2, remainder 1);
insert into part select generate_series(1, 50);
create type mood as enum ('sad', 'glad');
create table moods (m mood) partition by hash (m);
create table moods0 partition of moods for values with (modulus 2, remainder 0);
create table moods1 partition of moods for values with (modulus 2, remainder 1);
insert into moods values ('sad'), ('glad'), ('glad');
create table parent (a int);
create table child () inherits (parent);
insert into parent values (1);
insert into child values (2), (3);
create schema "Other Schema";
create unlogged table "Other Schema".t (a int);
insert into "Other Schema".t values (1);
create function f() returns text language plpgsql as $$ begin
-- it's a quote
COPY small FROM stdin;
return ';'; end $$;
comment on table small is E'it''s\n-- PostgreSQL database dump complete\n';
select lo_from_bytea(0, '\xdeadbeef');
create materialized view seen as select * from parent;
"#;

const COUNTS: &str = "select string_agg(format('%s=%s', c.oid::regclass, (xpath('/row/c/text()', \
    query_to_xml(format('select count(*) as c from only %s', c.oid::regclass), false, true, '')))[1]), \
    ' ' order by c.oid::regclass::text) \
    from pg_class c where relkind in ('r', 'm') and relname !~ '^moods' and relnamespace::regnamespace::text !~ '^(pg_|information)'";

fn restore(world: &World, file: &str, into: &str) {
    let script = "set -o pipefail; gunzip -c \"$1\" | \"$2\" -X -q -v ON_ERROR_STOP=1 \"$3\"";
    let finished = Program::at(Path::new("bash"))
        .args(["-c", script, "restore", file])
        .arg(Postgres::bin().join("psql"))
        .arg(world.postgres.url(into))
        .run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}

#[test]
fn a_backup_restores_with_gunzip_and_psql_and_has_every_row() {
    let world = World::new();
    world.sql(HARD);
    let record = world.backup();
    assert_eq!(record["verified"], true);
    assert_eq!(record["row_counts_checked"], true);
    let file = record["file_path"].as_str().expect("a path").to_owned();
    let empty = world.postgres.database();
    restore(&world, &file, &empty);
    let restored = world.postgres.sql(&empty, COUNTS);
    assert!(restored.contains("small=100") && restored.contains("child=2"), "{restored}");
    assert_eq!(restored, world.sql(COUNTS));
    // Which partition a value of an enum goes to differs between databases.
    assert_eq!(world.postgres.sql(&empty, "select count(*) from moods"), "3");
    let objects = "select count(*) from pg_largeobject_metadata";
    assert_eq!(world.postgres.sql(&empty, objects), "1");
}

#[test]
fn a_record_says_everything_and_the_file_is_what_it_says() {
    let world = World::new();
    let program = world.program().env("ARTIFACT_ID", "v1.2.3").env("BACKUP_RETENTION_DAYS", "2");
    let finished = program.args(["run", "--type", "scheduled"]).run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let record: Value = serde_json::from_str(&finished.stdout).expect("a record is printed");
    assert_eq!(world.records(), std::slice::from_ref(&record));

    let [file] = &world.published()[..] else { panic!("one file: {:?}", world.published()) };
    let text = |key: &str| record[key].as_str().unwrap_or_else(|| panic!("{key} is a text"));
    assert_eq!(text("file_path"), file.display().to_string());
    assert_eq!(name(file), format!("{}.sql.gz", text("backup_id")));
    assert!(text("backup_id").starts_with(&format!("{}-20", world.database)));
    assert!(text("backup_id").ends_with("Z-scheduled"));
    assert_eq!((text("backup_type"), text("status")), ("scheduled", "complete"));
    assert_eq!(text("artifact_id"), "v1.2.3");
    assert_eq!(text("database_name"), world.database);
    assert_eq!(record["size_bytes"], size(file));
    assert_eq!((&record["compressed"], &record["file_size_mb"]), (&true.into(), &1.into()));
    for key in ["verified_at", "created_at", "retention_until"] {
        assert!(text(key).ends_with('Z'), "{key}");
    }
    for key in ["offsite_uri", "offsite_verified_at", "error_code"] {
        assert!(record.get(key).expect("no key is missing").is_null(), "{key}");
    }
    let server = world.sql("show server_version");
    assert!(server.starts_with(text("server_version")) && !text("server_version").is_empty());
    assert!(!text("pg_dump_version").is_empty());

    let sum = Program::at(Path::new("sha256sum")).arg(file).run(SOON).stdout;
    assert!(sum.starts_with(text("sha256")), "{sum}");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(file), mode(&world.index())), (0o600, 0o640));
}

#[test]
fn a_database_with_a_hard_name_gets_a_plain_file_name() {
    let world = World::new();
    let _ = world.postgres.sql("postgres", r#"create database "My ""DB"" =é/'""#);
    let url = world.postgres.url("My%20%22DB%22%20%3D%C3%A9%2F%27");
    let finished = world.program().env("DATABASE_URL", url).arg("run").run(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let [file] = &world.published()[..] else { panic!("one file") };
    assert!(name(file).starts_with("My__DB______-20"), "{file:?}");
    assert_eq!(world.records()[0]["database_name"], r#"My "DB" =é/'"#);
}

#[test]
fn no_secret_and_no_peer_is_told_to_anybody() {
    let world = World::slow();
    let password = Canary::password("DATABASE_URL's password");
    let role = format!(
        "create role canary_user superuser login password '{}'",
        password.value().replace('\'', "''")
    );
    world.sql(&role);
    let url = format!(
        "postgresql://canary_user:{}@127.0.0.1:{}/{}",
        password.in_url(),
        world.postgres.port(),
        world.database
    );
    let canaries = [password, Canary::of("the user", "canary_user")];
    let stalled = world.stalled(world.program().env("DATABASE_URL", &url).arg("run"));
    let shown = Program::at(Path::new("ps")).args(["axww", "-o", "args"]).run(SOON).stdout;
    world.postgres.sigcont();
    assert!(shown.contains("pg_dump"), "pg_dump was running");
    let shown: String = shown.lines().filter(|line| !line.starts_with("postgres: ")).collect();
    assert_absent(&canaries, "the arguments of processes", shown.as_bytes());
    let finished = stalled.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_absent(&canaries, "stdout", finished.stdout.as_bytes());
    assert_absent(&canaries, "stderr", finished.stderr.as_bytes());
    let index = fs::read(world.index()).expect("there is an index");
    assert_absent(&canaries, "the index", &index);

    let broken = world.program().env("DATABASE_URL", url.replace("127.0.0.1", "127.0.0.1:x"));
    let finished = broken.arg("run").run(SOON);
    assert_eq!(finished.code, 2);
    assert_absent(&canaries, "stderr", finished.stderr.as_bytes());
}

#[test]
fn memory_does_not_grow_with_the_database() {
    let world = World::new();
    world.sql(
        "create table large as select n, repeat(md5(n::text), 6) as t from generate_series(1, 900000) n",
    );
    let mut running = world.program().arg("run").spawn();
    let status = format!("/proc/{}/status", running.id());
    let mut peak_kib = 0_u64;
    let code = poll_until("the backup is made", Duration::from_mins(2), || {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let peak = status.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?.split(' ').rev().nth(1)?.trim().parse().ok()
        });
        peak_kib = peak_kib.max(peak.unwrap_or(0));
        running.exit_code()
    });
    assert_eq!(code, 0, "{}", running.stderr());
    assert!(peak_kib > 1000 && peak_kib < 40 * 1024, "{peak_kib} KiB at the most");
}

#[test]
fn a_backup_is_of_the_release_that_the_sidecar_tells_as_it_begins() {
    let world = World::new();
    let sidecar =
        Scripted::start(|_| (503, r#"{"overall_status":"unhealthy","version":null}"#.into()));
    let made = || {
        let program = world.program().env("RELEASE_URL", sidecar.url("/health"));
        let finished = program.args(["run", "--type", "manual"]).run(SOON);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        let record: Value = serde_json::from_str(&finished.stdout).expect("a record is printed");
        (record["artifact_id"].clone(), finished.stderr)
    };
    assert_eq!(made().0, Value::Null, "nothing is deployed yet");
    sidecar.now(|_| (503, r#"{"overall_status":"unhealthy","version":"v1.0.0"}"#.into()));
    assert_eq!(made().0, "v1.0.0");
    sidecar.now(|_| (502, "<html>".into()));
    let (artifact, said) = made();
    assert!(artifact.is_null() && said.contains("of which release"), "{said}");
}

#[test]
fn a_deployment_that_is_repeated_does_not_dump_again() {
    let world = World::new();
    let deploy = |tag: &str| {
        let program = world.program().env("DEPLOYMENT_TAG", tag);
        let finished = program.args(["run", "--type", "pre_deployment"]).run(SOON);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        let record: Value = serde_json::from_str(&finished.stdout).expect("a record is printed");
        record["backup_id"].as_str().expect("an id").to_owned()
    };
    let first = deploy("v1.0.0");
    assert_eq!(deploy("v1.0.0"), first);
    let other = deploy("v1.0.1");
    assert_ne!(other, first, "another version");
    fs::remove_file(world.folder.join(format!("{other}.sql.gz"))).expect("the file is there");
    let again = deploy("v1.0.1");
    assert_ne!(again, other, "the file was gone");
    let back = deploy("v1.0.0");
    assert_ne!(back, first, "another version was there in between");
    assert_eq!(deploy("v1.0.0"), back);
    world.edit(|records| {
        for record in records {
            record["created_at"] = "2026-01-01T00:00:00Z".into();
        }
    });
    assert_ne!(deploy("v1.0.1"), again, "too old");
}

#[test]
fn every_mistake_of_the_configuration_is_told_at_once() {
    let finished = Program::new("backup-job")
        .env("DATABASE_URL", "postgresql://hunter22@")
        .env("BACKUP_VERIFY", "hope")
        .env("BACKUP_SCHEDULE", "at three")
        .env("LOG_LEVEL", "LOUD")
        .arg("run")
        .run(SOON);
    assert_eq!(finished.code, 2);
    for name in ["DATABASE_URL", "BACKUP_VERIFY", "BACKUP_SCHEDULE", "LOG_LEVEL"] {
        assert!(finished.stderr.contains(name), "{name}: {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("hunter22"));
}

#[test]
fn the_help_names_every_variable_and_exit_code() {
    let finished = Program::new("backup-job").arg("--help").run(SOON);
    assert_eq!(finished.code, 0);
    for word in ["DATABASE_URL", "BACKUP_SCHEDULE", "BACKUP_MAX_AGE_HOURS", "Exit codes:"] {
        assert!(finished.stdout.contains(word), "{word}");
    }
    assert_eq!(Program::new("backup-job").arg("restore-all").run(SOON).code, 2);
}
