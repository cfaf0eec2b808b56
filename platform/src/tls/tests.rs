//! Handshakes with real servers of rustls and with servers that are none.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::made::Made;
use super::*;
use crate::net;

async fn ask(trust: &Trust, server: SocketAddr, host: &str, check: Check) -> Result<(), TlsFault> {
    let stream = net::connect_tcp("127.0.0.1", server.port()).await.unwrap();
    let mut stream = trust.encrypt(stream, host, check).await?;
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "hello");
    assert!(stream.certificate().is_some());
    Ok(())
}

#[tokio::test]
async fn each_check_looks_at_what_it_says_and_at_nothing_else() {
    let made = Made::new();
    let names = "DNS:db.example,DNS:*.wild.example,IP:127.0.0.1,IP:::1";
    made.server("good", "ca", names, &["-days", "2"]);
    made.server("expired", "ca", names, &["-days", "-1"]);
    made.server("stranger", "other", names, &["-days", "2"]);
    let trust = Trust::new(Some(&made.path("ca.pem"))).unwrap();
    let public = Trust::new(None).unwrap();
    let (good, untrusted) = (Ok(()), Err(TlsFault::Untrusted));
    for (server, host, expected) in [
        ("good", "db.example", [good, good, good]),
        ("good", "DB.Example", [good, good, good]),
        ("good", "a.wild.example", [good, good, good]),
        ("good", "127.0.0.1", [good, good, good]),
        ("good", "::1", [good, good, good]),
        ("good", "another.example", [good, good, untrusted]),
        ("good", "a.b.wild.example", [good, good, untrusted]),
        ("good", "127.0.0.2", [good, good, untrusted]),
        ("good", "späte.example", [good, good, untrusted]),
        ("expired", "db.example", [good, untrusted, untrusted]),
        ("stranger", "db.example", [good, untrusted, untrusted]),
    ] {
        let address = made.serve(server).await;
        for (check, expected) in [Check::Nothing, Check::Chain, Check::Full].iter().zip(expected) {
            let found = ask(&trust, address, host, *check).await;
            assert_eq!(found, expected, "{server} {host} {check:?}");
            if *check != Check::Nothing {
                assert_eq!(ask(&public, address, host, *check).await, untrusted, "{server}");
            }
        }
    }
}

/// What `openssl req -x509` makes, and many servers show: the certificate of an authority.
#[tokio::test]
async fn a_server_is_trusted_by_its_very_own_certificate() {
    let made = Made::new();
    for (name, days) in [("self", "2"), ("old", "-1")] {
        made.request(name);
        let extensions = "basicConstraints=critical,CA:TRUE\nsubjectAltName=DNS:db.example";
        made.sign(name, None, extensions, "sha256", &["-days", days]);
    }
    let (own, old) = (made.serve("self").await, made.serve("old").await);
    let trust = Trust::only(&made.path("self.pem")).unwrap();
    assert_eq!(ask(&trust, own, "db.example", Check::Full).await, Ok(()));
    assert_eq!(ask(&trust, own, "other.example", Check::Chain).await, Ok(()));
    assert_eq!(ask(&trust, own, "other.example", Check::Full).await, Err(TlsFault::Untrusted));
    let of_old = Trust::only(&made.path("old.pem")).unwrap();
    assert_eq!(ask(&of_old, old, "db.example", Check::Chain).await, Err(TlsFault::Untrusted));
    assert_eq!(ask(&trust, old, "db.example", Check::Chain).await, Err(TlsFault::Untrusted));
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_from_what_hangs_up() {
    for (answer, expected) in [
        (&b"-ERR unknown command\r\n"[..], TlsFault::Refused),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", TlsFault::Refused),
        (b"\x15\x03\x03\x00\x02\x02\x28", TlsFault::Failed),
        (b"", TlsFault::Closed),
    ] {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer).await;
        });
        let trust = Trust::new(None).unwrap();
        let found = ask(&trust, address, "db.example", Check::Nothing).await;
        assert_eq!(found, Err(expected), "{answer:?}");
    }
}

#[test]
fn a_file_of_authorities_holds_certificates_and_only_sound_ones() {
    let made = Made::new();
    let [good, two, key, empty, broken] =
        ["ca.pem", "two.pem", "ca.key", "empty.pem", "broken.pem"].map(|name| made.path(name));
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    std::fs::write(&two, format!("An authority:\n{}{}", read(&good), read(&key))).unwrap();
    std::fs::write(&empty, "").unwrap();
    let text = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";
    std::fs::write(&broken, read(&good) + text).unwrap();
    assert!(Trust::new(Some(&good)).is_ok() && Trust::new(Some(&two)).is_ok());
    for path in [key, empty, broken, made.path("none.pem"), made.path("")] {
        assert_eq!(Trust::new(Some(&path)).err(), Some(TrustError), "{}", path.display());
        assert!(Trust::only(&path).is_err(), "{}", path.display());
    }
}

/// RFC 5929, section 4.1, beside what openssl says.
#[test]
fn an_end_point_is_named_by_the_hash_of_its_signature() {
    let made = Made::new();
    made.request("server");
    for (hash, tool) in
        [("sha256", "sha256"), ("sha384", "sha384"), ("sha512", "sha512"), ("sha1", "sha256")]
    {
        made.sign("server", Some("ca"), "subjectAltName=DNS:x", hash, &["-days", "2"]);
        made.openssl(&["x509", "-in", "server.pem", "-outform", "DER", "-out", "server.der"], "");
        let tool = format!("-{tool}");
        made.openssl(&["dgst", &tool, "-binary", "-out", "server.sum", "server.der"], "");
        let der = std::fs::read(made.path("server.der")).unwrap();
        let expected = std::fs::read(made.path("server.sum")).unwrap();
        assert_eq!(end_point(&der), Some(expected), "{hash}");
    }
    made.openssl(&["genpkey", "-algorithm", "ed25519", "-out", "ed.key"], "");
    let subject = ["-subj", "/CN=ed", "-days", "2", "-outform", "DER", "-out", "ed.der"];
    made.openssl(&[&["req", "-new", "-x509", "-key", "ed.key"], &subject[..]].concat(), "");
    assert_eq!(end_point(&std::fs::read(made.path("ed.der")).unwrap()), None);
    assert_eq!(end_point(b"nothing"), None);
}
