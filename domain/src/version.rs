//! What names a release: a semantic version, a git tag, a git commit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name that is no release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Neither a semantic version nor an abbreviated or full git SHA.
    #[error("expected vMAJOR.MINOR.PATCH or a git SHA of 7 to 40 hex digits")]
    NoRelease,
    /// Not a full SHA-1.
    #[error("expected a git commit SHA of 40 hex digits")]
    NoCommit,
    /// Not a tag of a release.
    #[error("expected a git tag vMAJOR.MINOR.PATCH")]
    NoTag,
}

/// A full git commit SHA-1: 40 hex digits, kept in lower case (`DeploymentArtifact.git_commit_sha`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GitCommitSha(String);

impl GitCommitSha {
    /// Parses 40 hex digits of either case.
    ///
    /// # Errors
    /// [`VersionError::NoCommit`] for anything else.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() == 40 && is_hex(text) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(VersionError::NoCommit)
        }
    }

    /// The 40 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A git tag of a release: `v` and a semantic version (`DeploymentArtifact.git_tag`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GitTag(String);

impl GitTag {
    /// Parses `vMAJOR.MINOR.PATCH` with the optional pre-release and build suffixes of semver.org.
    ///
    /// # Errors
    /// [`VersionError::NoTag`] for anything else.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        match text.strip_prefix('v') {
            Some(version) if is_semantic_version(version) => Ok(Self(text.to_owned())),
            _ => Err(VersionError::NoTag),
        }
    }

    /// The tag, with its `v`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What names the deployed version (`DeploymentConfiguration.deployment_tag`, an artifact's id): a
/// semantic version with or without `v`, or 7 to 40 hex digits of a git SHA. Always a string: a SHA
/// of digits alone is not a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeploymentTag(String);

impl DeploymentTag {
    /// Parses a release's name.
    ///
    /// # Errors
    /// [`VersionError::NoRelease`] for a name that moves (`latest`) or is partial (`v1.2`).
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let sha = (7..=40).contains(&text.len()) && is_hex(text);
        let version = text.strip_prefix('v').unwrap_or(text);
        if sha || is_semantic_version(version) {
            Ok(Self(text.to_owned()))
        } else {
            Err(VersionError::NoRelease)
        }
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag as a git tag, where it is one.
    #[must_use]
    pub fn git_tag(&self) -> Option<GitTag> {
        GitTag::parse(&self.0).ok()
    }

    /// The tag as a full commit, where it is one.
    #[must_use]
    pub fn git_commit_sha(&self) -> Option<GitCommitSha> {
        GitCommitSha::parse(&self.0).ok()
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_semantic_version(text: &str) -> bool {
    semver::Version::parse(text).is_ok()
}

macro_rules! string_conversions {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = VersionError;
            fn try_from(text: String) -> Result<Self, VersionError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
string_conversions!(GitCommitSha, GitTag, DeploymentTag);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_that_names_no_release_is_refused() {
        for bad in ["", "latest", "v1.2", "1.2", "v01.2.3", "main", "abc123", "v1.2.3 ", "V1.2.3"] {
            assert_eq!(DeploymentTag::parse(bad), Err(VersionError::NoRelease), "{bad:?}");
        }
        for good in
            ["v1.2.3", "1.2.3", "v1.2.3-rc.1+build.5", "1234567", "DEADBEEF", &"a".repeat(40)]
        {
            assert!(DeploymentTag::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_commit_is_forty_hex_digits() {
        for bad in ["", "abc", &"g".repeat(40), &"a".repeat(41), &"é".repeat(20)] {
            assert!(GitCommitSha::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(GitCommitSha::parse(&"AB".repeat(20)).map(String::from), Ok("ab".repeat(20)));
    }

    #[test]
    fn a_git_tag_bears_its_v() {
        assert!(GitTag::parse("1.2.3").is_err());
        assert!(GitTag::parse("v1.2.3").is_ok());
    }
    #[test]
    fn a_deployment_tag_is_a_git_tag_or_a_commit_where_it_looks_like_one() {
        let commit = "a1".repeat(20);
        for (text, tag, sha) in [
            ("v1.2.3", Some("v1.2.3"), None),
            ("1.2.3", None, None),
            ("deadbee", None, None),
            (commit.as_str(), None, Some(commit.as_str())),
        ] {
            let found = DeploymentTag::parse(text).expect("a release");
            assert_eq!(found.as_str(), text);
            assert_eq!(found.git_tag().as_ref().map(GitTag::as_str), tag);
            assert_eq!(found.git_commit_sha().as_ref().map(GitCommitSha::as_str), sha);
        }
        assert_eq!(GitTag::parse("v1.2"), Err(VersionError::NoTag));
    }
}
