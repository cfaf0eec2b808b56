//! Requests to the engine.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::{spawn_blocking, yield_now};

use super::version::{DISK_TYPES, DISK_VERBOSE, OLDEST};
use super::{
    Code, Container, ContainerSummary, DiskUsage, Events, Image, Stats, Version, disk, events,
};
use crate::http::{self, Limits, Response, Url};

/// The largest answers that are read, in bytes: lists and disk usage tell of all containers, the others
/// of one. The engine keeps 4 KiB of each of five health results.
const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;
const MAX_DISK_BYTES: usize = 16 * 1024 * 1024;
const MAX_BODY_BYTES: usize = 256 * 1024;

/// What is parsed at once; a longer answer is parsed on a thread of its own, so that nothing on this one
/// waits for it.
const MAX_INLINE_BYTES: usize = 32 * 1024;

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
        let limits = Limits { deadline, body_bytes: MAX_BODY_BYTES };
        let versions: Versions = engine.get("/version", limits).await?;
        let version = Version::negotiate(&versions.api_version, &versions.min_api_version)?;
        Ok(Self { version, ..engine })
    }

    /// The version of the API that was agreed on.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
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

    /// The containers of a Compose project, running or not, without those of `compose run`.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn containers_of_project(
        &self,
        project: &str,
        deadline: Duration,
    ) -> Result<Vec<ContainerSummary>, Code> {
        let labels = [
            format!("com.docker.compose.project={project}"),
            "com.docker.compose.oneoff=False".to_owned(),
        ];
        self.containers(&json!({ "label": labels }), deadline).await
    }

    async fn containers(
        &self,
        filters: &Value,
        deadline: Duration,
    ) -> Result<Vec<ContainerSummary>, Code> {
        let path = format!("/containers/json?all=1&filters={}", encoded(filters));
        let limits = Limits { deadline, body_bytes: MAX_LIST_BYTES };
        self.get(&self.path(&path), limits).await
    }

    /// The container of that ID.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn inspect(&self, id: &str, deadline: Duration) -> Result<Container, Code> {
        let id = checked(id, "")?;
        let limits = Limits { deadline, body_bytes: MAX_BODY_BYTES };
        self.get(&self.path(&format!("/containers/{id}/json")), limits).await
    }

    /// The counters of the container of that ID, read once.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn stats(&self, id: &str, deadline: Duration) -> Result<Stats, Code> {
        let id = checked(id, "")?;
        let limits = Limits { deadline, body_bytes: MAX_BODY_BYTES };
        let path = format!("/containers/{id}/stats?stream=false&one-shot=true");
        self.get(&self.path(&path), limits).await
    }

    /// The disk space of all containers and volumes. The engine may need minutes for it.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn disk(&self, deadline: Duration) -> Result<DiskUsage, Code> {
        let query = if self.version >= DISK_VERBOSE {
            "?type=container&type=volume&verbose=1"
        } else if self.version >= DISK_TYPES {
            "?type=container&type=volume"
        } else {
            ""
        };
        let limits = Limits { deadline, body_bytes: MAX_DISK_BYTES };
        let path = self.path(&format!("/system/df{query}"));
        Ok(self.get::<disk::Answer>(&path, limits).await?.into())
    }

    /// What happens to the containers of a Compose project from now on. The stream begins within
    /// `deadline`, and has no end of its own.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn events(&self, project: &str, deadline: Duration) -> Result<Events, Code> {
        let filters = json!({
            "type": ["container"],
            "label": [format!("com.docker.compose.project={project}")],
            "event": events::ACTIONS,
        });
        let path = self.path(&format!("/events?filters={}", encoded(&filters)));
        let url = self.url.with_path(&path).map_err(|_| Code::UrlInvalid)?;
        let stream = http::stream(&url, deadline).await?;
        judged(stream.status())?;
        Ok(Events::new(stream))
    }

    /// The image of that ID, or of that name and tag.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn image(&self, id_or_name: &str, deadline: Duration) -> Result<Image, Code> {
        let name = checked(id_or_name, "_.-/:@")?;
        let limits = Limits { deadline, body_bytes: MAX_BODY_BYTES };
        self.get(&self.path(&format!("/images/{name}/json")), limits).await
    }

    fn path(&self, path: &str) -> String {
        format!("/v{}{path}", self.version)
    }

    async fn get<T>(&self, path: &str, limits: Limits) -> Result<T, Code>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let url = self.url.with_path(path).map_err(|_| Code::UrlInvalid)?;
        let response = http::get(&url, limits).await?;
        judged(response.status())?;
        let parse = |response: &Response| {
            serde_json::from_slice(response.body()).map_err(|_| Code::ProtocolError)
        };
        if response.body().len() <= MAX_INLINE_BYTES {
            let parsed = parse(&response);
            drop(response);
            yield_now().await;
            return parsed;
        }
        let parsed = spawn_blocking(move || parse(&response)).await;
        parsed.unwrap_or(Err(Code::ProtocolError))
    }
}

fn judged(status: u16) -> Result<(), Code> {
    match status {
        200 => Ok(()),
        404 => Err(Code::NotFound),
        401 | 403 => Err(Code::Forbidden),
        _ => Err(Code::ServerError),
    }
}

fn encoded(filters: &Value) -> String {
    utf8_percent_encode(&filters.to_string(), NON_ALPHANUMERIC).to_string()
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
    fn a_name_stays_within_its_part_of_the_path() {
        assert!(checked("localhost/ballast/bot:0.1.0", "_.-/:@").is_ok());
        for name in ["", "a/../b", "a?b", "a b", "a%2fb", "a/b"] {
            assert_eq!(checked(name, "_.-"), Err(Code::UrlInvalid), "{name}");
        }
    }
}
