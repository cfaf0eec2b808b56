//! Parsers for [`super::Fields`]. None of them puts the text it was given into its answer.

use std::borrow::Cow;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

/// What a value should have been: a phrase that completes "NAME must be …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected(pub Cow<'static, str>);

impl Expected {
    /// What was expected, as a fixed phrase.
    #[must_use]
    pub const fn new(what: &'static str) -> Self {
        Self(Cow::Borrowed(what))
    }
}

/// The text as it is.
///
/// # Errors
/// None.
pub fn text(text: &str) -> Result<String, Expected> {
    Ok(text.to_owned())
}

/// The text as a secret.
///
/// # Errors
/// None.
pub fn secret(text: &str) -> Result<SecretString, Expected> {
    Ok(SecretString::from(text))
}

/// An absolute path.
///
/// # Errors
/// The path is relative.
pub fn path(text: &str) -> Result<PathBuf, Expected> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err(Expected::new("an absolute path")) }
}

/// An address and a port to listen on.
///
/// # Errors
/// It is not `ADDRESS:PORT`.
pub fn socket_address(text: &str) -> Result<SocketAddr, Expected> {
    text.parse().map_err(|_| Expected::new("an address and a port such as 0.0.0.0:8080"))
}

/// An `http://` URL, or `unix:///PATH` of a socket.
///
/// # Errors
/// It is not.
pub fn http_url(text: &str) -> Result<crate::http::Url, Expected> {
    text.parse().map_err(|_| Expected::new("an http:// URL, or unix:// and the path of a socket"))
}

/// A whole number within bounds.
pub fn whole<N: FromStr + PartialOrd + Display>(
    bounds: RangeInclusive<N>,
) -> impl FnOnce(&str) -> Result<N, Expected> {
    move |text| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<N>() {
            Ok(number) if digits && bounds.contains(&number) => Ok(number),
            _ => Err(Expected(Cow::Owned(format!(
                "a whole number from {} to {}",
                bounds.start(),
                bounds.end()
            )))),
        }
    }
}

/// A duration, as a whole number of seconds within bounds.
pub fn seconds(bounds: RangeInclusive<u64>) -> impl FnOnce(&str) -> Result<Duration, Expected> {
    move |text| {
        let phrase =
            format!("a whole number of seconds from {} to {}", bounds.start(), bounds.end());
        whole(bounds)(text).map(Duration::from_secs).map_err(|_| Expected(Cow::Owned(phrase)))
    }
}

/// One of a closed set of words.
pub fn one_of<T: Copy>(words: &[(&'static str, T)]) -> impl FnOnce(&str) -> Result<T, Expected> {
    move |text| {
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            Expected(Cow::Owned(format!("one of {}", words.join(", "))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_to_their_bounds() {
        for (text, expected) in [("1", Some(1)), ("9", Some(9)), ("0", None), ("10", None)] {
            assert_eq!(whole(1..=9_u32)(text).ok(), expected, "{text}");
        }
        for text in ["", "+1", " 1", "1.0", "-1", "99999999999999999999999"] {
            assert!(seconds(0..=u64::MAX)(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_closed_set_names_its_words() {
        let words = [("INFO", 1), ("DEBUG", 2)];
        assert_eq!(one_of(&words)("DEBUG"), Ok(2));
        assert_eq!(one_of(&words)("debug").unwrap_err().0, "one of INFO, DEBUG");
    }

    #[test]
    fn a_path_is_absolute() {
        assert!(path("/opt").is_ok());
        assert!(path("opt").is_err());
    }
}
