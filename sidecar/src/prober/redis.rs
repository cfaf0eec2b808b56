//! Redis: `PING` on one steady connection.

use std::time::{Duration, Instant};

use domain::configuration::RedisUrl;
use platform::redis::{Code, Session};

use super::check::Probe;

pub(super) struct RedisProbe {
    url: RedisUrl,
    session: Option<Session>,
}

impl RedisProbe {
    pub(super) const fn new(url: RedisUrl) -> Self {
        Self { url, session: None }
    }
}

impl Probe for RedisProbe {
    const NAME: &'static str = "redis";

    async fn ask(&mut self, deadline: Duration) -> Result<Duration, &'static str> {
        let begun = Instant::now();
        // Whatever goes wrong, or ends this early, drops the session, and the next attempt connects.
        let session = match self.session.take() {
            Some(session) => Ok(session),
            None => Session::connect(&self.url, deadline).await,
        };
        let mut session = session.map_err(Code::as_str)?;
        let left = deadline.saturating_sub(begun.elapsed());
        let latency = session.ping(left).await.map_err(Code::as_str)?;
        self.session = Some(session);
        Ok(latency)
    }
}
