//! A connection URI taken apart as libpq does it (PostgreSQL documentation, "Connection URIs").
//!
//! It differs from the web's URLs: user and password end at the first `@` before the first `/`, and
//! may hold a `?`; there may be several hosts; a `#` is a character as any other; what stands behind
//! the `?` replaces what stands before it.

use super::super::authority::{self, decode, plain_host};
use super::super::host;
use super::super::rule::Rule;
use super::{DEFAULT_PORT, parameters};

/// A part: absent, text, or a text that can't be read.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) text: Option<String>,
    pub(super) is_broken: bool,
}

impl Slot {
    fn decoded(text: &str) -> Result<Self, Rule> {
        Ok(Self { text: Some(decode(text)?).filter(|text| !text.is_empty()), is_broken: false })
    }

    /// Whether nothing is there, and nothing was meant to be.
    pub(super) const fn is_missing(&self) -> bool {
        self.text.is_none() && !self.is_broken
    }
}

/// The parts of a URI.
#[derive(Default)]
pub(super) struct Uri {
    pub(super) user: Slot,
    pub(super) password: Slot,
    pub(super) database: Slot,
    pub(super) ssl_mode: Slot,
    pub(super) ssl_root: Slot,
    pub(super) channel_binding: Slot,
    /// Whom to connect to, with the port; those of which only the port is wrong are there too.
    pub(super) hosts: Vec<(String, u16)>,
    /// What each of them is called: itself, or the name that stands beside an address.
    pub(super) names: Vec<String>,
    /// Every rule that the text breaks for itself.
    pub(super) broken: Vec<Rule>,
    host: Slot,
    address: Slot,
    port: Slot,
}

/// Whether the user or the password holds one of `/?#@` as it is. libpq takes some of them for what
/// they are and cuts at others; other libraries cut at each.
pub(super) fn is_cut_short(text: &str) -> bool {
    match text.find(['@', '/', '?', '#']) {
        Some(at) if text[at..].starts_with('@') => {
            let place = &text[at + 1..];
            let end = place.find(['/', '?', '#']).unwrap_or(place.len());
            place[..end].contains('@')
        }
        // Where the user is a parameter, an `@` may stand in the database's name or in a value.
        Some(at) => text[at..].contains('@') && !text.contains("user="),
        None => false,
    }
}

impl Uri {
    /// Takes apart what follows the `://`.
    pub(super) fn of(text: &str) -> Self {
        let mut uri = Self::default();
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            uri.broken.push(Rule::UrlSyntax);
        }
        let (credentials, place) = match text.find(['@', '/']) {
            Some(at) if text[at..].starts_with('@') => (&text[..at], &text[at + 1..]),
            _ => ("", text),
        };
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        uri.user = uri.slot(Slot::decoded(user));
        uri.password = uri.slot(Slot::decoded(password));

