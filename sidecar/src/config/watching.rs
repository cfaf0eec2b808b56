//! How the containers of the stack are watched.

use std::time::Duration;

use platform::env::Fields;
use platform::env::parse;
use platform::http::Url;

use super::Conclusion;
use super::variables::{MAX_RESTARTS, METRICS_INTERVAL_SECONDS};

/// How the containers of the stack are watched.
#[derive(Debug)]
pub struct Watching {
    /// The Docker engine.
    pub engine: Option<Url>,
    /// The sidecar's own container.
    pub own_container: Option<String>,
    /// How often every container is inspected and its counters are read.
    pub interval: Duration,
    /// How many restarts are too many, where the restart policy sets no bound.
    pub max_restarts: u32,
}

#[derive(serde::Deserialize)]
pub(super) struct RawWatching {
    metrics_interval_seconds: Option<String>,
    max_restarts: Option<String>,
}

impl RawWatching {
    /// The engine is the one that deployments are concluded by.
    pub(super) fn parse(
        self,
        conclusion: Option<&Conclusion>,
        fields: &mut Fields,
    ) -> Option<Watching> {
        let interval = self.metrics_interval_seconds;
        let interval =
            fields.required(&METRICS_INTERVAL_SECONDS, interval, parse::seconds(5..=300));
        let restarts =
            fields.required(&MAX_RESTARTS, self.max_restarts, parse::whole(1..=1000_u32));
        let Conclusion { engine, own_container, .. } = conclusion?;
        Some(Watching {
            engine: engine.clone(),
            own_container: own_container.clone(),
            interval: interval?,
            max_restarts: restarts?,
        })
    }
}
