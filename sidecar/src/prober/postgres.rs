//! PostgreSQL: `SELECT 1` on one steady connection.

use std::time::{Duration, Instant};

use domain::configuration::PostgresUrl;
use platform::postgres::{Code, Session};

use super::check::Probe;

pub(super) struct PostgresProbe {
    url: PostgresUrl,
    session: Option<Session>,
}

impl PostgresProbe {
    pub(super) const fn new(url: PostgresUrl) -> Self {
        Self { url, session: None }
    }
}

impl Probe for PostgresProbe {
    const NAME: &'static str = "postgres";

    async fn ask(&mut self, deadline: Duration) -> Result<Duration, &'static str> {
        let begun = Instant::now();
        // Whatever goes wrong, or ends this early, drops the session, and the next attempt connects.
        let session = match self.session.take() {
            Some(session) => Ok(session),
            None => Session::connect(&self.url, "sidecar", deadline).await,
        };
        let mut session = session.map_err(Code::as_str)?;
        let left = deadline.saturating_sub(begun.elapsed());
        let latency = session.ping(left).await.map_err(Code::as_str)?;
        self.session = Some(session);
        Ok(latency)
    }
}
