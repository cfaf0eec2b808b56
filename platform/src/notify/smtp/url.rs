//! Where e-mail is handed over: `smtps://user:password@host:465`.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// From the first byte (RFC 8314).
    Implicit,
    /// After `STARTTLS`, and without it there is no sending (RFC 3207).
    StartTls,
    /// Not at all: for a server on the same host.
    None,
}

/// Who hands it over.
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: SecretString,
}

/// A submission server: `smtps://[user:password@]host[:465]`, or `smtp://[user:password@]host[:587]`,
/// where `STARTTLS` is required unless `?tls=none` follows. User and password are percent-encoded.
pub struct SmtpUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<Credentials>,
}

/// It shows nothing but how it is encrypted.
impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("SmtpUrl").field(&self.encryption).finish()
    }
}

impl SmtpUrl {
    /// Reads such a URL; `None` where the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#') {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (encryption, default_port) = match (scheme, query) {
            ("smtps", None) => (Encryption::Implicit, 465),
            ("smtp", None | Some("tls=starttls")) => (Encryption::StartTls, 587),
            ("smtp", Some("tls=none")) => (Encryption::None, 25),
            _ => return None,
        };
        let place = rest.strip_suffix('/').unwrap_or(rest);
        let (info, place) = match place.split_once('@') {
            Some((info, place)) => (Some(info), place),
            None => (None, place),
        };
        let (host, port) = host_and_port(place, default_port)?;
        let credentials = match info {
            Some(info) => Some(credentials(info)?),
            None => None,
        };
        Some(Self { host, port, encryption, credentials })
    }
}

fn credentials(info: &str) -> Option<Credentials> {
    let (user, password) = info.split_once(':')?;
    let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
    let (user, password) = (decode(user)?, decode(password)?);
    // RFC 4616: NUL divides the parts.
    let fits = !user.is_empty() && !user.contains('\0') && !password.contains('\0');
    fits.then(|| Credentials { user, password: password.into() })
}

fn host_and_port(place: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            let _: std::net::Ipv6Addr = address.parse().ok()?;
            (address, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let port = port.map_or(Some(default), |port| port.parse().ok().filter(|port| *port > 0))?;
    (!host.is_empty() && host.chars().all(fits)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn places_and_credentials_are_read() {
        use Encryption::{Implicit, None as Plain, StartTls};
        for (text, host, port, encryption, user) in [
            ("smtps://u:p@mail.example.com:465", "mail.example.com", 465, Implicit, Some("u")),
            ("smtps://mail.example.com", "mail.example.com", 465, Implicit, None),
            ("smtp://a%40b:p@mail", "mail", 587, StartTls, Some("a@b")),
            ("smtp://mail:2525/?tls=starttls", "mail", 2525, StartTls, None),
            ("smtp://[::1]:25?tls=none", "::1", 25, Plain, None),
            ("smtp://[::1]?tls=none", "::1", 25, Plain, None),
        ] {
            let url = SmtpUrl::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((url.host.as_str(), url.port, url.encryption), (host, port, encryption));
            assert_eq!(url.credentials.as_ref().map(|it| it.user.as_str()), user, "{text}");
        }
        let url = SmtpUrl::parse("smtps://u:s3%3Acr%2Fet@mail").unwrap();
        assert_eq!(url.credentials.unwrap().password.expose_secret(), "s3:cr/et");
    }

    #[test]
    fn what_is_no_such_url_is_refused() {
        for text in [
            "",
            "mail",
            "http://mail",
            "smtps://",
            "smtps://mail?tls=none",
            "smtp://mail?tls=maybe",
            "smtps://u@mail",
            "smtps://:p@mail",
            "smtps://u:p%00x@mail",
            "smtps://u:p@@mail",
            "smtps://mail:0",
            "smtps://mail:99999",
            "smtps://mail:",
            "smtps://[mail]",
            "smtps://[::1]x",
            "smtps://ma il",
            "smtps://mail\r\n",
            "smtps://mail/x",
        ] {
            assert!(SmtpUrl::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn no_part_of_it_is_shown() {
        let shown = format!("{:?}", SmtpUrl::parse("smtps://us3r:s3cret@h0st").unwrap());
        assert_eq!(shown, "SmtpUrl(Implicit)");
    }
}
