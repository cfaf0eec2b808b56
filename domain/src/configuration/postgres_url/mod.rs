//! `DATABASE_URL`: a PostgreSQL connection URI as libpq reads it, with every part that we need.

mod parameters;
mod uri;

use secrecy::SecretString;

use super::authority;
use super::hidden::hidden;
use super::host::{self, Reach};
use super::placeholder;
use super::reading::Read;
use super::rule::Rule;
use uri::Uri;

const DEFAULT_PORT: u16 = 5432;
const SHORT_SCHEME: &str = "postgres://";

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

impl SslMode {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }

    const fn is_certain(self) -> bool {
        matches!(self, Self::Require | Self::VerifyCa | Self::VerifyFull)
    }
}

hidden!(PostgresUrl);

/// A PostgreSQL connection string, percent-decoded.
#[derive(Clone)]
pub struct PostgresUrl {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
    /// Hosts in the order in which they are tried, with their ports. One that begins with `/` is the
    /// folder of a socket.
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
        Form::of(text).and_then(Form::finish)
    }

    /// What is right, though worth a look.
    #[must_use]
    pub fn warnings(&self) -> Vec<Rule> {
        self.short_scheme.then_some(Rule::PostgresShortScheme).into_iter().collect()
    }

    /// What the text says, and its password even where another part is wrong.
    pub(super) fn read(text: &str, is_production: bool) -> (Read<Self>, Option<SecretString>) {
        let filled = placeholder::fill_parts(text);
        let is_filled = |part: &str| filled.is_some() && part == placeholder::FILLED;
        let form = match Form::of(filled.as_deref().unwrap_or(text)) {
            Ok(form) => form,
            Err(broken) => {
                let stands_in = filled.is_some().then_some(Rule::Placeholder);
                let short_scheme =
                    text.starts_with(SHORT_SCHEME).then_some(Rule::PostgresShortScheme);
                return (Read { value: None, broken }.and(stands_in).and(short_scheme), None);
            }
        };
        let mut stands_in = filled.is_some();
        for part in [&form.uri.user, &form.uri.database] {
            stands_in |= part.text.as_deref().is_some_and(placeholder::is_whole);
        }
        stands_in |= form.uri.password.text.as_deref().is_some_and(placeholder::is_password);
        let (mut loopback, mut plain_text) = (false, false);
        for (host, _) in form.uri.hosts.iter().filter(|(host, _)| !is_filled(host)) {
            let host_stands_in = placeholder::is_host(host);
            stands_in |= host_stands_in;
            match host::reach(host) {
                _ if host_stands_in || !is_production => {}
                Reach::Itself => loopback = true,
                Reach::Away => plain_text |= !form.is_encrypted(),
                Reach::Near => {}
            }
        }
        let password = form.uri.password.text.clone().map(SecretString::from);
        let short_scheme = form.short_scheme.then_some(Rule::PostgresShortScheme);
        let mut read = Read::from(form.finish());
        if filled.is_some() {
            read.value = None;
        }
        let read = read
            .and(stands_in.then_some(Rule::Placeholder))
            .and(loopback.then_some(Rule::Loopback))
            .and(plain_text.then_some(Rule::PlainText))
            .and(short_scheme);
        (read, password)
    }
}

/// A connection string, taken apart as far as that goes.
struct Form {
    short_scheme: bool,
    uri: Uri,
}

impl Form {
    fn of(text: &str) -> Result<Self, Vec<Rule>> {
        let (short_scheme, rest) =
            match (text.strip_prefix("postgresql://"), text.strip_prefix(SHORT_SCHEME)) {
                (Some(rest), _) => (false, rest),
                (None, Some(rest)) => (true, rest),
                (None, None) => return Err(vec![Rule::PostgresScheme]),
            };
        if uri::is_cut_short(rest) {
            return Err(authority::cut_short(rest));
        }
        Ok(Self { short_scheme, uri: Uri::of(rest) })
    }

    fn ssl_mode(&self) -> SslMode {
        self.uri.ssl_mode.text.as_deref().and_then(SslMode::of).unwrap_or_default()
    }

    /// Whether the connection is encrypted, or was meant to be for what one can tell.
    fn is_encrypted(&self) -> bool {
        self.uri.ssl_mode.is_broken || self.ssl_mode().is_certain()
    }

    fn finish(self) -> Result<PostgresUrl, Vec<Rule>> {
        let ssl_mode = self.ssl_mode();
        let Self { short_scheme, uri } = self;
        let missing = [
            (&uri.user, Rule::PostgresUserMissing),
            (&uri.password, Rule::PostgresPasswordMissing),
            (&uri.database, Rule::PostgresDatabaseMissing),
        ];
        let missing = missing.iter().filter(|(slot, _)| slot.is_missing()).map(|(_, rule)| *rule);
        let broken = super::each_once(uri.broken.iter().copied().chain(missing).collect());
        match (uri.user.text, uri.password.text, uri.database.text) {
            (Some(user), Some(password), Some(database)) if broken.is_empty() => Ok(PostgresUrl {
                user,
                password: password.into(),
                hosts: uri.hosts,
                database,
                ssl_mode,
                short_scheme,
            }),
            _ => Err(broken),
        }
    }
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
    fn parts_may_stand_in_the_query_and_an_address_is_what_is_connected_to() {
        let url = PostgresUrl::parse(
            "postgres:///app?host=db,x&hostaddr=,10.0.0.9&port=6432&user=u&password=p",
        );
        let url = url.expect("a valid URL");
        assert_eq!(url.hosts, [("db".into(), 6432), ("10.0.0.9".into(), 6432)]);
        assert_eq!(url.warnings(), [Rule::PostgresShortScheme]);
    }

    #[test]
    fn each_mode_is_known_by_its_word_and_the_default_is_libpqs() {
        for (query, mode) in [
            ("", SslMode::Prefer),
            ("?sslmode=disable", SslMode::Disable),
            ("?sslmode=allow", SslMode::Allow),
            ("?sslmode=prefer", SslMode::Prefer),
            ("?sslmode=require", SslMode::Require),
            ("?sslmode=verify-ca", SslMode::VerifyCa),
            ("?sslmode=verify-full", SslMode::VerifyFull),
            ("?ssl=true", SslMode::Require),
        ] {
            let url = PostgresUrl::parse(&format!("postgresql://u:p@h/d{query}"));
            assert_eq!(url.expect("a valid URL").ssl_mode, mode, "{query}");
        }
    }

    #[test]
    fn every_missing_part_is_told_beside_what_is_wrong() {
        let rules = vec![
            Rule::Port,
            Rule::PostgresUserMissing,
            Rule::PostgresPasswordMissing,
            Rule::PostgresDatabaseMissing,
        ];
        assert_eq!(PostgresUrl::parse("postgresql://h:0").err(), Some(rules));
    }
}