        let end = place.find(['/', '?']).unwrap_or(place.len());
        if place[..end].split(',').any(|one| one.starts_with('[') && !one.contains(']')) {
            // What else is inside of the bracket, and what behind it, is anybody's guess.
            uri.broken.push(Rule::UrlSyntax);
            for slot in [&mut uri.user, &mut uri.password, &mut uri.database] {
                slot.is_broken = true;
            }
            return uri;
        }
        uri.netloc(&place[..end]);
        let (database, query) = place[end..].split_once('?').unwrap_or((&place[end..], ""));
        uri.database = uri.slot(Slot::decoded(database.strip_prefix('/').unwrap_or(database)));
        uri.query(query);
        uri.endpoints();
        uri
    }

    fn slot(&mut self, slot: Result<Slot, Rule>) -> Slot {
        slot.unwrap_or_else(|rule| {
            self.broken.push(rule);
            Slot { text: None, is_broken: true }
        })
    }

    /// `host[:port][,…]`: libpq keeps all hosts and all ports as two lists.
    fn netloc(&mut self, text: &str) {
        let (mut hosts, mut ports) = (Vec::new(), Vec::new());
        for one in text.split(',') {
            let (host, port) = match one.strip_prefix('[') {
                Some(bracketed) => {
                    let (address, rest) = bracketed.split_once(']').unwrap_or((bracketed, ""));
                    let fits = rest.is_empty() || rest.starts_with(':');
                    // libpq takes any text in brackets, which would fail when it connects.
                    let is_address = || decode(address).is_ok_and(|ip| host::ipv6(&ip).is_some());
                    if !fits || (decode(address).is_ok() && !is_address()) {
                        self.broken.push(Rule::UrlSyntax);
                        self.host.is_broken = true;
                    }
                    (address, rest.strip_prefix(':').unwrap_or_default())
                }
                None => one.split_once(':').unwrap_or((one, "")),
            };
            hosts.push(host);
            ports.push(port);
        }
        let is_broken = self.host.is_broken;
        self.host = self.slot(Slot::decoded(&hosts.join(",")));
        self.host.is_broken |= is_broken;
        self.port = self.slot(Slot::decoded(&ports.join(",")));
    }

    /// `key=value&…`; of a key that is given twice, the last value holds.
    fn query(&mut self, text: &str) {
        // An `&` behind a pair is fine, and nothing else that is empty.
        let text = text.strip_suffix('&').filter(|text| !text.is_empty()).unwrap_or(text);
        for pair in text.split('&').filter(|_| !text.is_empty()) {
            if let Err(rule) = self.pair(pair) {
                self.broken.push(rule);
            }
        }
    }

    fn pair(&mut self, pair: &str) -> Result<(), Rule> {
        let (key, value) = pair.split_once('=').ok_or(Rule::PostgresParameter)?;
        let key = decode(key)?;
        let value = if value.contains('=') {
            Err(Rule::PostgresParameter)
        } else {
            decode(value).and_then(|value| parameters::parse(&key, &value))
        };
        let slot = match key.as_str() {
            "user" => &mut self.user,
            "password" => &mut self.password,
            "dbname" => &mut self.database,
            "host" => &mut self.host,
            "hostaddr" => &mut self.address,
            "port" => &mut self.port,
            "sslmode" | "ssl" => &mut self.ssl_mode,
            "sslrootcert" => &mut self.ssl_root,
            "channel_binding" => &mut self.channel_binding,
            _ => return value.map(drop),
        };
        slot.is_broken |= value.is_err();
        slot.text = Some(value?).filter(|value| !value.is_empty());
        Ok(())
    }

    /// Brings hosts, addresses and ports together. An address is what is connected to, where there
    /// is one; its host is a name for it.
    fn endpoints(&mut self) {
        if self.host.is_broken || self.address.is_broken {
            return;
        }
        let names = list(&self.host);
        let addresses = list(&self.address);
        let ports = list(&self.port);
        let count = names.len().max(addresses.len());
        let mut broken = Vec::new();
        if count == 0 {
            broken.push(Rule::HostMissing);
        }
        if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
            broken.push(Rule::PostgresParameter);
        }
        if !self.port.is_broken && ports.len() > 1 && count > 0 && ports.len() != count {
            broken.push(Rule::Port);
        }
        // A port of no host is read too: it is wrong for itself.
        let ports: Vec<u16> = ports
            .iter()
            .map(|port| match *port {
                "" => DEFAULT_PORT,
                port => authority::parse_port(port).unwrap_or_else(|rule| {
                    broken.push(rule);
                    DEFAULT_PORT
                }),
            })
            .collect();
        let (mut hosts, mut called) = (Vec::new(), Vec::new());
        for index in 0..count {
            let name = names.get(index).copied().unwrap_or_default();
            let host = match addresses.get(index).copied().unwrap_or_default() {
                "" => connectable(name),
                address if is_address(address) => Ok(address.to_owned()),
                _ => Err(Rule::PostgresParameter),
            };
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(DEFAULT_PORT);
            match host {
                Ok(host) => {
                    called.push(if name.is_empty() { host.clone() } else { name.to_owned() });
                    hosts.push((host, port));
                }
                Err(rule) => broken.push(rule),
            }
        }
        self.hosts = hosts;
        self.names = called;
        self.broken.extend(broken);
    }
}

fn list(slot: &Slot) -> Vec<&str> {
    slot.text.as_deref().map(|text| text.split(',').collect()).unwrap_or_default()
}

fn connectable(name: &str) -> Result<String, Rule> {
    match name {
        "" => Err(Rule::HostMissing),
        _ if name.starts_with('/') && !name.contains(char::is_control) => Ok(name.to_owned()),
        _ => plain_host(name.to_owned()),
    }
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok() || host::ipv6(text).is_some()
}
