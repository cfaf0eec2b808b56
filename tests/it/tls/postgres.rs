//! PostgreSQL: every mode of libpq's.

use std::fs;

use tests::{Shown, free_port};

use super::World;

const REFUSED: &str = "postgres_tls_refused";
const UNTRUSTED: &str = "postgres_tls_untrusted";
const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

impl World {
    /// What `/health` says of PostgreSQL, and whether the connection is encrypted.
    fn postgres_at(&self, host: &str, query: &str) -> (String, Option<bool>) {
        let program = self.sidecar().env("DATABASE_URL", self.database_url(host, query));
        let (code, is_encrypted) = self.asked(program, "postgres", || {
            // Asked only where it is connected, which the code tells when it is known.
            let logins = "select count(*) from pg_stat_activity
                where application_name = 'ballast-sidecar'";
            (self.postgres.sql(&self.database, logins) != "0").then(|| self.is_encrypted("sidecar"))
        });
        (code, is_encrypted)
    }

    fn expect(&self, host: &str, query: &str, expected: &str) {
        let (code, is_encrypted) = self.postgres_at(host, query);
        let found = match is_encrypted {
            Some(true) => "encrypted",
            Some(false) => "plain",
            None => code.as_str(),
        };
        assert_eq!(found, expected, "{host} {query}: {code}");
    }
}

#[test]
fn each_mode_makes_of_each_certificate_what_libpq_makes_of_it() {
    let world = World::new();
    let (plain, good, no) = ("plain", "encrypted", UNTRUSTED);
    for (shown, expected) in [
        (None, [plain, plain, plain, REFUSED, REFUSED, REFUSED]),
        (Some(Shown::Good), [plain, plain, good, good, good, good]),
        (Some(Shown::Elsewhere), [plain, plain, good, good, good, no]),
        (Some(Shown::Stranger), [plain, plain, good, good, no, no]),
        (Some(Shown::Expired), [plain, plain, good, good, no, no]),
    ] {
        match shown {
            Some(shown) => world.postgres.show(&world.certificates, shown),
            None => world.postgres.show_none(),
        }
        for (mode, expected) in MODES.iter().zip(expected) {
            world.expect("127.0.0.1", &format!("sslmode={mode}"), expected);
        }
    }
}

#[test]
fn the_host_is_held_to_its_certificate_by_name_and_by_either_kind_of_address() {
    let world = World::new();
    world.postgres.show(&world.certificates, Shown::Good);
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        world.expect(host, "sslmode=verify-full", "encrypted");
    }
    // The name is what counts, wherever `hostaddr` says that it is.
    world.expect("localhost", "sslmode=verify-full&hostaddr=::1", "encrypted");
    world.expect("db.example.org", "sslmode=verify-full&hostaddr=127.0.0.1", UNTRUSTED);
    world.expect("db.example.org", "sslmode=verify-ca&hostaddr=127.0.0.1", "encrypted");
}

#[test]
fn a_file_of_authorities_is_used_alone_and_in_every_mode_that_encrypts() {
    let world = World::new();
    let own = world.certificates.authority().display().to_string();
    let another = world.certificates.beside("another.pem").display().to_string();
    let missing = world.certificates.beside("none.pem").display().to_string();
    let empty = world.certificates.beside("empty.pem");
    fs::write(&empty, "").expect("a file can be written");
    let empty = empty.display();
    world.postgres.show(&world.certificates, Shown::Elsewhere);
    for (query, expected) in [
        (format!("sslmode=require&sslrootcert={own}"), "encrypted"),
        (format!("sslmode=verify-ca&sslrootcert={own}"), "encrypted"),
        (format!("sslmode=verify-full&sslrootcert={own}"), UNTRUSTED),
        (format!("sslmode=require&sslrootcert={another}"), UNTRUSTED),
        (format!("sslmode=verify-ca&sslrootcert={another}"), UNTRUSTED),
        // libpq gives way here, as `prefer` always does.
        (format!("sslmode=prefer&sslrootcert={another}"), "plain"),
        (format!("sslmode=disable&sslrootcert={missing}"), "plain"),
        (format!("sslmode=require&sslrootcert={missing}"), "postgres_tls_authorities"),
        (format!("sslmode=verify-full&sslrootcert={empty}"), "postgres_tls_authorities"),
        ("sslrootcert=system".to_owned(), UNTRUSTED),
    ] {
        world.expect("127.0.0.1", &query, expected);
    }
    world.postgres.show(&world.certificates, Shown::Good);
    world.expect("127.0.0.1", "sslrootcert=system", "encrypted");
}

#[test]
fn the_public_authorities_do_not_know_a_private_one() {
    let world = World::new();
    world.postgres.show(&world.certificates, Shown::Good);
    let url = world.database_url("127.0.0.1", "sslmode=verify-full");
    for authorities in
        [String::new(), world.certificates.beside("another.pem").display().to_string()]
    {
        let program = world.sidecar().env("DATABASE_URL", &url).env("CA_FILE", authorities);
        assert_eq!(world.asked(program, "postgres", || ()).0, UNTRUSTED);
    }
}

#[test]
fn where_the_servers_rules_ask_for_the_other_way_it_is_gone() {
    let world = World::new();
    world.postgres.show(&world.certificates, Shown::Good);
    let denied = "postgres_auth_failed";
    for (rule, expected) in [
        ("hostssl", [denied, "encrypted", "encrypted", "encrypted"]),
        ("hostnossl", ["plain", "plain", "plain", denied]),
    ] {
        world.postgres.let_in(rule);
        for (mode, expected) in MODES.iter().zip(expected) {
            world.expect("127.0.0.1", &format!("sslmode={mode}"), expected);
        }
    }
}

/// The server compares the hash of its own certificate with the one that the client has signed.
#[test]
fn a_login_is_bound_to_the_encryption_where_that_is_demanded() {
    let world = World::new();
    world.postgres.let_in("host");
    for shown in [Shown::Good, Shown::Stranger] {
        world.postgres.show(&world.certificates, shown);
        for binding in ["require", "prefer", "disable"] {
            let query = format!("sslmode=require&channel_binding={binding}");
            world.expect("127.0.0.1", &query, "encrypted");
        }
    }
    let query = "sslmode=disable&channel_binding=require";
    world.expect("127.0.0.1", query, "postgres_auth_failed");
    world.postgres.show_none();
    world.expect("127.0.0.1", "channel_binding=require", "postgres_auth_failed");
}

#[test]
fn a_host_that_is_not_there_leaves_its_turn_to_the_next() {
    let world = World::new();
    world.postgres.show(&world.certificates, Shown::Good);
    let hosts = format!("127.0.0.1:{},localhost", free_port());
    world.expect(&hosts, "sslmode=verify-full", "encrypted");
}

#[test]
fn authorities_that_can_not_be_read_are_wrong_usage() {
    let world = World::new();
    for name in ["none.pem", "good.key", ""] {
        let program = world.sidecar().env("CA_FILE", world.certificates.beside(name));
        let finished = program.run(super::SOON);
        assert_eq!((finished.code, finished.stderr.contains("CA_FILE")), (2, true), "{name}");
        assert!(!finished.stderr.contains("none.pem"), "{}", finished.stderr);
    }
}
