//! Where a request goes: `http[s]://host:port/path`, or a unix socket.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use hyper::Uri;

/// The text is no URL that this client can ask. The text itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an http:// URL with a host, nor unix:// with the path of a socket")]
pub struct UrlInvalid;

/// Whom a request goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer {
    Tcp { host: String, port: u16 },
    Tls { host: String, port: u16 },
    Unix { socket: PathBuf },
}

/// An `http://` URL (names, IPv4, `[IPv6]`), or `unix:///PATH` of a socket; an `https://` one comes
/// from [`Url::of_the_web`] alone. User names, passwords and fragments are refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    pub(crate) peer: Peer,
    pub(crate) authority: String,
    pub(crate) path: String,
}

impl Url {
    /// An `http://` or `https://` URL, such as that of a webhook. Its path may be a secret, which no
    /// output shows.
    ///
    /// # Errors
    /// [`UrlInvalid`].
    pub fn of_the_web(text: &str) -> Result<Self, UrlInvalid> {
        let uri: Uri = text.parse().map_err(|_| UrlInvalid)?;
        let authority = uri.authority().ok_or(UrlInvalid)?;
        let (is_encrypted, default_port) = match uri.scheme_str() {
            Some("http") => (false, 80),
            Some("https") => (true, 443),
            _ => return Err(UrlInvalid),
        };
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => default_port,
            Some(rest) => rest.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(0),
            None => 0,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || port == 0 || text.contains('#') {
            return Err(UrlInvalid);
        }
        Ok(Self {
            peer: if is_encrypted { Peer::Tls { host, port } } else { Peer::Tcp { host, port } },
            authority: authority.to_string(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }

    /// The same peer with another path and query. `path` begins with `/`.
    ///
    /// # Errors
    /// [`UrlInvalid`] where `path` is no path.
    pub fn with_path(&self, path: &str) -> Result<Self, UrlInvalid> {
        let uri: Uri = path.parse().map_err(|_| UrlInvalid)?;
        if !path.starts_with('/') || uri.authority().is_some() {
            return Err(UrlInvalid);
        }
        Ok(Self { path: path.to_owned(), ..self.clone() })
    }

    /// The path, with its query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl FromStr for Url {
    type Err = UrlInvalid;

    fn from_str(text: &str) -> Result<Self, UrlInvalid> {
        if let Some(socket) = text.strip_prefix("unix://") {
            if !socket.starts_with('/') || socket.contains(['?', '#']) {
                return Err(UrlInvalid);
            }
            let peer = Peer::Unix { socket: PathBuf::from(socket) };
            return Ok(Self { peer, authority: "localhost".to_owned(), path: "/".to_owned() });
        }
        match Self::of_the_web(text)? {
            Self { peer: Peer::Tls { .. }, .. } => Err(UrlInvalid),
            url => Ok(url),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.peer {
            Peer::Tcp { .. } => "Url(http)",
            Peer::Tls { .. } => "Url(https)",
            Peer::Unix { .. } => "Url(unix)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(text: &str) -> Option<(String, u16, String)> {
        match text.parse::<Url>() {
            Ok(Url { peer: Peer::Tcp { host, port }, path, .. }) => Some((host, port, path)),
            _ => None,
        }
    }

    #[test]
    fn hosts_ports_and_paths_are_told_apart() {
        for (text, host, port, path) in [
            ("http://bot:8080/health", "bot", 8080, "/health"),
            ("http://127.0.0.1/", "127.0.0.1", 80, "/"),
            ("http://[::1]:8080/a?b=c", "::1", 8080, "/a?b=c"),
            ("http://bot", "bot", 80, "/"),
        ] {
            assert_eq!(tcp(text), Some((host.to_owned(), port, path.to_owned())), "{text}");
        }
        let url: Url = "unix:///var/run/docker.sock".parse().unwrap();
        assert_eq!(url.peer, Peer::Unix { socket: PathBuf::from("/var/run/docker.sock") });
    }

    #[test]
    fn what_can_not_be_asked_is_refused() {
        for text in [
            "",
            "bot",
            "bot:8080",
            "/health",
            "https://bot/",
            "ftp://bot/",
            "http://",
            "http:///x",
            "http://user:pass@bot/",
            "http://bot/#x",
            "http://bot:99999/",
            "http://bot:/",
            "unix://",
            "unix://relative",
            "http://a b/",
        ] {
            assert_eq!(text.parse::<Url>(), Err(UrlInvalid), "{text}");
        }
    }

    #[test]
    fn the_web_has_encrypted_urls_too_and_no_sockets() {
        for (text, host, port, path) in [
            ("https://hooks.example.org/services/T0/x", "hooks.example.org", 443, "/services/T0/x"),
            ("https://[::1]:8443", "::1", 8443, "/"),
        ] {
            let url = Url::of_the_web(text).unwrap();
            assert_eq!(url.peer, Peer::Tls { host: host.to_owned(), port }, "{text}");
            assert_eq!((url.path(), format!("{url:?}")), (path, "Url(https)".to_owned()));
        }
        assert_eq!(Url::of_the_web("http://bot/x"), "http://bot/x".parse());
        for text in ["unix:///run/x", "https://u:p@host/", "https://host:0/", "https://h/#x"] {
            assert_eq!(Url::of_the_web(text), Err(UrlInvalid), "{text}");
        }
    }

    #[test]
    fn only_the_path_is_replaced() {
        let url: Url = "http://bot:8080/health".parse().unwrap();
        assert_eq!(url.with_path("/livez?a=b").unwrap().path(), "/livez?a=b");
        assert!(url.with_path("livez").is_err());
        assert!(url.with_path("//other/x").is_ok_and(|other| other.peer == url.peer));
    }
}
