//! The part of a URL that names who and where: `[user[:password]@]host[:port]`, as the web's URLs
//! have it. libpq reads its own differently: see [`super::postgres_url`].

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::host;
use super::placeholder;
use super::rule::Rule;

/// User and password, percent-decoded.
#[derive(Default)]
pub(super) struct UserInfo {
    pub(super) user: Option<String>,
    pub(super) password: Option<SecretString>,
}

/// Splits `text` at the `@` that ends the user information, if there is one. The first `@` ends it:
/// one in a password must be percent-encoded, for readers don't agree on more than one.
pub(super) fn split_user_info(text: &str) -> (Option<&str>, &str) {
    match text.split_once('@') {
        Some((info, place)) => (Some(info), place),
        None => (None, text),
    }
}

/// Whether the user or the password holds one of `/?#@` as it is. Each ends it too early: one of
/// them stands before the `@` that was meant to.
pub(super) fn is_cut_short(text: &str) -> bool {
    let Some((before, _)) = text.rsplit_once('@') else { return false };
    // An `@` in a parameter's value is none of theirs.
    let in_parameter = before.split_once('?').is_some_and(|(_, query)| query.contains('='));
    before.contains(['/', '?', '#', '@']) && !in_parameter
}

/// What is wrong with such a text. What all of its parts are is anybody's guess.
pub(super) fn cut_short(text: &str) -> Vec<Rule> {
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    let odd = text.contains(is_odd).then_some(Rule::UrlSyntax);
    odd.into_iter().chain([Rule::PasswordNotEncoded]).collect()
}

/// Reads `user[:password]`; an empty one counts as absent.
pub(super) fn user_info(text: &str) -> Result<UserInfo, Rule> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    let not_empty = |text: String| (!text.is_empty()).then_some(text);
    let password = password.map(decode).transpose()?.and_then(not_empty).map(SecretString::from);
    Ok(UserInfo { user: not_empty(decode(user)?), password })
}

/// Reads `host[:port]`, the host a name, an IPv4 address or an IPv6 address in brackets. The two
/// are told apart, so that each is said to be wrong for itself.
pub(super) fn host_port(text: &str) -> (Result<String, Rule>, Result<Option<u16>, Rule>) {
    let (host, port) = if let Some(bracketed) = text.strip_prefix('[') {
        match bracketed.split_once(']') {
            Some((address, rest)) if rest.is_empty() || rest.starts_with(':') => {
                let address = address.parse::<std::net::Ipv6Addr>().map(|_| address.to_owned());
                (address.map_err(|_| Rule::UrlSyntax), rest.strip_prefix(':'))
            }
            _ => (Err(Rule::UrlSyntax), None),
        }
    } else {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        (decode(host).and_then(plain_host).and_then(possible_host), port)
    };
    (host, port.filter(|port| !port.is_empty()).map(parse_port).transpose())
}

/// A host that can be looked up: no character that no name and no address has. A colon stands in an
/// IPv6 address alone.
pub(super) fn plain_host(host: String) -> Result<String, Rule> {
    let forbidden =
        |c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}#@/?[]:%".contains(c);
    if host.contains(forbidden) && host::ipv6(&host).is_none() {
        return Err(Rule::UrlSyntax);
    }
    Ok(host)
}

/// A host that some network may know: no sign that no name has, and labels that are none. What
/// stands in for a host is told as that.
fn possible_host(host: String) -> Result<String, Rule> {
    let labels = host.strip_suffix('.').unwrap_or(&host);
    let is_label =
        |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let is_name = !host.contains(|c: char| "*,;!$&'()+=~".contains(c))
        && (host.is_empty() || labels.split('.').all(is_label));
    if is_name || placeholder::is_host(&host) { Ok(host) } else { Err(Rule::UrlSyntax) }
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

/// Reads a port from 1 to 65535.
pub(super) fn parse_port(text: &str) -> Result<u16, Rule> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Rule::Port);
    }
    text.parse().ok().filter(|port| *port > 0).ok_or(Rule::Port)
}
