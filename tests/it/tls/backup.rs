//! backup-job: `pg_dump` speaks TLS on the same terms as we do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tests::{Postgres, Program, Shown, wait_until};

use super::{SOON, World};

impl World {
    fn backup(&self, query: &str) -> Program {
        Program::new("backup-job")
            .arg("run")
            .env("DATABASE_URL", self.database_url("localhost", query))
            .env("BACKUP_DIR", self.folder.join("backups"))
            .env("BACKUP_CONNECT_TIMEOUT_SECONDS", "5")
            .env("BACKUP_VERIFY", "read")
            .env("LOG_LEVEL", "DEBUG")
    }
}

#[test]
fn a_backup_is_made_over_tls_alone_where_the_server_asks_for_that() {
    let world = World::new();
    world.postgres.show(&world.certificates, Shown::Good);
    world.postgres.let_in("hostssl");
    let authority = world.certificates.authority().display().to_string();
    let binding = "channel_binding=require";
    for (query, ca_file) in [
        ("sslmode=require".to_owned(), ""),
        (format!("sslmode=verify-full&{binding}"), authority.as_str()),
        ("sslmode=verify-ca&hostaddr=127.0.0.1".to_owned(), &authority),
        (format!("sslmode=verify-full&sslrootcert={authority}&hostaddr=::1"), ""),
        ("sslmode=allow".to_owned(), ""),
    ] {
        let finished = world.backup(&query).env("CA_FILE", ca_file).run(SOON);
        assert_eq!(finished.code, 0, "{query}: {}", finished.stderr);
    }
}

/// With each mode the two connections of a backup say the same, whoever of them is asked.
#[test]
fn a_server_that_we_do_not_trust_is_not_dumped() {
    let world = World::new();
    let authority = world.certificates.authority().display().to_string();
    for (shown, query, code) in [
        (None, "sslmode=require", "postgres_tls_refused"),
        (Some(Shown::Stranger), "sslmode=verify-ca", "postgres_tls_untrusted"),
        (Some(Shown::Expired), "sslmode=verify-full", "postgres_tls_untrusted"),
        (Some(Shown::Elsewhere), "sslmode=verify-full", "postgres_tls_untrusted"),
    ] {
        if let Some(shown) = shown {
            world.postgres.show(&world.certificates, shown);
        }
        let finished = world.backup(query).env("CA_FILE", &authority).run(SOON);
        assert_eq!(finished.code, 1, "{query}: {}", finished.stderr);
        assert!(finished.stderr.contains(code), "{query}: {}", finished.stderr);
        world.assert_nothing_private(&serde_json::Value::Null, &finished.stderr);
    }
}

/// A table of an extension whose condition takes minutes, and a `pg_dump` that doesn't read it.
#[test]
fn what_a_backup_has_begun_is_cancelled_over_tls() {
    let world = World::new();
    world.postgres.show(&world.certificates, Shown::Good);
    world.postgres.let_in("hostssl");
    let sql = |statement: &str| world.postgres.sql(&world.database, statement);
    let _ = sql("create table small as select generate_series(1, 100) as n; \
         alter extension plpgsql add table small; \
         update pg_extension set extconfig = array['small'::regclass::oid], \
         extcondition = array['where pg_sleep(5) is not null'] where extname = 'plpgsql'");
    let counts = || {
        sql("select count(*) from pg_stat_activity \
             where application_name = 'ballast-backup' and state = 'active'")
    };
    let path = world.folder.join("pg_dump");
    let real = Postgres::bin().join("pg_dump").display().to_string();
    let script =
        format!("#!/bin/sh\n[ \"$1\" = --version ] && exec {real} --version\nexec sleep 300\n");
    fs::write(&path, script).expect("the folder is writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the mode can be set");
    let search = std::env::var("PATH").expect("there is a PATH");
    let search = format!("{}:{search}", world.folder.path().display());
    let mut running = world.backup("sslmode=require").env("PATH", search).spawn();
    running.wait_until("the rows are being counted", SOON, |_| counts() == "1");
    assert!(world.is_encrypted("backup"));
    running.terminate();
    assert_eq!(running.wait(SOON).code, 1);
    // Without a word from us the server would go on for seconds.
    wait_until("nothing is counted any more", Duration::from_secs(1), || counts() == "0");
}
