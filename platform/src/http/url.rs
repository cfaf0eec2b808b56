//! Where a request goes: `http://host:port/path`, or a unix socket.

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
    Unix { socket: PathBuf },
}

/// An `http://` URL (names, IPv4, `[IPv6]`), or `unix:///PATH` of a socket. User names, passwords
/// and fragments are refused, and there is no TLS.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    pub(crate) peer: Peer,
    pub(crate) authority: String,
    pub(crate) path: String,
}

impl Url {
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
        let uri: Uri = text.parse().map_err(|_| UrlInvalid)?;
        let authority = uri.authority().ok_or(UrlInvalid)?;
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => 80,
            Some(rest) => rest.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(0),
            None => 0,
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let unfit = host.is_empty() || port == 0 || text.contains('#');
        if uri.scheme_str() != Some("http") || unfit {
            return Err(UrlInvalid);
        }
        Ok(Self {
            peer: Peer::Tcp { host: host.to_owned(), port },
            authority: authority.to_string(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.peer {
            Peer::Tcp { .. } => "Url(http)",
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
    fn only_the_path_is_replaced() {
        let url: Url = "http://bot:8080/health".parse().unwrap();
        assert_eq!(url.with_path("/livez?a=b").unwrap().path(), "/livez?a=b");
        assert!(url.with_path("livez").is_err());
        assert!(url.with_path("//other/x").is_ok_and(|other| other.peer == url.peer));
    }
}
