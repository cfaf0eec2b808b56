//! `probe`: a health check that gives an answer in time, whatever it meets.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use tests::{Finished, Program, Scratch, free_port};

use super::SOON;

/// A server that gives every connection to `answer`, each on a thread of its own.
fn serve(address: &str, answer: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind(address).expect("the address is free");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || answer(stream));
        }
    });
    address
}

fn status(line: &'static str) -> SocketAddr {
    serve("127.0.0.1:0", move |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = write!(stream, "HTTP/1.1 {line}\r\ncontent-length: 2\r\n\r\nok");
    })
}

fn probe(arguments: &[&str]) -> Finished {
    Program::new("preflight").arg("probe").args(arguments).run(SOON)
}

#[test]
fn only_2xx_is_good() {
    for (line, code, shown) in [
        ("200 OK", 0, "200\n"),
        ("204 No Content", 0, "204\n"),
        ("302 Found", 1, "302\n"),
        ("404 Not Found", 1, "404\n"),
        ("503 Service Unavailable", 1, "503\n"),
    ] {
        let finished = probe(&[&format!("http://{}/health", status(line))]);
        assert_eq!((finished.code, finished.stdout.as_str()), (code, shown));
        assert_eq!(finished.stderr, "");
    }
    let endless = serve("127.0.0.1:0", |mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n");
        thread::sleep(Duration::from_mins(1));
    });
    assert_eq!(probe(&[&format!("http://{endless}/")]).code, 0, "a stream is an answer");
    let closed = probe(&[&format!("http://127.0.0.1:{}/health", free_port())]);
    assert_eq!((closed.code, closed.stdout.as_str()), (1, "http_refused\n"));
}

#[test]
fn a_url_that_can_not_be_asked_is_wrong_usage() {
    for url in ["", "bot", "https://bot/", "http://user:canary-7Qx@bot/", "http://bot:99999/"] {
        let finished = probe(&[url]);
        assert_eq!(finished.code, 2, "{url}");
        assert!(!finished.stderr.contains("canary") && finished.stdout.is_empty());
    }
}

#[test]
fn a_server_that_hangs_anywhere_is_given_up_in_time() {
    let silent = serve("127.0.0.1:0", |stream| {
        thread::sleep(Duration::from_mins(1));
        drop(stream);
    });
    let head = serve("127.0.0.1:0", |mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-a: ");
        thread::sleep(Duration::from_mins(1));
    });
    let drip = serve("127.0.0.1:0", |mut stream| {
        while stream.write_all(b"H").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    for address in [silent, head, drip] {
        let begun = Instant::now();
        let finished = probe(&[&format!("http://{address}/"), "--timeout", "300ms"]);
        assert_eq!(finished.code, 1, "{}", finished.stdout);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
}

#[test]
fn what_does_not_speak_http_is_bad() {
    for text in
        ["", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n"]
    {
        let address = serve("127.0.0.1:0", move |mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(text.as_bytes());
        });
        assert_eq!(probe(&[&format!("http://{address}/")]).code, 1, "{text}");
    }
}

#[test]
fn localhost_is_asked_over_ipv4_and_ipv6() {
    let ok = |mut stream: TcpStream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    };
    let four = serve("127.0.0.1:0", ok);
    assert_eq!(probe(&[&format!("http://localhost:{}/", four.port())]).code, 0);
    if TcpListener::bind("[::1]:0").is_err() {
        println!("this machine has no IPv6: only half of this test can be run");
        return;
    }
    let six = serve("[::1]:0", ok);
    assert_eq!(probe(&[&format!("http://localhost:{}/", six.port())]).code, 0);
}

/// The counting. That processes are ended is for a real container: the stack tests show it.
#[test]
fn a_count_that_can_not_be_kept_never_changes_the_verdict() {
    let (good, bad) = (status("200 OK"), status("503 No"));
    let scratch = Scratch::new();
    let file = scratch.join("ballast-probe");
    let count = |address: SocketAddr, folder: &std::path::Path| {
        Program::new("preflight")
            .args(["probe", &format!("http://{address}/"), "--restart-after", "4000000000"])
            .env("PROBE_STATE_DIR", folder)
            .run(SOON)
    };
    let kept = || fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(count(bad, scratch.path()).code, 1);
    assert!(kept().contains(r#""passed":false,"failures":0"#), "{}", kept());
    assert_eq!(count(good, scratch.path()).code, 0);
    assert_eq!(count(bad, scratch.path()).code, 1);
    assert_eq!(count(bad, scratch.path()).code, 1);
    assert!(kept().contains(r#""passed":true,"failures":2"#), "{}", kept());
    assert_eq!(count(good, scratch.path()).code, 0);
    assert!(kept().contains(r#""passed":true,"failures":0"#), "{}", kept());

    fs::write(&file, vec![0xff; 100_000]).expect("the file is writable");
    assert_eq!(count(good, scratch.path()).code, 0);
    let victim = scratch.join("victim");
    fs::write(&victim, "precious").expect("the file is writable");
    fs::remove_file(&file).expect("the file can be removed");
    std::os::unix::fs::symlink(&victim, &file).expect("a link can be made");
    let linked = count(good, scratch.path());
    assert_eq!(linked.code, 0);
    assert!(linked.stderr.contains("is not a file of this user's own"), "{}", linked.stderr);
    assert_eq!(fs::read_to_string(&victim).ok().as_deref(), Some("precious"));

    let missing = count(bad, "/nowhere".as_ref());
    assert!(missing.code == 1 && missing.stderr.contains("can't be kept"), "{}", missing.stderr);
}
