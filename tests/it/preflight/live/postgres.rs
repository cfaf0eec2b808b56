//! What PostgreSQL answers, and what a server that answers otherwise is called.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use tests::{Postgres, free_port, unique};

use super::Scene;

/// The length of a startup message, its version and what follows.
fn startup(user: &str, database: &str) -> Vec<u8> {
    let words = format!("user\0{user}\0database\0{database}\0\0");
    let length = u32::try_from(8 + words.len()).expect("it is short");
    [&length.to_be_bytes()[..], &196_608_u32.to_be_bytes(), words.as_bytes()].concat()
}

/// Takes every connection that the server has, without logging in.
fn take_all(port: u16) -> Vec<TcpStream> {
    let mut taken = Vec::new();
    loop {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
        stream.write_all(&startup("ballast", "postgres")).expect("the server reads");
        let mut kind = [0];
        stream.read_exact(&mut kind).expect("the server answers");
        if kind == *b"E" {
            return taken;
        }
        taken.push(stream);
    }
}

#[test]
fn each_refusal_of_postgresql_has_its_own_code() {
    let mut postgres = Postgres::start();
    let mut scene = Scene::new();
    let (good, port) = (postgres.password().to_owned(), postgres.port());
    let (database, stranger) = (postgres.database(), format!("user_{}", unique()));
    let place = |database: &str| format!("127.0.0.1:{port}/{database}");
    for name in [&database, &stranger] {
        scene.private.push(tests::Canary::of("a name of PostgreSQL's", name));
    }

    scene.postgres("ballast", &good, &place(&database));
    assert!(scene.codes("DATABASE_URL").is_empty());
    scene.postgres("ballast", &unique(), &place(&database));
    assert_eq!(scene.codes("DATABASE_URL"), ["PF211"], "another password");
    scene.postgres(&stranger, &good, &place(&database));
    assert_eq!(scene.codes("DATABASE_URL"), ["PF211"], "another user");
    let missing = format!("db_{}", unique());
    scene.postgres("ballast", &good, &place(&missing));
    assert_eq!(scene.codes("DATABASE_URL"), ["PF212"]);
    scene.postgres("ballast", &good, &format!("{}?sslmode=require", place(&database)));
    assert_eq!(scene.codes("DATABASE_URL"), ["PF215"]);

    scene.postgres("ballast", &good, &place(&database));
    let taken = take_all(port);
    assert!(taken.len() > 3);
    assert_eq!(scene.codes("DATABASE_URL"), ["PF214"]);
    drop(taken);

    scene.set("LIVE_TIMEOUT_SECONDS", "1");
    postgres.sigstop();
    assert_eq!(scene.codes("DATABASE_URL"), ["PF200"]);
    postgres.stop();
    assert_eq!(scene.codes("DATABASE_URL"), ["PF210"]);
    scene.set("LIVE_TIMEOUT_SECONDS", "5");
    postgres.restart_recovering();
    assert_eq!(scene.codes("DATABASE_URL"), ["PF213"]);
}

#[test]
fn a_host_without_an_address_is_not_reached() {
    let mut scene = Scene::new();
    let host = format!("db-{}.invalid", unique());
    scene.private.push(tests::Canary::of("the host of PostgreSQL", &host));
    scene.postgres("app", &unique(), &format!("{host}/app"));
    assert_eq!(scene.codes("DATABASE_URL"), ["PF210"]);
    // The second of two hosts is the one that runs.
    let postgres = Postgres::start();
    let port = postgres.port();
    let hosts = format!("{host}:{},127.0.0.1:{port}/postgres", free_port());
    scene.postgres("ballast", postgres.password(), &hosts);
    assert!(scene.codes("DATABASE_URL").is_empty());
}

/// A server that lets everybody in and says that it has this version.
fn server_of_version(version: &str) -> u16 {
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(4 + body.len()).expect("it is short");
        [&[kind][..], &length.to_be_bytes(), body].concat()
    };
    let parameter = format!("server_version\0{version}\0");
    let answer = [
        message(b'R', &0_u32.to_be_bytes()),
        message(b'S', parameter.as_bytes()),
        message(b'Z', b"I"),
    ]
    .concat();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut startup = [0; 1024];
            let _ = stream.read(&mut startup);
            let _ = stream.write_all(&answer);
            let _ = stream.read(&mut startup);
        }
    });
    port
}

#[test]
fn a_server_that_nobody_mends_any_more_is_told() {
    let mut scene = Scene::new();
    for (version, expected) in [
        ("14.20", &["PF216"][..]),
        ("9.6.24", &["PF216"]),
        ("15.0", &[]),
        ("17.5 (Debian 17.5-1)", &[]),
        ("s3cret-nonsense", &["PF217"]),
    ] {
        let port = server_of_version(version);
        scene.postgres("app", &unique(), &format!("127.0.0.1:{port}/app?sslmode=disable"));
        assert_eq!(scene.codes("DATABASE_URL"), expected, "{version}");
    }
}
