//! How the sidecar serves, and how it ends.

mod document;
mod ending;
mod hostile;
mod schemathesis;
mod slow;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tests::{Program, http};

use super::{SOON, World};

#[test]
fn get_and_head_are_answered_and_nothing_else() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let ask = |method, path, body: &[u8]| {
        http::request(world.address, method, path, &[], body, SOON).expect("an answer")
    };
    for path in ["/health", "/livez", "/readyz", "/health?verbose=1"] {
        let (get, head) = (ask("GET", path, b""), ask("HEAD", path, b""));
        assert_eq!((get.status, head.status), (200, 200), "{path}");
        assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
        for answer in [&get, &head] {
            assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
        let length = get.body.len().to_string();
        assert_eq!(get.header("content-length"), Some(length.as_str()), "{path}");
        assert!(head.header("content-length").is_some(), "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
        let answer = ask(method, "/health", b"{}");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    for path in ["/health/", "/Health", "//health", "/metrics/x", "/favicon.ico"] {
        assert_eq!(ask("GET", path, b"").status, 404, "{path}");
    }
}

#[test]
fn a_body_and_a_long_head_are_refused() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let answer = http::request(world.address, "GET", "/health", &[], b"{}", SOON);
    let answer = answer.expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));

    let long = "x".repeat(64 * 1024);
    let answer = http::request(world.address, "GET", "/health", &[("x", &long)], b"", SOON);
    assert_eq!(answer.expect("an answer").status, 431);
    let answer = http::raw(world.address, b"hello\r\n\r\n", SOON).expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_connection_is_kept_and_requests_may_follow_each_other_closely() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let request = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
    let last = "GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let all = request.repeat(2) + last;
    let answer = http::raw(world.address, all.as_bytes(), SOON).expect("answers");
    let answer = String::from_utf8_lossy(&answer);
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
}

#[test]
fn a_slow_client_is_cut_off_and_delays_nobody() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(world.address).expect("a connection");
        stream.write_all(b"GET /health HTTP/1.1\r\nhost:").expect("a request begun");
        slow.push(stream);
    }
    assert_eq!(world.get("/health").map(|answer| answer.status), Some(200));
    for mut stream in slow {
        stream.set_read_timeout(Some(SOON)).expect("a time-out can be set");
        let mut said = Vec::new();
        match stream.read_to_end(&mut said) {
            Ok(_) => assert!(!said.starts_with(b"HTTP/1.1 200"), "it was answered"),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
}

#[test]
fn on_sigterm_readiness_ends_first_and_health_is_served_to_the_end() {
    let world = World::new();
    let mut sidecar = world.healthy_sidecar();
    sidecar.terminate();
    sidecar.wait_until("it is leaving", SOON, |_| {
        world.get("/readyz").is_some_and(|answer| answer.status == 503)
    });
    let answer = world.get("/health").expect("health is served while it leaves");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    let finished = sidecar.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stdout.is_empty(), "{}", finished.stdout);
}

#[test]
fn a_frozen_server_does_not_hold_the_end_up() {
    let world = World::new();
    let sidecar = world.healthy_sidecar();
    world.postgres.sigstop();
    world.redis.sigstop();
    sidecar.terminate();
    let finished = sidecar.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}

#[test]
fn a_second_signal_stops_at_once() {
    let world = World::new();
    let mut sidecar = world.program().env("SHUTDOWN_GRACE_SECONDS", "300").spawn();
    world.wait_for(&mut sidecar, 200, "healthy");
    let mut stream = TcpStream::connect(world.address).expect("a connection");
    stream.write_all(b"GET /health HTTP/1.1\r\n").expect("a request begun");
    sidecar.terminate();
    sidecar.wait_until("it is stopping", SOON, |it| it.stderr().contains("stopping"));
    sidecar.terminate();
    assert_eq!(sidecar.wait(SOON).code, 128 + 15);
}

#[test]
fn a_grace_that_passes_is_told() {
    let world = World::new();
    let sidecar = world.program().env("SHUTDOWN_GRACE_SECONDS", "0").spawn();
    let mut sidecar = sidecar;
    world.wait_for(&mut sidecar, 200, "healthy");
    let mut stream = TcpStream::connect(world.address).expect("a connection");
    stream.write_all(b"GET /health HTTP/1.1\r\n").expect("a request begun");
    // It has been taken once a later one was answered.
    assert!(world.get("/livez").is_some());
    sidecar.terminate();
    assert_eq!(sidecar.wait(SOON).code, 4);
}

#[test]
fn before_anything_is_known_it_lives_and_is_ready_but_not_healthy() {
    let world = World::new();
    world.postgres.sigstop();
    let mut sidecar = world.program().env("CHECK_TIMEOUT_SECONDS", "60").spawn();
    sidecar.wait_until("it serves", SOON, |_| world.get("/livez").is_some());
    let statuses = ["/livez", "/readyz", "/health"].map(|path| world.get(path).map(|a| a.status));
    assert_eq!(statuses, [Some(200), Some(200), Some(503)]);
    let health = world.get("/health").expect("an answer").json();
    assert_eq!(health["overall_status"], "unhealthy");
    assert!(health["checked_at"].is_null(), "{health}");
}

#[test]
fn every_mistake_of_the_configuration_is_named_at_once_and_never_shown() {
    let finished = Program::new("sidecar")
        .env("DATABASE_URL", "mysql://hunter22")
        .env("REDIS_URL_FILE", "/hunter22")
        .env("ENGINE_URL", "hunter22")
        .env("FALL", "0")
        .env("LOG_LEVEL", "hunter22")
        .run(SOON);
    assert_eq!(finished.code, 2, "{}", finished.stderr);
    for name in ["DATABASE_URL", "REDIS_URL_FILE", "ENGINE_URL", "FALL", "LOG_LEVEL"] {
        assert!(finished.stderr.contains(name), "{name}: {}", finished.stderr);
    }
    assert!(!finished.stderr.contains("hunter22"), "{}", finished.stderr);
    assert!(finished.stdout.is_empty(), "{}", finished.stdout);
}

#[test]
fn a_taken_address_is_not_a_fault_of_the_program() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let second = world.program().run(SOON);
    assert_eq!(second.code, 2, "{}", second.stderr);
    assert!(second.stderr.contains("LISTEN_ADDR"), "{}", second.stderr);
}

#[test]
fn probe_tells_what_docker_needs() {
    let world = World::new();
    let probe = |url: &str| Program::new("sidecar").args(["probe", url]).run(SOON);
    let url = format!("http://{}/health", world.address);
    let silent = probe(&url);
    assert_eq!((silent.code, silent.stdout.trim()), (1, "http_refused"));
    let mut sidecar = world.healthy_sidecar();
    let good = probe(&url);
    assert_eq!(good.code, 0, "{}", good.stdout);
    assert!(good.stdout.contains(r#""overall_status":"healthy""#), "{}", good.stdout);
    world.bot.now(|_| (500, String::new()));
    world.wait_for(&mut sidecar, 503, "unhealthy");
    let bad = probe(&url);
    assert_eq!(bad.code, 1);
    assert!(bad.stdout.contains("bot_unhealthy"), "{}", bad.stdout);
    assert_eq!(probe("hunter22").code, 2);
    assert!(!probe("hunter22").stderr.contains("hunter22"));
    let hanging = world.bot.url("/");
    world.bot.now(|_| {
        std::thread::sleep(Duration::from_secs(30));
        (200, String::new())
    });
    assert_eq!(probe(&hanging).stdout.trim(), "http_timeout");
}
