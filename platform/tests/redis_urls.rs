//! `REDIS_URL` beside the driver's own reader: what we take, it takes and understands alike; where
//! we are stricter, there is a reason.

#[path = "../../domain/tests/vectors/redis.rs"]
mod vectors;

use std::collections::BTreeSet;

use domain::configuration::RedisUrl;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use secrecy::ExposeSecret;

/// What the driver takes and we refuse, by the vectors' names.
const STRICTER: &[(&str, &str)] = &[
    ("a control character", "white space is a slip, and so is this"),
    ("a space in the password", "white space is a slip"),
    ("a tab in the password", "white space is a slip"),
    ("a NUL", "no password holds one"),
    (
        "a broken escape of the host",
        "the driver takes a broken escape as it stands, so that the password is another one than was meant",
    ),
    ("a fragment", "it means nothing without TLS, which the driver here is built without"),
    ("a hyphen first", "no host is called that"),
    ("a hyphen last", "no host is called that"),
    ("a leading zero", "the scheme has a plain number, and other drivers refuse this"),
    (
        "a lone percent sign",
        "the driver takes a broken escape as it stands, so that the password is another one than was meant",
    ),
    ("a negative database", "the scheme has a plain number, and other drivers refuse this"),
    ("a newline at the end", "white space is a slip"),
    ("a parameter of another client", "one that the driver ignores in silence"),
    (
        "a placeholder, and wrong beside that",
        "the scheme has a plain number, and other drivers refuse this",
    ),
    ("a sign", "the scheme has a plain number, and other drivers refuse this"),
    ("a slash at the end", "the scheme has a plain number, and other drivers refuse this"),
    (
        "a socket",
        "the stack's Redis is reached over its network, and this scheme is not the URL's of IANA",
    ),
    (
        "a socket, Redis's way",
        "the stack's Redis is reached over its network, and this scheme is not the URL's of IANA",
    ),
    ("a space first", "white space is a slip"),
    ("a star", "no host is called that"),
    ("an at sign in a parameter", "one that the driver ignores in silence"),
    ("an at sign in the password", "drivers don't agree on which of two ends the password"),
    ("an empty label", "no host is called that"),
    ("brackets", "white space is a slip; the value is a placeholder"),
    ("far away, and wrong beside that", "port 0: nothing listens there"),
    (
        "no hex digits",
        "the driver takes a broken escape as it stands, so that the password is another one than was meant",
    ),
    (
        "one hex digit",
        "the driver takes a broken escape as it stands, so that the password is another one than was meant",
    ),
    ("past 32 bits", "the scheme has a plain number, and other drivers refuse this"),
    ("port 0", "nothing listens there"),
    ("several hosts", "the driver takes them for one name"),
    ("the same without encryption", "it switches the check of certificates off"),
    ("the scheme in capitals", "not every driver takes it"),
    ("three faults at once", "two faults and more: each is one of those here"),
    ("two zeros", "the scheme has a plain number, and other drivers refuse this"),
];

/// What the driver reads. It is built without TLS, which changes nothing of how a URL is read.
fn driver(url: &str) -> Option<ConnectionInfo> {
    let plain = url.replacen("rediss://", "redis://", 1).replacen("valkeys://", "valkey://", 1);
    plain.as_str().into_connection_info().ok()
}

#[test]
fn what_we_take_the_driver_takes_and_understands_alike() {
    let mut stricter = BTreeSet::new();
    for (what, text, ..) in vectors::VECTORS {
        match (RedisUrl::parse(text), driver(text)) {
            (Err(_), None) => {}
            (Err(_), Some(_)) => {
                stricter.insert(*what);
            }
            (Ok(_), None) => panic!("{what}: {text}: the driver refuses it"),
            (Ok(url), Some(info)) => {
                let ConnectionAddr::Tcp(host, port) = info.addr() else { panic!("{what}: {text}") };
                assert_eq!((&url.host, url.port), (host, *port), "{what}: {text}");
                let login = info.redis_settings();
                assert_eq!(url.user.as_deref(), login.username(), "{what}: {text}");
                // An empty password is none to us: Redis has no empty passwords.
                let password = login.password().filter(|password| !password.is_empty());
                let ours = url.password.as_ref().map(ExposeSecret::expose_secret);
                assert_eq!(ours, password, "{what}: {text}");
                assert_eq!(i64::from(url.database), login.db(), "{what}: {text}");
            }
        }
    }
    let expected: BTreeSet<&str> = STRICTER.iter().map(|(what, _)| *what).collect();
    assert_eq!(stricter, expected);
}
