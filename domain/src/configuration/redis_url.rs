//! `REDIS_URL`: `redis[s]://[[user][:password]@]host[:port][/db]` (IANA's provisional scheme).

use secrecy::{ExposeSecret, SecretString};

use super::authority::{self, UserInfo};
use super::hidden::hidden;
use super::host::{self, Reach};
use super::placeholder;
use super::reading::Read;
use super::rule::Rule;

const DEFAULT_PORT: u16 = 6379;

const SCHEMES: [(&str, bool); 4] =
    [("redis://", false), ("rediss://", true), ("valkey://", false), ("valkeys://", true)];

hidden!(RedisUrl);

/// A Redis connection string, percent-decoded.
#[derive(Clone)]
pub struct RedisUrl {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Whether the server's certificate is passed over (`#insecure`).
    pub insecure: bool,
    /// The user; `None` means Redis's default user.
    pub user: Option<String>,
    /// The password, where one is needed.
    pub password: Option<SecretString>,
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database's number.
    pub database: u32,
}

impl RedisUrl {
    /// Parses a Redis URL.
    ///
    /// # Errors
    /// Every rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        Form::of(text).and_then(Form::finish)
    }

    pub(super) fn read(text: &str, is_production: bool) -> Read<Self> {
        let filled = placeholder::fill_parts(text);
        let form = match Form::of(filled.as_deref().unwrap_or(text)) {
            Ok(form) => form,
            Err(broken) => {
                let stands_in = filled.is_some().then_some(Rule::Placeholder);
                return Read { value: None, broken }.and(stands_in);
            }
        };
        let host = form.host.clone().filter(|host| filled.is_none() || host != placeholder::FILLED);
        let host_stands_in = host.as_deref().is_some_and(placeholder::is_host);
        let stands_in = filled.is_some() || host_stands_in || form.info.stands_in();
        let reach =
            host.filter(|_| is_production && !host_stands_in).map(|host| host::reach(&host));
        let far = match reach {
            Some(Reach::Itself) => Some(Rule::Loopback),
            Some(Reach::Away) if !form.tls => Some(Rule::PlainText),
            _ => None,
        };
        let insecure = form.insecure.then_some(Rule::RedisInsecure);
        let mut read = Read::from(form.finish()).and(insecure);
        if filled.is_some() {
            read.value = None;
        }
        read.and(stands_in.then_some(Rule::Placeholder)).and(far)
    }
}

impl UserInfo {
    fn stands_in(&self) -> bool {
        let password = self.password.as_ref().map(ExposeSecret::expose_secret);
        self.user.as_deref().is_some_and(placeholder::is_whole)
            || password.is_some_and(placeholder::is_password)
    }
}

/// A URL, taken apart as far as that goes.
struct Form {
    tls: bool,
    insecure: bool,
    info: UserInfo,
    host: Option<String>,
    port: u16,
    database: u32,
    broken: Vec<Rule>,
}

impl Form {
    fn of(text: &str) -> Result<Self, Vec<Rule>> {
        let (rest, tls) = SCHEMES
            .iter()
            .find_map(|(scheme, tls)| text.strip_prefix(scheme).map(|rest| (rest, *tls)))
            .ok_or_else(|| vec![Rule::RedisScheme])?;
        if authority::is_cut_short(rest) {
            return Err(authority::cut_short(rest));
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = location.split_once('/').unwrap_or((location, ""));
        let (info, place) = authority::split_user_info(authority);

        let mut broken = Vec::new();
        match fragment {
            "" => {}
            "insecure" if tls => {}
            "insecure" => broken.push(Rule::RedisInsecure),
            _ => broken.push(Rule::UrlSyntax),
        }
        let protocol =
            matches!(query, "" | "protocol=resp2" | "protocol=resp3" | "protocol=2" | "protocol=3");
        if !protocol || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            broken.push(Rule::UrlSyntax);
        }
        let mut note = |rule| broken.push(rule);
        let info = authority::user_info(info.unwrap_or_default()).map_err(&mut note);
        let (host, port) = authority::host_port(place);
        let host = host.map_err(&mut note).ok();
        if host.as_deref() == Some("") {
            note(Rule::HostMissing);
        }
        let port = port.map_err(&mut note).ok().flatten();
        let database = parse_database(path).map_err(&mut note);
        Ok(Self {
            tls,
            insecure: tls && fragment == "insecure",
            info: info.unwrap_or_default(),
            host: host.filter(|host| !host.is_empty()),
            port: port.unwrap_or(DEFAULT_PORT),
            database: database.unwrap_or_default(),
            broken: super::each_once(broken),
        })
    }

    fn finish(self) -> Result<RedisUrl, Vec<Rule>> {
        let Self { tls, insecure, info, host, port, database, broken } = self;
        let UserInfo { user, password } = info;
        match host {
            Some(host) if broken.is_empty() => {
                Ok(RedisUrl { tls, insecure, user, password, host, port, database })
            }
            _ => Err(broken),
        }
    }
}

fn parse_database(path: &str) -> Result<u32, Rule> {
    let canonical = |number: &u32| number.to_string() == path;
    match path {
        "" => Ok(0),
        _ => path.parse().ok().filter(canonical).ok_or(Rule::RedisDatabase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_every_part() {
        let url = RedisUrl::parse("rediss://:p%3Ass@cache:6380/2").expect("a valid URL");
        assert!(url.tls && url.user.is_none() && url.password.is_some());
        assert_eq!((url.host.as_str(), url.port, url.database), ("cache", 6380, 2));
        assert!(
            !url.insecure && RedisUrl::parse("rediss://cache#insecure").expect("valid").insecure
        );
        let plain = RedisUrl::parse("redis://cache").expect("a valid URL");
        assert_eq!((plain.port, plain.database), (6379, 0));
    }

    #[test]
    fn each_fault_is_told_for_itself() {
        let found = RedisUrl::parse("redis://:%zz@:0/01?x=1#insecure").err();
        let expected = vec![
            Rule::RedisInsecure,
            Rule::UrlSyntax,
            Rule::PercentEncoding,
            Rule::HostMissing,
            Rule::Port,
            Rule::RedisDatabase,
        ];
        assert_eq!(found, Some(expected));
    }
}
