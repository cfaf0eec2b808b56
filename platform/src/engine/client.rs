//! Requests to the engine.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Code, ContainerSummary, Image};
use crate::http::{self, Limits, Url};

/// The newest version of the API that this client was written for (engine 25).
const NEWEST: Version = Version { major: 1, minor: 44 };

/// The oldest, which Debian 12's engine 20.10 speaks.
const OLDEST: Version = Version { major: 1, minor: 41 };

/// The largest answer that is read, in bytes.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u16,
    minor: u16,
}

/// An engine whose version is known.
#[derive(Debug, Clone)]
pub struct Engine {
    url: Url,
    version: Version,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Versions {
    api_version: String,
    #[serde(default, rename = "MinAPIVersion")]
    min_api_version: String,
}

impl Engine {
    /// Asks the engine at `url` for its version, and agrees with it on the newest that both speak.
    ///
    /// # Errors
    /// A [`Code`]; [`Code::VersionUnsupported`] where they speak none in common.
    pub async fn negotiate(url: Url, deadline: Duration) -> Result<Self, Code> {
        let engine = Self { url, version: OLDEST };
        let versions: Versions = engine.get("/version", deadline).await?;
        let version = negotiate(&versions.api_version, &versions.min_api_version)?;
        Ok(Self { version, ..engine })
    }

    /// The container whose ID is, or begins with, `id`; a container's host name is such a beginning.
    ///
    /// # Errors
    /// A [`Code`]; [`Code::NotFound`] where none or more than one has that ID.
    pub async fn container(&self, id: &str, deadline: Duration) -> Result<ContainerSummary, Code> {
        let id = checked(id, "")?;
        let mut found = self.containers(&json!({ "id": [id] }), deadline).await?;
        match (found.pop(), found.is_empty()) {
            (Some(container), true) => Ok(container),
            _ => Err(Code::NotFound),
        }
    }

    /// The containers of a service of a Compose project, running or not.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn containers_of(
        &self,
        project: &str,
        service: &str,
        deadline: Duration,
    ) -> Result<Vec<ContainerSummary>, Code> {
        let labels = [
            format!("com.docker.compose.project={project}"),
            format!("com.docker.compose.service={service}"),
        ];
        self.containers(&json!({ "label": labels }), deadline).await
    }

    /// To list is enough, and to inspect would be too much: its answer holds environments.
    async fn containers(
        &self,
        filters: &Value,
        deadline: Duration,
    ) -> Result<Vec<ContainerSummary>, Code> {
        let filters = filters.to_string();
        let filters = utf8_percent_encode(&filters, NON_ALPHANUMERIC);
        let path = format!("/containers/json?all=1&filters={filters}");
        self.get(&self.path(&path), deadline).await
    }

    /// The image of that ID, or of that name and tag.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn image(&self, id_or_name: &str, deadline: Duration) -> Result<Image, Code> {
        let name = checked(id_or_name, "_.-/:@")?;
        self.get(&self.path(&format!("/images/{name}/json")), deadline).await
    }

    fn path(&self, path: &str) -> String {
        let Version { major, minor } = self.version;
        format!("/v{major}.{minor}{path}")
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, deadline: Duration) -> Result<T, Code> {
        let url = self.url.with_path(path).map_err(|_| Code::UrlInvalid)?;
        let response = http::get(&url, Limits { deadline, body_bytes: MAX_BODY_BYTES }).await?;
        match response.status() {
            200 => serde_json::from_slice(response.body()).map_err(|_| Code::ProtocolError),
            404 => Err(Code::NotFound),
            401 | 403 => Err(Code::Forbidden),
            _ => Err(Code::ServerError),
        }
    }
}

fn negotiate(newest: &str, oldest: &str) -> Result<Version, Code> {
    let theirs = parse_version(newest).ok_or(Code::ProtocolError)?;
    let version = theirs.min(NEWEST);
    let floor = parse_version(oldest).unwrap_or(OLDEST).max(OLDEST);
    if version < floor { Err(Code::VersionUnsupported) } else { Ok(version) }
}

fn parse_version(text: &str) -> Option<Version> {
    let (major, minor) = text.split_once('.')?;
    Some(Version { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

/// A name that can't change the path it is put into.
fn checked<'a>(name: &'a str, marks: &str) -> Result<&'a str, Code> {
    let fits = |character: char| character.is_ascii_alphanumeric() || marks.contains(character);
    let fits = !name.is_empty() && name.chars().all(fits) && !name.contains("..");
    if fits { Ok(name) } else { Err(Code::UrlInvalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_that_both_speak_is_taken() {
        let taken = |newest, oldest| {
            negotiate(newest, oldest).map(|version| (version.major, version.minor))
        };
        assert_eq!(taken("1.41", "1.12"), Ok((1, 41)));
        assert_eq!(taken("1.43", "1.24"), Ok((1, 43)));
        assert_eq!(taken("1.52", "1.44"), Ok((1, 44)));
        assert_eq!(taken("1.44", ""), Ok((1, 44)));
        assert_eq!(taken("1.40", "1.12"), Err(Code::VersionUnsupported));
        assert_eq!(taken("1.60", "1.50"), Err(Code::VersionUnsupported));
        assert_eq!(taken("new", "1.12"), Err(Code::ProtocolError));
    }

    #[test]
    fn a_name_stays_within_its_part_of_the_path() {
        assert!(checked("localhost/ballast/bot:0.1.0", "_.-/:@").is_ok());
        for name in ["", "a/../b", "a?b", "a b", "a%2fb", "a/b"] {
            assert_eq!(checked(name, "_.-"), Err(Code::UrlInvalid), "{name}");
        }
    }
}
