//! What the name of a host says about where it is, without asking anybody.
//!
//! Addresses are read as the C library reads them, for that is what connects: `127.1`, `0x7f000001`
//! and `0` name this machine too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far away a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// This very machine, which inside a container is that container alone.
    Itself,
    /// On the same machine: a service of the stack, a socket, the host of the containers.
    Near,
    /// Another machine, as far as one can tell.
    Away,
}

/// Names of this machine beside `localhost` and what ends with it.
const ITSELF: &[&str] = &["localhost.localdomain", "ip6-localhost", "ip6-loopback"];

/// Names that an engine gives to the machine that its containers run on.
const ENGINE_HOST: &[&str] =
    &["host.docker.internal", "gateway.docker.internal", "host.containers.internal"];

/// Domains that no public name ends with (RFC 6761, 6762, 7686, 8375, 9476; ICANN for `internal`).
const RESERVED_DOMAINS: &[&str] = &[
    "alt",
    "example",
    "home.arpa",
    "internal",
    "invalid",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "test",
];

/// IPv4 networks that nobody reaches over the internet (RFC 6890 and IANA's registry), with the
/// number of their leading bits.
const RESERVED_NETWORKS: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Where a host is. A name without a dot is a service of the same stack; a path is a socket.
pub(super) fn reach(host: &str) -> Reach {
    if host.starts_with('/') {
        return Reach::Near;
    }
    let name = canonical(host);
    if let Some(address) = address(&name) {
        let itself = address.is_loopback() || address.is_unspecified();
        return if itself { Reach::Itself } else { Reach::Away };
    }
    if is_below(&name, "localhost") || ITSELF.contains(&name.as_str()) {
        Reach::Itself
    } else if !name.contains('.') || ENGINE_HOST.contains(&name.as_str()) {
        Reach::Near
    } else {
        Reach::Away
    }
}

/// Whether a host is a service of the same stack: one name, and neither this machine nor an address.
#[must_use]
pub fn is_service(host: &str) -> bool {
    !host.starts_with('/') && !canonical(host).contains('.') && reach(host) == Reach::Near
}

/// Whether Telegram may reach the host: a name of the public tree, or a public IPv4 address.
pub(super) fn is_public(host: &str) -> bool {
    let name = canonical(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    if let Ok(address) = name.parse::<Ipv4Addr>() {
        return is_public_address(address);
    }
    // What ends with a number is an address to who reads it, and this one has an odd form.
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let reserved = RESERVED_DOMAINS.iter().any(|domain| is_below(&name, domain));
    name.contains('.') && !name.contains(':') && !numeric && !reserved
}

/// Whether an address is one that the internet reaches, so that Telegram may.
#[must_use]
pub fn is_public_address(address: Ipv4Addr) -> bool {
    !RESERVED_NETWORKS.iter().any(|(network, bits)| is_in(address, *network, *bits))
}

/// Reads an IPv6 address, perhaps with a zone behind a `%`.
pub(super) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() => address.parse().ok(),
        Some(_) => None,
        None => text.parse().ok(),
    }
}

fn canonical(host: &str) -> String {
    let lower = host.to_ascii_lowercase();
    lower.strip_suffix('.').unwrap_or(&lower).to_owned()
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_in(address: Ipv4Addr, network: [u8; 4], bits: u32) -> bool {
    (address.to_bits() ^ Ipv4Addr::from(network).to_bits()).leading_zeros() >= bits
}

fn address(name: &str) -> Option<IpAddr> {
    match ipv6(name) {
        Some(address) => Some(IpAddr::from(address).to_canonical()),
        None => inet_aton(name).map(IpAddr::from),
    }
}

/// One to four numbers, decimal, octal (`0…`) or hexadecimal (`0x…`); the last fills what is left.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (last, leading) = numbers.split_last()?;
    let left = u32::try_from(leading.len()).ok().filter(|count| *count <= 3).map(|n| 32 - 8 * n)?;
    if leading.iter().any(|byte| *byte > 255) || u64::from(*last) >= 1_u64 << left {
        return None;
    }
    let bits = leading.iter().zip([24, 16, 8]).fold(*last, |bits, (byte, by)| bits | (byte << by));
    Some(Ipv4Addr::from_bits(bits))
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_in_every_form_that_connects_to_it() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "app.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "127.255.0.1",
            "127.0.256",
            "127.1",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "0",
            "0.0.0.0",
            "::",
            "::1",
            "::1%lo",
            "::ffff:127.0.0.1",
            "localhost.localdomain",
            "ip6-localhost",
        ] {
            assert_eq!(reach(host), Reach::Itself, "{host}");
        }
        for host in
            ["postgres", "my_db-1", "localhosts", "/run/postgresql", "::1%", "host.docker.internal"]
        {
            assert_eq!(reach(host), Reach::Near, "{host}");
        }
        for host in [
            "db.example.org",
            "notlocalhost.org",
            "10.0.0.5",
            "128.0.0.1",
            "fd00::1",
            "8.8",
            "::ffff:10.0.0.1",
            "localhost.example.org",
            "126.255.255.255",
            "127.256.0.1",
            "127.0.0.256",
            "127.16777216",
        ] {
            assert_eq!(reach(host), Reach::Away, "{host}");
        }
    }

    #[test]
    fn a_service_is_a_name_and_neither_this_machine_nor_an_address() {
        for host in ["postgres", "Redis", "my_db-1", "postgres."] {
            assert!(is_service(host), "{host}");
        }
        for host in [
            "localhost",
            "ip6-localhost",
            "2130706433",
            "db.example.org",
            "host.docker.internal",
            "/run/postgresql",
            "::1",
            "fd00::1",
        ] {
            assert!(!is_service(host), "{host}");
        }
    }

    #[test]
    fn each_reserved_network_ends_where_it_should() {
        for (inside, outside) in [
            ("10.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.63.255.255"),
            ("100.127.255.255", "100.128.0.0"),
            ("169.254.1.1", "169.253.1.1"),
            ("172.16.0.1", "172.15.255.255"),
            ("172.31.255.255", "172.32.0.0"),
            ("192.0.0.8", "192.0.1.1"),
            ("192.0.2.1", "192.0.3.1"),
            ("192.88.99.1", "192.88.98.1"),
            ("192.168.255.1", "192.169.0.1"),
            ("198.19.255.255", "198.20.0.1"),
            ("198.51.100.9", "198.51.101.9"),
            ("203.0.113.9", "203.0.114.9"),
            ("224.0.0.1", "223.255.255.255"),
            ("255.255.255.255", "1.1.1.1"),
            ("127.0.0.1", "126.0.0.1"),
            ("0.1.2.3", "1.0.0.1"),
        ] {
            assert!(!is_public(inside), "{inside}");
            assert!(is_public(outside), "{outside}");
        }
    }

    #[test]
    fn a_public_name_has_a_dot_and_no_reserved_end() {
        for host in ["bot.example.org", "example.com", "example.net.", "test.org", "localhost.io"] {
            assert!(is_public(host), "{host}");
        }
        for host in [
            "bot",
            "bot.local",
            "bot.LOCAL.",
            "a.internal",
            "a.test",
            "a.invalid",
            "a.example",
            "a.onion",
            "a.home.arpa",
            "localhost",
            "2001:db8::1",
            "2606:4700::1111",
            "8.8",
            "1.2.3.4.5",
            "256.1.1.1",
            "08.8.8.8",
            "0x08.8.8.8",
            "8.8.8.0x8",
            "",
        ] {
            assert!(!is_public(host), "{host}");
        }
    }
}
