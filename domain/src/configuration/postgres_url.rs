//! `DATABASE_URL`: a PostgreSQL connection URI as libpq reads it, with every part that we need.

use secrecy::SecretString;

use super::authority::{self, HostPort};
use super::rule::Rule;

const DEFAULT_PORT: u16 = 5432;

/// Parameters that libpq 17 knows (PostgreSQL documentation, "Parameter Key Words").
const PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "service",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// How the connection is encrypted (`sslmode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only where the server insists.
    Allow,
    /// Where the server can; libpq's default.
    #[default]
    Prefer,
    /// Always, without checking who answers.
    Require,
    /// Always, with a certificate of a known authority.
    VerifyCa,
    /// Always, with a certificate for this very host.
    VerifyFull,
}

/// A PostgreSQL connection string, percent-decoded.
#[derive(Debug, Clone)]
pub struct PostgresUrl {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
    /// Hosts in the order in which they are tried, with their ports.
    pub hosts: Vec<(String, u16)>,
    /// The database.
    pub database: String,
    /// How the connection is encrypted.
    pub ssl_mode: SslMode,
    short_scheme: bool,
}

impl PostgresUrl {
    /// Parses `postgres[ql]://user:password@host[:port][,…]/database[?key=value&…]`.
    ///
    /// # Errors
    /// Every rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Vec<Rule>> {
        let (short_scheme, rest) =
            match (text.strip_prefix("postgresql://"), text.strip_prefix("postgres://")) {
                (Some(rest), _) => (false, rest),
                (None, Some(rest)) => (true, rest),
                (None, None) => return Err(vec![Rule::PostgresScheme]),
            };
        let (location, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = location.split_once('/').unwrap_or((location, ""));

        let mut broken = Vec::new();
        let (info, hosts) = authority::user_info(authority).unwrap_or_else(|rule| {
            broken.push(rule);
            (authority::UserInfo::default(), authority.rsplit('@').next().unwrap_or_default())
        });
        let hosts = note(&mut broken, parse_hosts(hosts)).unwrap_or_default();
        let database = note(&mut broken, authority::decode(database)).unwrap_or_default();
        let parameters = note(&mut broken, Parameters::parse(query)).unwrap_or_default();

        let user = info.user.or(parameters.user);
        let password = info.password.or(parameters.password);
        let hosts = if hosts.is_empty() { parameters.hosts } else { hosts };
        let database = Some(database).filter(|name| !name.is_empty()).or(parameters.database);
        let missing = [
            (user.is_none(), Rule::PostgresUserMissing),
            (password.is_none(), Rule::PostgresPasswordMissing),
            (hosts.is_empty(), Rule::HostMissing),
            (database.is_none(), Rule::PostgresDatabaseMissing),
        ];
        if broken.is_empty() {
            broken.extend(missing.iter().filter(|(absent, _)| *absent).map(|(_, rule)| *rule));
        }
        match (user, password, database) {
            (Some(user), Some(password), Some(database)) if broken.is_empty() => Ok(Self {
                user,
                password,
                hosts,
                database,
                ssl_mode: parameters.ssl_mode.unwrap_or_default(),
                short_scheme,
            }),
            _ => Err(broken),
        }
    }

    /// What is right, though worth a look.
    #[must_use]
    pub fn warnings(&self) -> Vec<Rule> {
        self.short_scheme.then_some(Rule::PostgresShortScheme).into_iter().collect()
    }
}

fn note<T>(broken: &mut Vec<Rule>, result: Result<T, Rule>) -> Option<T> {
    result.map_err(|rule| broken.push(rule)).ok()
}

fn parse_hosts(text: &str) -> Result<Vec<(String, u16)>, Rule> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let with_default = |HostPort { host, port }| {
        if host.is_empty() {
            Err(Rule::HostMissing)
        } else {
            Ok((host, port.unwrap_or(DEFAULT_PORT)))
        }
    };
    text.split(',').map(|one| authority::host_port(one).and_then(with_default)).collect()
}

#[derive(Default)]
struct Parameters {
    user: Option<String>,
    password: Option<SecretString>,
    hosts: Vec<(String, u16)>,
    database: Option<String>,
    ssl_mode: Option<SslMode>,
}

