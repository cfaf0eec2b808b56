//! The part of a URL that names who and where: `[user[:password]@]host[:port]`.
//!
//! Three kinds of URL share it, and each is laxer or stricter than the web's URLs in its own way,
//! so that a general URL library would accept what the drivers refuse, and the reverse.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::rule::Rule;

/// User and password, percent-decoded.
#[derive(Debug, Default)]
pub(super) struct UserInfo {
    pub(super) user: Option<String>,
    pub(super) password: Option<SecretString>,
}

/// A host and its port, where one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPort {
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

/// Splits `text` at the `@` that ends the user information, if there is one. As in libpq, the first
/// `@` ends it: one in a password must be percent-encoded.
pub(super) fn user_info(text: &str) -> Result<(UserInfo, &str), Rule> {
    let Some((info, rest)) = text.split_once('@') else {
        return Ok((UserInfo::default(), text));
    };
    let (user, password) = match info.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (info, None),
    };
    let not_empty = |text: String| (!text.is_empty()).then_some(text);
    let password = password.map(decode).transpose()?.and_then(not_empty).map(SecretString::from);
    Ok((UserInfo { user: not_empty(decode(user)?), password }, rest))
}

/// Reads `host[:port]`, the host a name, an IPv4 address or an IPv6 address in brackets.
pub(super) fn host_port(text: &str) -> Result<HostPort, Rule> {
    let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']').ok_or(Rule::UrlSyntax)?;
        if address.is_empty()
            || !address.bytes().all(|b| b.is_ascii_hexdigit() || b":.%".contains(&b))
        {
            return Err(Rule::UrlSyntax);
        }
        match rest.strip_prefix(':') {
            Some(port) => (address.to_owned(), Some(port)),
            None if rest.is_empty() => (address.to_owned(), None),
            None => return Err(Rule::UrlSyntax),
        }
    } else {
        match text.split_once(':') {
            Some((host, port)) => (decode(host)?, Some(port)),
            None => (decode(text)?, None),
        }
    };
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}#".contains(c);
    if host.contains(forbidden) {
        return Err(Rule::UrlSyntax);
    }
    let port = port.filter(|port| !port.is_empty()).map(parse_port).transpose()?;
    Ok(HostPort { host, port })
}

/// Percent-decodes one part of a URL; a broken escape, `%00` and bytes that are no UTF-8 are errors.
pub(super) fn decode(text: &str) -> Result<String, Rule> {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('%') {
        let escape = behind.get(..2).ok_or(Rule::PercentEncoding)?;
        if !escape.bytes().all(|byte| byte.is_ascii_hexdigit()) || escape == "00" {
            return Err(Rule::PercentEncoding);
        }
        rest = &behind[2..];
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| Rule::PercentEncoding)?;
    Ok(decoded.into_owned())
}

/// Whether the host is this very machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

fn parse_port(text: &str) -> Result<u16, Rule> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Rule::Port);
    }
    text.parse().ok().filter(|port| *port > 0).ok_or(Rule::Port)
}
