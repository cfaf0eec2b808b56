//! How the sidecar ends while it is being asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::sidecar::{SOON, World};

/// The end, from the signal on (issue: with a hung PostgreSQL too).
const END: Duration = Duration::from_secs(2);
const CLIENTS: usize = 16;

/// What clients have seen.
#[derive(Default)]
struct Seen {
    answers: AtomicU64,
    lost: AtomicU64,
    leaving: AtomicBool,
}

/// Asks on one connection as long as it is kept, and then on the next, until the sidecar has said
/// for a while that it leaves: who balances load goes elsewhere then.
fn keep_asking(address: SocketAddr, path: &str, seen: &Seen) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    while !seen.leaving.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect(address) else { return };
        stream.set_read_timeout(Some(SOON)).expect("a time-out can be set");
        loop {
            let answer = stream.write_all(request.as_bytes()).and_then(|()| read_one(&mut stream));
            let Ok(head) = answer else {
                seen.lost.fetch_add(1, Ordering::Relaxed);
                break;
            };
            seen.answers.fetch_add(1, Ordering::Relaxed);
            if head.contains("connection: close") || seen.leaving.load(Ordering::Relaxed) {
                break;
            }
        }
    }
}

/// Reads one answer, whole, and gives its head in lower case.
fn read_one(stream: &mut TcpStream) -> std::io::Result<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..count]);
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.and_then(|text| text.parse().ok()).expect("a length");
        if bytes.len() >= end + 4 + length {
            return Ok(head);
        }
    }
}

#[test]
fn under_load_readiness_ends_at_once_and_no_request_is_lost() {
    let world = World::new();
    let sidecar = world.healthy_sidecar();
    world.postgres.sigstop();
    let seen = Seen::default();
    let (unready_after, ended_after, finished) = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let path = ["/health", "/", "/openapi.json", "/history"][client % 4];
            let (address, seen) = (world.address, &seen);
            scope.spawn(move || keep_asking(address, path, seen));
        }
        tests::wait_until("it is busy", SOON, || seen.answers.load(Ordering::Relaxed) > 500);
        let begun = Instant::now();
        sidecar.terminate();
        tests::wait_until("it is unready", SOON, || {
            world.get("/readyz").is_some_and(|answer| answer.status == 503)
        });
        let unready_after = begun.elapsed();
        let still = seen.answers.load(Ordering::Relaxed);
        tests::wait_until("it serves on", SOON, || {
            seen.answers.load(Ordering::Relaxed) > still + 50
        });
        seen.leaving.store(true, Ordering::Relaxed);
        let finished = sidecar.wait(SOON);
        (unready_after, begun.elapsed(), finished)
    });
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(seen.lost.load(Ordering::Relaxed), 0);
    assert!(unready_after < Duration::from_millis(500), "unready after {unready_after:?}");
    assert!(ended_after < END, "ended after {ended_after:?}");
}

#[test]
fn an_answer_in_flight_at_the_end_is_finished_and_a_slow_client_is_not_waited_for() {
    let world = World::new();
    let sidecar = world.healthy_sidecar();
    let mut begun = TcpStream::connect(world.address).expect("a connection");
    begun.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n").expect("a request begun");
    let mut dawdler = TcpStream::connect(world.address).expect("a connection");
    dawdler.write_all(b"GET /livez HTTP/1.1\r\n").expect("a request begun");
    assert!(world.get("/livez").is_some(), "both have been taken");
    let start = Instant::now();
    sidecar.terminate();
    tests::wait_until("the door is closed", SOON, || TcpStream::connect(world.address).is_err());
    begun.write_all(b"\r\n").expect("the rest of it");
    let head = read_one(&mut begun).expect("its answer");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let finished = sidecar.wait(SOON);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(start.elapsed() < END, "ended after {:?}", start.elapsed());
}
