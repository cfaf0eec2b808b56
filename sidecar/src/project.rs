//! The Compose project that the sidecar itself belongs to: it is the one that is watched.

use std::time::Duration;

use platform::engine::{Code, Engine};
use platform::http::Url;

/// Which artifact a container runs; compose/services.yml sets it.
pub(crate) const ARTIFACT_LABEL: &str = "ballast.deployment-tag";
const PROJECT_LABEL: &str = "com.docker.compose.project";

/// An engine, and the project on it.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) engine: Engine,
    pub(crate) name: String,
}

/// Why the project is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unknown {
    #[error("{0}")]
    Engine(Code),
    #[error("own_container_unknown")]
    OwnContainer,
}

impl Unknown {
    /// The code, as answers show it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Engine(code) => code.as_str(),
            Self::OwnContainer => "own_container_unknown",
        }
    }
}

impl From<Code> for Unknown {
    fn from(code: Code) -> Self {
        Self::Engine(code)
    }
}

impl Project {
    /// Agrees with the engine at `url` on a version, and asks it for the project of the container
    /// `own_container`. Each answer comes within `deadline`.
    pub(crate) async fn find(
        url: &Url,
        own_container: Option<&str>,
        deadline: Duration,
    ) -> Result<Self, Unknown> {
        let own = own_container.ok_or(Unknown::OwnContainer)?;
        let engine = Engine::negotiate(url.clone(), deadline).await?;
        let own = engine.container(own, deadline).await.map_err(|code| match code {
            Code::NotFound | Code::UrlInvalid => Unknown::OwnContainer,
            code => code.into(),
        })?;
        let name = own.labels.get(PROJECT_LABEL).cloned().ok_or(Unknown::OwnContainer)?;
        Ok(Self { engine, name })
    }
}
