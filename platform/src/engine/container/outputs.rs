//! What the health checks of a container have written, for who asks for it by name.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::deployment::HealthOutput;
use serde::Deserialize;

use super::super::model::{null_is_default, zero_is_none};

/// The outputs of a container's last health checks. They may hold a secret: whoever takes them out
/// removes it before they are shown or kept. It is read from the same answer as a
/// [`Container`](super::Container), which never has them.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Answer")]
pub struct HealthOutputs(Vec<HealthOutput>);

impl HealthOutputs {
    /// The checks, oldest first; none where the container has no health check.
    #[must_use]
    pub fn into_checks(self) -> Vec<HealthOutput> {
        self.0
    }
}

impl fmt::Debug for HealthOutputs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("HealthOutputs").field(&self.0.len()).finish()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    #[serde(default, deserialize_with = "null_is_default")]
    health: Health,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Health {
    #[serde(deserialize_with = "null_is_default")]
    log: Vec<Check>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Check {
    #[serde(default, deserialize_with = "zero_is_none")]
    end: Option<DateTime<Utc>>,
    exit_code: i64,
    #[serde(default)]
    output: String,
}

impl From<Answer> for HealthOutputs {
    fn from(answer: Answer) -> Self {
        let told =
            |Check { end, exit_code, output }| HealthOutput { ended_at: end, exit_code, output };
        Self(answer.state.health.log.into_iter().map(told).collect())
    }
}
