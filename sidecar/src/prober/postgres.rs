//! PostgreSQL: `SELECT 1`.

use std::time::Duration;

use domain::configuration::PostgresUrl;
use platform::postgres::{Code, Session};
use platform::tls::Trust;

use super::steady::Server;

pub(super) struct PostgresServer {
    url: PostgresUrl,
    trust: Trust,
}

impl PostgresServer {
    pub(super) const fn new(url: PostgresUrl, trust: Trust) -> Self {
        Self { url, trust }
    }
}

impl Server for PostgresServer {
    const NAME: &'static str = "postgres";
    type Session = Session;

    async fn log_in(&self, deadline: Duration) -> Result<Session, &'static str> {
        Session::connect(&self.url, &self.trust, "sidecar", deadline).await.map_err(Code::as_str)
    }

    async fn ask(
        &self,
        session: &mut Session,
        deadline: Duration,
    ) -> Result<Duration, &'static str> {
        session.ping(deadline).await.map_err(Code::as_str)
    }

    /// A login ends with the server's word that it is ready for a query.
    async fn prove(&self, _: &mut Session, _: Duration) -> Result<(), &'static str> {
        Ok(())
    }
}
