//! One connection, and the end of what takes too long on it.

use std::time::{Duration, Instant};

use domain::configuration::{ChannelBinding, PostgresUrl};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use tokio_postgres::config::{self, SslMode as DriverSslMode, SslNegotiation};
use tokio_postgres::{Client, Config, SimpleQueryMessage};

use super::Code;
use super::peer::{AsItIs, Peer, Way, terms, ways};
use crate::net::{Driver, Stream};
use crate::tls::Trust;

/// How long the server is given to take a cancellation.
const CANCEL_DEADLINE: Duration = Duration::from_secs(2);

/// A row as text, `None` where a value is NULL.
pub type Row = Vec<Option<String>>;

/// A connection to PostgreSQL. It never reconnects by itself: after a failure that ends it, drop it
/// and connect again.
#[derive(Debug)]
pub struct Session {
    client: Client,
    driver: Option<Driver>,
    peer: Peer,
    way: Way,
    server_version: String,
}

impl Session {
    /// Connects and logs in as `ballast-PROGRAM`, trying the hosts of `url` in turn, encrypted as it
    /// says. Beside those of `url`, the authorities of `trust` are those that count.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn connect(
        url: &PostgresUrl,
        trust: &Trust,
        program: &str,
        deadline: Duration,
    ) -> Result<Self, Code> {
        let mut config = Config::new();
        config
            .user(url.user.as_str())
            .password(url.password.expose_secret())
            .dbname(url.database.as_str())
            .application_name(format!("ballast-{program}"))
            .channel_binding(match url.channel_binding {
                ChannelBinding::Disable => config::ChannelBinding::Disable,
                ChannelBinding::Prefer => config::ChannelBinding::Prefer,
                ChannelBinding::Require => config::ChannelBinding::Require,
            });
        let connecting = Self::connect_to_any(url, trust, config, Instant::now() + deadline);
        timeout(deadline, connecting).await.unwrap_or(Err(Code::Timeout))
    }

    /// A host that answers nothing leaves their share of the time to those behind it.
    async fn connect_to_any(
        url: &PostgresUrl,
        trust: &Trust,
        config: Config,
        end: Instant,
    ) -> Result<Self, Code> {
        let (trust, check) = terms(url, trust).await?;
        let (first, second) = ways(url.ssl_mode);
        let mut failure = Code::DnsFailed;
        let mut left = u32::try_from(url.hosts.len()).unwrap_or(u32::MAX);
        for (host, port, name) in url.servers() {
            let (host, name) = (host.to_owned(), name.to_owned());
            let peer = Peer { host, port, name, trust: trust.clone(), check };
            let share = end.saturating_duration_since(Instant::now()) / left;
            left = left.saturating_sub(1).max(1);
            let opened = timeout(share, peer.open(first)).await.unwrap_or(Err(Code::Timeout));
            match (opened, second) {
                (Ok(stream), _) => return Self::begin(stream, peer, config, second).await,
                (Err(Code::TlsUntrusted | Code::TlsFailed), Some(way)) => {
                    let stream = peer.open(way).await?;
                    return Self::begin(stream, peer, config, None).await;
                }
                (Err(code), _) => failure = code,
            }
        }
        Err(failure)
    }

    /// Logs in, and once more in the `other` way where the server's rules ask for that.
    async fn begin(
        stream: Stream,
        peer: Peer,
        mut config: Config,
        other: Option<Way>,
    ) -> Result<Self, Code> {
        let is_encrypted = stream.is_encrypted();
        let error = match Self::log_in(stream, &peer, &mut config).await {
            Ok(session) => return Ok(session),
            Err(error) => error,
        };
        let failure = Code::of(&error);
        match other {
            Some(way) if Code::is_of_the_way(&error) && (way == Way::Encrypted) != is_encrypted => {
                let Ok(stream) = peer.open(way).await else { return Err(failure) };
                Self::log_in(stream, &peer, &mut config).await.map_err(|_| failure)
            }
            _ => Err(failure),
        }
    }

    async fn log_in(
        stream: Stream,
        peer: &Peer,
        config: &mut Config,
    ) -> Result<Self, tokio_postgres::Error> {
        let way = if stream.is_encrypted() {
            // The request is answered already: what the driver calls a direct start.
            config.ssl_mode(DriverSslMode::Require).ssl_negotiation(SslNegotiation::Direct);
            Way::Encrypted
        } else {
            config.ssl_mode(DriverSslMode::Disable);
            Way::Plain
        };
        let (client, connection) = config.connect_raw(stream, AsItIs).await?;
        let server_version = connection.parameter("server_version").unwrap_or_default().to_owned();
        let driver = Driver::spawn(async move {
            // The same failure reaches whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(Self { client, driver: Some(driver), peer: peer.clone(), way, server_version })
    }

    /// The server's version, as it told at the start (`17.5 (Debian 17.5-1)`).
    #[must_use]
    pub fn server_version(&self) -> &str {
        &self.server_version
    }

    fn is_closed(&self) -> bool {
        self.driver.as_ref().is_none_or(Driver::is_finished)
    }

    /// Asks `SELECT 1` and tells how long the answer took.
    ///
    /// # Errors
    /// A [`Code`]. After [`Code::Timeout`] the connection is closed.
    pub async fn ping(&mut self, deadline: Duration) -> Result<Duration, Code> {
        let asked = Instant::now();
        let rows = self.rows("SELECT 1", deadline).await?;
        match rows.as_slice() {
            [row] if row.as_slice() == [Some("1".to_owned())] => Ok(asked.elapsed()),
            _ => Err(Code::ProtocolError),
        }
    }

    /// Carries `sql` out, one statement or several, and gives the rows of all as text.
    ///
    /// # Errors
    /// A [`Code`]. After [`Code::Timeout`] the connection is closed, and the server is being asked
    /// to stop what it did for it; nobody waits for that.
    pub async fn rows(&mut self, sql: &str, deadline: Duration) -> Result<Vec<Row>, Code> {
        if self.is_closed() {
            return Err(Code::Closed);
        }
        let Ok(answer) = timeout(deadline, self.client.simple_query(sql)).await else {
            self.driver = None;
            tokio::spawn(self.cancellation());
            return Err(Code::Timeout);
        };
        let messages = answer.map_err(|error| Code::of(&error))?;
        let texts = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
            }
            _ => None,
        };
        Ok(messages.iter().filter_map(texts).collect())
    }

    /// Closes the connection and asks the server to stop what it does for it. The server is given
    /// two seconds to hear it.
    pub async fn cancel(mut self) {
        self.driver = None;
        self.cancellation().await;
    }

    fn cancellation(&self) -> impl Future<Output = ()> + Send + use<> {
        let token = self.client.cancel_token();
        let (peer, way) = (self.peer.clone(), self.way);
        let asking = timeout(CANCEL_DEADLINE, async move {
            if let Ok(stream) = peer.open(way).await {
                let _ = token.cancel_query_raw(stream, AsItIs).await;
            }
        });
        async { drop(asking.await) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_peer_that_never_answers_ends_at_the_deadline() {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = PostgresUrl::parse(&format!("postgresql://u:p@127.0.0.1:{port}/db")).unwrap();
        let trust = Trust::new(None).unwrap();
        let connect = Session::connect(&url, &trust, "test", Duration::from_millis(50));
        assert_eq!(connect.await.unwrap_err(), Code::Timeout);
        drop(listener);
        let connect = Session::connect(&url, &trust, "test", Duration::from_secs(5));
        assert_eq!(connect.await.unwrap_err(), Code::Refused);
    }
}
