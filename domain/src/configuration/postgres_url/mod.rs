//! `DATABASE_URL`: a PostgreSQL connection URI as libpq reads it, with every part that we need.

mod encryption;
mod parameters;
mod uri;

use secrecy::SecretString;

use super::authority;
use super::hidden::hidden;
use super::host::{self, Reach};
use super::placeholder;
use super::reading::Read;
use super::rule::Rule;
pub use encryption::{ChannelBinding, SslMode, SslRoots};
use uri::Uri;

const DEFAULT_PORT: u16 = 5432;
const SHORT_SCHEME: &str = "postgres://";

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
    /// Whose certificates are trusted, where the text says it.
    pub ssl_roots: Option<SslRoots>,
    /// Whether the login is tied to the encryption.
    pub channel_binding: ChannelBinding,
    names: Vec<String>,
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

    /// The database of a server on this machine that has its socket in `folder`, at the port of old,
    /// and asks nobody for a password.
    #[must_use]
    pub fn of_socket(folder: &str, user: &str, database: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: SecretString::default(),
            hosts: vec![(folder.to_owned(), DEFAULT_PORT)],
            database: database.to_owned(),
            ssl_mode: SslMode::Disable,
            ssl_roots: None,
            channel_binding: ChannelBinding::Disable,
            names: vec![folder.to_owned()],
            short_scheme: false,
        }
    }

    /// Each of `hosts` with its port, and with the name that its certificate is for: that of `host`,
    /// also where `hostaddr` says where it is.
    pub fn servers(&self) -> impl Iterator<Item = (&str, u16, &str)> {
        let named = self.hosts.iter().zip(&self.names);
        named.map(|((host, port), name)| (host.as_str(), *port, name.as_str()))
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

    /// What was asked for. The system's authorities alone mean the strictest.
    fn ssl_mode(&self) -> SslMode {
        let given = self.uri.ssl_mode.text.as_deref().and_then(SslMode::of);
        match self.ssl_roots() {
            Some(SslRoots::System) => given.unwrap_or(SslMode::VerifyFull),
            _ => given.unwrap_or_default(),
        }
    }

    fn ssl_roots(&self) -> Option<SslRoots> {
        self.uri.ssl_root.text.as_deref().map(SslRoots::of)
    }

    /// Whether the connection is encrypted, or was meant to be for what one can tell.
    fn is_encrypted(&self) -> bool {
        self.uri.ssl_mode.is_broken || self.ssl_mode().is_certain()
    }

    fn finish(self) -> Result<PostgresUrl, Vec<Rule>> {
        let (ssl_mode, ssl_roots) = (self.ssl_mode(), self.ssl_roots());
        let Self { short_scheme, mut uri } = self;
        // Anybody can have a certificate of a public authority, so libpq takes no weaker mode.
        if ssl_roots == Some(SslRoots::System) && ssl_mode != SslMode::VerifyFull {
            uri.broken.push(Rule::PostgresParameter);
        }
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
                ssl_roots,
                channel_binding: ChannelBinding::of(uri.channel_binding.text.as_deref()),
                names: uri.names,
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
        let servers: Vec<_> = url.servers().collect();
        assert_eq!(servers, [("db", 6432, "db"), ("10.0.0.9", 6432, "x")]);
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
    fn authorities_and_binding_are_those_of_the_text() {
        let of = |query: &str| PostgresUrl::parse(&format!("postgresql://u:p@h/d?{query}"));
        for (query, roots, mode) in [
            ("sslrootcert=", None, SslMode::Prefer),
            ("sslrootcert=/a%20b", Some(SslRoots::File("/a b".into())), SslMode::Prefer),
            ("sslrootcert=system", Some(SslRoots::System), SslMode::VerifyFull),
            ("sslmode=verify-full&sslrootcert=system", Some(SslRoots::System), SslMode::VerifyFull),
        ] {
            let url = of(query).expect("a valid URL");
            assert_eq!((url.ssl_roots, url.ssl_mode), (roots, mode), "{query}");
        }
        for weak in ["require", "verify-ca", "prefer"] {
            let query = format!("sslrootcert=system&sslmode={weak}");
            assert_eq!(of(&query).err(), Some(vec![Rule::PostgresParameter]), "{query}");
        }
        for (query, binding) in [
            ("", ChannelBinding::Prefer),
            ("channel_binding=disable", ChannelBinding::Disable),
            ("channel_binding=require", ChannelBinding::Require),
        ] {
            assert_eq!(of(query).expect("a valid URL").channel_binding, binding, "{query}");
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
