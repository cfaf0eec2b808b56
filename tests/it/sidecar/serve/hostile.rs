//! What odd, old and hostile clients get.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use tests::{http, wait_until};

use crate::sidecar::{SOON, World};

/// What the sidecar says to these bytes until it closes, as text.
fn said(world: &World, bytes: impl AsRef<[u8]>) -> String {
    let answer = http::raw(world.address, bytes.as_ref(), SOON).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

fn statuses(answers: &str) -> Vec<&str> {
    answers.match_indices("HTTP/1.").map(|(at, _)| &answers[at + 9..at + 12]).collect()
}

#[test]
fn head_has_the_headers_of_get() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let paths = ["/health", "/livez", "/services", "/history", "/metrics", "/openapi.json", "/"];
    for path in paths.into_iter().chain(["/nowhere", "/history?before=x"]) {
        let [get, head] = ["GET", "HEAD"].map(|method| {
            let answer = http::request(world.address, method, path, &[], b"", SOON);
            let answer = answer.expect("an answer");
            assert!(answer.header("content-length").is_some(), "{method} {path}");
            // What lives may have another length by now.
            let steady = |name: &str| {
                name != "date" && (path == "/openapi.json" || name != "content-length")
            };
            let headers: Vec<_> =
                answer.headers.into_iter().filter(|(name, _)| steady(name)).collect();
            (answer.status, headers)
        });
        assert_eq!(get, head, "{path}");
    }
}

#[test]
fn old_and_odd_forms_of_a_request_are_answered() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    for (request, answers) in [
        // HTTP/1.0 has no Host, and ends the connection unless told otherwise.
        ("GET /livez HTTP/1.0\r\n\r\n", vec!["200"]),
        (
            "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /livez HTTP/1.0\r\n\r\n",
            vec!["200", "200"],
        ),
        // The form for proxies, which every server must take (RFC 9112, 3.2.2).
        ("GET http://x/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["200"]),
        ("GET /livez?a=%00&b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["200"]),
        ("\r\nGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["200"]),
        ("GET /%6civez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["404"]),
        ("GET /../livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["404"]),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["404"]),
        ("CONNECT x:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["404"]),
        ("get /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", vec!["405"]),
        (
            "GET /livez HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: close, upgrade\r\n\r\n",
            vec!["200"],
        ),
        (
            "GET /livez HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            vec!["200"],
        ),
    ] {
        let answer = said(&world, request);
        assert_eq!(statuses(&answer), answers, "{request:?}\n{answer}");
    }
}

#[test]
fn what_is_not_http_is_refused() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    for request in [
        "GET /livez HTTP/1.1\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: user@a\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
        "GET /liv\0ez HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "GET /livez HTTP/3.0\r\nHost: a\r\n\r\n",
        "GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /livez\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03\r\n\r\n",
        "\r\n\r\n\r\n\r\nx\r\n\r\n",
    ] {
        let request = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let answer = said(&world, &request);
        assert_eq!(statuses(&answer), ["400"], "{request:?}\n{answer}");
    }
    let long = "x".repeat(100_000);
    for request in [
        format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "x: y\r\n".repeat(1000)),
        long,
    ] {
        let answer = said(&world, &request);
        let status = statuses(&answer);
        assert!(matches!(status[..], ["400" | "414" | "431"]), "{:?}\n{answer}", &request[..20]);
    }
}

/// Whatever a server in front of us makes of such a request, we never take a part of it for another.
#[test]
fn no_request_is_smuggled_behind_another() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let hidden = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    for headers in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 42\r\n",
    ] {
        let request = format!("GET /livez HTTP/1.1\r\nHost: x\r\n{headers}\r\n0\r\n\r\n{hidden}");
        let answer = said(&world, &request);
        let statuses = statuses(&answer);
        assert!(matches!(statuses[..], ["400" | "413"]), "{headers:?}\n{answer}");
        let closes = answer.to_ascii_lowercase().contains("connection: close");
        assert!(closes, "{headers:?}\n{answer}");
    }
}

#[test]
fn a_hundred_requests_at_once_are_answered_in_their_order() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let line = |number: usize| {
        let path = if number.is_multiple_of(3) { "/nowhere" } else { "/openapi.json" };
        let last = if number == 99 { "Connection: close\r\n" } else { "" };
        format!("GET {path} HTTP/1.1\r\nHost: x\r\n{last}\r\n")
    };
    let answer = said(&world, (0..100).map(line).collect::<String>());
    let expected: Vec<&str> = (0..100)
        .map(|number: usize| if number.is_multiple_of(3) { "404" } else { "200" })
        .collect();
    assert_eq!(statuses(&answer), expected);
}

#[test]
fn a_client_that_has_said_everything_still_hears_the_answer() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let mut stream = TcpStream::connect(world.address).expect("a connection");
    stream.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    stream.shutdown(Shutdown::Write).expect("the client's half can be closed");
    stream.set_read_timeout(Some(SOON)).expect("a time-out can be set");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("}\n"), "{answer}");
}

#[test]
fn whoever_sends_a_long_body_hears_that_it_is_not_wanted() {
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let head = "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n";
    let request = [head.as_bytes(), "x".repeat(200_000).as_bytes()].concat();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(world.address).expect("a connection");
        stream.set_read_timeout(Some(SOON)).expect("a time-out can be set");
        stream.write_all(&request).expect("all of it can be sent");
        let mut answer = String::new();
        // Not reset: a client that is would never see the answer.
        stream.read_to_string(&mut answer).expect("an answer, and its end");
        assert_eq!(statuses(&answer), ["405"]);
    }
}

#[test]
fn clients_that_do_not_read_their_answers_are_cut_off() {
    let world = World::new();
    let sidecar = world.healthy_sidecar();
    let open = || fs::read_dir(format!("/proc/{}/fd", sidecar.id())).expect("it runs").count();
    let before = open();
    let request = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(150);
    let readers: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(world.address).expect("a connection");
            stream.write_all(request.as_bytes()).expect("requests");
            stream
        })
        .collect();
    wait_until("all are connected", SOON, || open() >= before + 100);
    assert_eq!(world.get("/health").map(|answer| answer.status), Some(200));
    wait_until("none is any longer", Duration::from_secs(30), || open() < before + 10);
    drop(readers);
}
