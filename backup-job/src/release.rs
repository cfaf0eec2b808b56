//! Of which release of the application a backup is.

use std::time::Duration;

use platform::http::{self, Limits, Url};
use serde::Deserialize;

use crate::config::Config;

const ASK: Limits = Limits { deadline: Duration::from_secs(3), body_bytes: 64 * 1024 };

#[derive(Deserialize)]
struct Health {
    version: Option<String>,
}

/// The version that the configuration names, else the one that the sidecar tells. A backup is worth having
/// also where nobody knows.
pub async fn of(config: &Config) -> Option<String> {
    match (&config.artifact_id, &config.release) {
        (Some(artifact_id), _) => Some(artifact_id.clone()),
        (None, Some(url)) => told(url).await,
        (None, None) => None,
    }
}

async fn told(url: &Url) -> Option<String> {
    let answer = http::get(url, ASK).await;
    let error_code = match answer.as_ref().map(|answer| serde_json::from_slice(answer.body())) {
        Ok(Ok(Health { version })) => return version,
        Ok(Err(_)) => "malformed",
        Err(code) => code.as_str(),
    };
    tracing::warn!(error_code, "the sidecar does not tell of which release the backup is");
    None
}
