//! Parsers for [`super::Fields`]. None of them puts the text it was given into its answer.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

/// What a value should have been: a phrase that completes "NAME must be …". It has no place for
/// text that was made while the program ran, such as the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected(Phrase);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phrase {
    Fixed(&'static str),
    Whole { unit: &'static str, first: u64, last: u64 },
    OneOf(Vec<&'static str>),
}

impl Expected {
    /// What was expected, as a fixed phrase.
    #[must_use]
    pub const fn new(what: &'static str) -> Self {
        Self(Phrase::Fixed(what))
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Phrase::Fixed(what) => out.write_str(what),
            Phrase::Whole { unit, first, last } => {
                write!(out, "a whole number {unit}from {first} to {last}")
            }
            Phrase::OneOf(words) => write!(out, "one of {}", words.join(", ")),
        }
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

/// An `https://` URL, or an `http://` one.
///
/// # Errors
/// It is not.
pub fn web_url(text: &str) -> Result<crate::http::Url, Expected> {
    crate::http::Url::of_the_web(text).map_err(|_| Expected::new("an https:// URL"))
}

/// A whole number within bounds.
pub fn whole<N: FromStr + PartialOrd + Copy + Into<u64>>(
    bounds: RangeInclusive<N>,
) -> impl FnOnce(&str) -> Result<N, Expected> {
    move |text| number(text, &bounds, "")
}

/// A duration, as a whole number of seconds within bounds.
pub fn seconds(bounds: RangeInclusive<u64>) -> impl FnOnce(&str) -> Result<Duration, Expected> {
    move |text| number(text, &bounds, "of seconds ").map(Duration::from_secs)
}

fn number<N: FromStr + PartialOrd + Copy + Into<u64>>(
    text: &str,
    bounds: &RangeInclusive<N>,
    unit: &'static str,
) -> Result<N, Expected> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, last) = ((*bounds.start()).into(), (*bounds.end()).into());
    match text.parse::<N>() {
        Ok(number) if digits && bounds.contains(&number) => Ok(number),
        _ => Err(Expected(Phrase::Whole { unit, first, last })),
    }
}

/// One of a closed set of words.
pub fn one_of<T: Copy>(words: &[(&'static str, T)]) -> impl FnOnce(&str) -> Result<T, Expected> {
    move |text| {
        words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| Expected(Phrase::OneOf(words.iter().map(|(word, _)| *word).collect())))
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
        assert_eq!(one_of(&words)("debug").unwrap_err().to_string(), "one of INFO, DEBUG");
    }

    #[test]
    fn a_path_is_absolute() {
        assert!(path("/opt").is_ok());
        assert!(path("opt").is_err());
    }
}
