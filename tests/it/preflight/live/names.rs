//! The webhook's host: `/etc/hosts` and `/etc/resolv.conf` of a test's own, in a view of the file
//! system that ends with the program.

use std::fs;
use std::net::UdpSocket;

use tests::{Program, Scratch, binary, in_a_view, unique};

use super::Scene;

const IN_A_VIEW: &str = "mount --bind \"$1\" /etc/hosts && mount --bind \"$2\" /etc/resolv.conf && \
    exec \"$3\" check --live --format=json";

/// A resolver that hears every question and answers none.
pub(super) struct Silent {
    folder: Scratch,
    socket: Option<UdpSocket>,
    address: String,
}

impl Silent {
    /// Only root may have the port that resolvers are asked at; without it nobody listens there, and
    /// the question is refused.
    pub(super) fn new() -> Self {
        let byte = u8::from_str_radix(&unique()[..2], 16).expect("two hexadecimal digits");
        let address = format!("127.83.{byte}.{}", std::process::id() % 250 + 1);
        let socket = UdpSocket::bind((address.as_str(), 53));
        assert!(socket.is_ok() || !is_root(), "port 53 of {address} is taken");
        Self { folder: Scratch::new(), socket: socket.ok(), address }
    }

    /// What is found of a name that only the resolver could know.
    pub(super) fn codes(&self) -> &'static [&'static str] {
        if self.socket.is_some() { &["PF200"] } else { &["PF230"] }
    }

    /// preflight, for whom this is the only resolver and `hosts` all that is known without it.
    pub(super) fn around(&self, hosts: &str) -> Program {
        let (names, resolver) = (self.folder.join("hosts"), self.folder.join("resolv.conf"));
        fs::write(&names, hosts).expect("a file can be made");
        let said = format!("nameserver {}\noptions timeout:30 attempts:1\n", self.address);
        fs::write(&resolver, said).expect("a file can be made");
        in_a_view(IN_A_VIEW).args([names, resolver, binary("preflight")])
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_name_is_public_when_one_of_its_addresses_is() {
    let mut scene = Scene::new();
    scene.set("TELEGRAM_WEBHOOK_URL", "https://Bot.example.org:8443/webhook");
    let silent = Silent::new();
    for (hosts, expected) in [
        ("198.41.0.4 bot.example.org", &[][..]),
        ("10.0.0.4 bot.example.org\n198.41.0.4 bot.example.org", &[]),
        ("2001:500:2::c bot.example.org\n198.41.0.4 bot.example.org", &[]),
        ("2001:500:2::c bot.example.org", &["PF231"]),
        ("::ffff:198.41.0.4 bot.example.org", &["PF231"]),
        ("10.0.0.4 bot.example.org", &["PF231"]),
        ("127.0.0.1 bot.example.org", &["PF231"]),
        ("203.0.113.9 bot.example.org\n100.64.0.1 bot.example.org", &["PF231"]),
    ] {
        let found = scene.found_by(silent.around(&format!("127.0.0.1 localhost\n{hosts}\n")));
        assert_eq!(super::of("TELEGRAM_WEBHOOK_URL", found), expected, "{hosts}");
    }
}

#[test]
fn a_name_without_an_address_is_unknown_and_an_address_needs_no_lookup() {
    let mut scene = Scene::new();
    for (host, expected) in [
        ("nothing.invalid", &["PF230"][..]),
        ("198.41.0.4", &[]),
        ("192.168.7.7", &["PF231"]),
        ("[2001:500:2::c]", &["PF231"]),
        ("localhost", &["PF231"]),
    ] {
        scene.set("TELEGRAM_WEBHOOK_URL", format!("https://{host}/webhook"));
        assert_eq!(scene.codes("TELEGRAM_WEBHOOK_URL"), expected, "{host}");
    }
}

#[test]
fn a_resolver_that_is_silent_ends_at_the_deadline() {
    let mut scene = Scene::new();
    scene.set("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/webhook");
    scene.set("LIVE_TIMEOUT_SECONDS", "1");
    let silent = Silent::new();
    let found = scene.found_by(silent.around("127.0.0.1 localhost\n"));
    assert_eq!(super::of("TELEGRAM_WEBHOOK_URL", found), silent.codes());
}
