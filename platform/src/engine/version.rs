//! The version of the API that is spoken.
//!
//! What the calls of this module read has moved twice since 1.41: from 1.42 on `/system/df` can be asked
//! for some kinds of objects only, and from 1.52 on it lists them elsewhere and only when told to be
//! verbose. From 1.44 on (engine 25) a health check has a start interval.
//! Source: the API's version history in moby, `api/docs/CHANGELOG.md`.

use std::fmt;

use super::Code;

/// A version of the API, such as 1.41.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u16,
    minor: u16,
}

/// The oldest that is spoken: Debian 12's engine 20.10 knows no newer one.
pub(super) const OLDEST: Version = Version { major: 1, minor: 41 };
/// The newest that this client was written for. Engine 29 knows none before 1.44.
pub(super) const NEWEST: Version = Version { major: 1, minor: 55 };

/// Health checks have a start interval.
pub(super) const START_INTERVAL: Version = Version { major: 1, minor: 44 };
/// `/system/df` takes `type`.
pub(super) const DISK_TYPES: Version = Version { major: 1, minor: 42 };
/// `/system/df` takes `verbose`, and lists nothing without it.
pub(super) const DISK_VERBOSE: Version = Version { major: 1, minor: 52 };

impl Version {
    /// The newest that both sides speak, where the engine says that it speaks those from `oldest` to
    /// `newest`.
    pub(super) fn negotiate(newest: &str, oldest: &str) -> Result<Self, Code> {
        let version = Self::parse(newest).ok_or(Code::ProtocolError)?.min(NEWEST);
        let floor = Self::parse(oldest).unwrap_or(OLDEST).max(OLDEST);
        if version < floor { Err(Code::VersionUnsupported) } else { Ok(version) }
    }

    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_that_both_speak_is_taken() {
        let taken =
            |newest, oldest| Version::negotiate(newest, oldest).map(|version| version.to_string());
        for (newest, oldest, expected) in [
            ("1.41", "1.12", "1.41"),
            ("1.43", "1.24", "1.43"),
            ("1.52", "1.44", "1.52"),
            ("1.44", "", "1.44"),
            ("1.99", "1.44", "1.55"),
        ] {
            assert_eq!(taken(newest, oldest).as_deref(), Ok(expected), "{newest} {oldest}");
        }
        assert_eq!(taken("1.40", "1.12"), Err(Code::VersionUnsupported));
        assert_eq!(taken("1.60", "1.56"), Err(Code::VersionUnsupported));
        assert_eq!(taken("2.0", "2.0"), Err(Code::VersionUnsupported));
        assert_eq!(taken("new", "1.12"), Err(Code::ProtocolError));
    }
}
