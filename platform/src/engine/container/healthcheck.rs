//! How a container is checked for its health.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// What the engine takes for a health check that says nothing else.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_START_INTERVAL: Duration = Duration::from_secs(5);
const DEFAULT_RETRIES: u32 = 3;

/// When the health of a container is checked, and when it counts as bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthCheck {
    /// From the end of one check to the begin of the next.
    pub interval: Duration,
    /// How long a check may take.
    pub timeout: Duration,
    /// How many failures in a row make it unhealthy.
    pub retries: u32,
    /// How long after the start failures don't count.
    pub start_period: Duration,
    /// The interval within the start period, for an engine that knows of it (25 and newer).
    pub start_interval: Duration,
}

/// The same as the engine writes it, in nanoseconds, where 0 is what it takes for nothing said. Of the
/// command it is kept only whether there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Written {
    #[serde(deserialize_with = "is_a_command")]
    test: bool,
    interval: i64,
    timeout: i64,
    retries: i64,
    start_period: i64,
    start_interval: i64,
}

impl Written {
    /// `None` where nothing is checked.
    pub(super) fn health_check(self) -> Option<HealthCheck> {
        let nanoseconds = |number: i64| Duration::from_nanos(u64::try_from(number).unwrap_or(0));
        let or = |number, default| match nanoseconds(number) {
            Duration::ZERO => default,
            time => time,
        };
        let retries = u32::try_from(self.retries).ok().filter(|number| *number > 0);
        self.test.then(|| HealthCheck {
            interval: or(self.interval, DEFAULT_INTERVAL),
            timeout: or(self.timeout, DEFAULT_TIMEOUT),
            retries: retries.unwrap_or(DEFAULT_RETRIES),
            start_period: nanoseconds(self.start_period),
            start_interval: or(self.start_interval, DEFAULT_START_INTERVAL),
        })
    }
}

/// `["NONE"]` is written where the check of the image is switched off.
fn is_a_command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let words = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(words.first().is_some_and(|word| word != "NONE"))
}