impl Parameters {
    fn parse(query: &str) -> Result<Self, Rule> {
        let mut parameters = Self::default();
        let mut ports = Vec::new();
        for pair in query.split('&').filter(|_| !query.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or(Rule::PostgresParameter)?;
            let key = authority::decode(key)?;
            if value.contains('=') || !PARAMETERS.contains(&key.as_str()) {
                return Err(Rule::PostgresParameter);
            }
            let value = authority::decode(value)?;
            match key.as_str() {
                "user" => parameters.user = Some(value),
                "password" => parameters.password = Some(value.into()),
                "dbname" => parameters.database = Some(value),
                "host" => {
                    parameters.hosts =
                        value.split(',').map(|host| (host.to_owned(), DEFAULT_PORT)).collect();
                }
                "port" => {
                    let number = |port: &str| port.parse::<u16>().map_err(|_| Rule::Port);
                    ports = value.split(',').map(number).collect::<Result<_, _>>()?;
                }
                "sslmode" => parameters.ssl_mode = Some(parse_ssl_mode(&value)?),
                "ssl" if value == "true" => parameters.ssl_mode = Some(SslMode::Require),
                _ => {}
            }
        }
        for (index, (_, port)) in parameters.hosts.iter_mut().enumerate() {
            if let Some(given) = ports.get(index).or(ports.first()) {
                *port = *given;
            }
        }
        Ok(parameters)
    }
}

fn parse_ssl_mode(value: &str) -> Result<SslMode, Rule> {
    Ok(match value {
        "disable" => SslMode::Disable,
        "allow" => SslMode::Allow,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => return Err(Rule::PostgresParameter),
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_full_url_gives_every_part() {
        let url =
            PostgresUrl::parse("postgresql://us%65r:p%40ss@db:6432,[::1]/app?sslmode=require")
                .expect("a valid URL");
        assert_eq!(url.user, "user");
        assert_eq!(url.password.expose_secret(), "p@ss");
        assert_eq!(url.hosts, [("db".into(), 6432), ("::1".into(), 5432)]);
        assert_eq!((url.database.as_str(), url.ssl_mode), ("app", SslMode::Require));
    }

    #[test]
    fn parts_may_stand_in_the_query() {
        let url = PostgresUrl::parse("postgres:///app?host=db&port=6432&user=u&password=p");
        let url = url.expect("a valid URL");
        assert_eq!(url.hosts, [("db".into(), 6432)]);
        assert_eq!(url.warnings(), [Rule::PostgresShortScheme]);
    }

    #[test]
    fn every_missing_part_is_told() {
        assert_eq!(
            PostgresUrl::parse("postgresql://").err(),
            Some(vec![
                Rule::PostgresUserMissing,
                Rule::PostgresPasswordMissing,
                Rule::HostMissing,
                Rule::PostgresDatabaseMissing,
            ])
        );
    }

    #[test]
    fn what_libpq_refuses_is_refused() {
        for (url, rule) in [
            ("mysql://u:p@h/d", Rule::PostgresScheme),
            ("postgresql://u:p@h:x/d", Rule::Port),
            ("postgresql://u:p@h:70000/d", Rule::Port),
            ("postgresql://u:p%zz@h/d", Rule::PercentEncoding),
            ("postgresql://u:p%00@h/d", Rule::PercentEncoding),
            ("postgresql://u:p%@h/d", Rule::PercentEncoding),
            ("postgresql://u:p@[::1/d", Rule::UrlSyntax),
            ("postgresql://u:p@[]/d", Rule::UrlSyntax),
            ("postgresql://u:p@h/d?wrong=1", Rule::PostgresParameter),
            ("postgresql://u:p@h/d?sslmode", Rule::PostgresParameter),
            ("postgresql://u:p@h/d?sslmode=a=b", Rule::PostgresParameter),
            ("postgresql://u:p@h/d?sslmode=maybe", Rule::PostgresParameter),
        ] {
            assert_eq!(PostgresUrl::parse(url).err(), Some(vec![rule]), "{url}");
        }
    }
}
