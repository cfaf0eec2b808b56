//! `REDIS_URL`: `redis[s]://[[user][:password]@]host[:port][/db]` (IANA's provisional scheme).

use secrecy::SecretString;

use super::authority;
use super::rule::Rule;

const DEFAULT_PORT: u16 = 6379;

/// A Redis connection string, percent-decoded.
#[derive(Debug, Clone)]
pub struct RedisUrl {
    /// Whether the connection is encrypted.
    pub tls: bool,
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
        let schemes =
            [("redis://", false), ("rediss://", true), ("valkey://", false), ("valkeys://", true)];
        let (rest, tls) = schemes
            .iter()
            .find_map(|(scheme, tls)| text.strip_prefix(scheme).map(|rest| (rest, *tls)))
            .ok_or_else(|| vec![Rule::RedisScheme])?;
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = location.split_once('/').unwrap_or((location, ""));

        let mut broken = Vec::new();
        match fragment {
            "" => {}
            "insecure" => broken.push(Rule::RedisInsecure),
            _ => broken.push(Rule::UrlSyntax),
        }
        if !matches!(query, "" | "protocol=resp2" | "protocol=resp3") {
            broken.push(Rule::UrlSyntax);
        }
        let place = authority::user_info(authority)
            .and_then(|(info, rest)| authority::host_port(rest).map(|place| (info, place)));
        let database = parse_database(path);
        match (place, database) {
            (Ok((_, place)), _) if place.host.is_empty() => broken.push(Rule::HostMissing),
            (Ok((info, place)), Ok(database)) if broken.is_empty() => {
                return Ok(Self {
                    tls,
                    user: info.user,
                    password: info.password,
                    host: place.host,
                    port: place.port.unwrap_or(DEFAULT_PORT),
                    database,
                });
            }
            (place, database) => broken.extend(place.err().into_iter().chain(database.err())),
        }
        Err(broken)
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
        let plain = RedisUrl::parse("redis://cache").expect("a valid URL");
        assert_eq!((plain.port, plain.database), (6379, 0));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (url, rule) in [
            ("http://cache", Rule::RedisScheme),
            ("redis://", Rule::HostMissing),
            ("redis://:secret@", Rule::HostMissing),
            ("redis://cache/01", Rule::RedisDatabase),
            ("redis://cache/one", Rule::RedisDatabase),
            ("redis://cache/0/1", Rule::RedisDatabase),
            ("redis://cache:0", Rule::Port),
            ("rediss://cache#insecure", Rule::RedisInsecure),
        ] {
            assert_eq!(RedisUrl::parse(url).err(), Some(vec![rule]), "{url}");
        }
    }
}
