//! Redis: `PING`.

use std::time::Duration;

use domain::configuration::RedisUrl;
use platform::redis::{Code, Session};
use platform::tls::Trust;

use super::steady::Server;

pub(super) struct RedisServer {
    url: RedisUrl,
    trust: Trust,
}

impl RedisServer {
    pub(super) const fn new(url: RedisUrl, trust: Trust) -> Self {
        Self { url, trust }
    }
}

impl Server for RedisServer {
    const NAME: &'static str = "redis";
    type Session = Session;

    async fn log_in(&self, deadline: Duration) -> Result<Session, &'static str> {
        Session::connect(&self.url, &self.trust, deadline).await.map_err(Code::as_str)
    }

    async fn ask(
        &self,
        session: &mut Session,
        deadline: Duration,
    ) -> Result<Duration, &'static str> {
        session.ping(deadline).await.map_err(Code::as_str)
    }

    /// Without a password nothing is said at a login, and a server that now wants one lets
    /// everybody connect.
    async fn prove(&self, session: &mut Session, deadline: Duration) -> Result<(), &'static str> {
        match self.url.password {
            Some(_) => Ok(()),
            None => self.ask(session, deadline).await.map(drop),
        }
    }
}
