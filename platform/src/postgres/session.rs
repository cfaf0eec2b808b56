//! One connection, and the end of what takes too long on it.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use domain::configuration::{PostgresUrl, SslMode};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use tokio_postgres::config::SslMode as DriverSslMode;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::Code;
use crate::net::{self, Driver, Fault, Stream};

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
    server_version: String,
}

#[derive(Clone)]
struct Peer {
    host: String,
    port: u16,
}

/// A host of a connection string is shown nowhere.
impl fmt::Debug for Peer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Peer").finish_non_exhaustive()
    }
}

impl Session {
    /// Connects and logs in as `ballast-PROGRAM`, trying the hosts of `url` in turn.
    ///
    /// # Errors
    /// A [`Code`]; [`Code::TlsUnsupported`] where `url` insists on TLS.
    pub async fn connect(
        url: &PostgresUrl,
        program: &str,
        deadline: Duration,
    ) -> Result<Self, Code> {
        match url.ssl_mode {
            SslMode::Disable | SslMode::Allow | SslMode::Prefer => {}
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                return Err(Code::TlsUnsupported);
            }
        }
        let mut config = Config::new();
        config
            .user(url.user.as_str())
            .password(url.password.expose_secret())
            .dbname(url.database.as_str())
            .application_name(format!("ballast-{program}"))
            .ssl_mode(DriverSslMode::Disable);
        timeout(deadline, Self::connect_to_any(url, &config)).await.unwrap_or(Err(Code::Timeout))
    }

    async fn connect_to_any(url: &PostgresUrl, config: &Config) -> Result<Self, Code> {
        let mut fault = Fault::DnsFailed;
        for (host, port) in &url.hosts {
            let peer = Peer { host: host.clone(), port: *port };
            match peer.connect().await {
                Ok(stream) => return Self::log_in(stream, peer, config).await,
                Err(error) => fault = error,
            }
        }
        Err(fault.into())
    }

    async fn log_in(stream: Stream, peer: Peer, config: &Config) -> Result<Self, Code> {
        let (client, connection) =
            config.connect_raw(stream, NoTls).await.map_err(|error| Code::of(&error))?;
        let server_version = connection.parameter("server_version").unwrap_or_default().to_owned();
        let driver = Driver::spawn(async move {
            // The same failure reaches whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(Self { client, driver: Some(driver), peer, server_version })
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
        let peer = self.peer.clone();
        let asking = timeout(CANCEL_DEADLINE, async move {
            if let Ok(stream) = peer.connect().await {
                let _ = token.cancel_query_raw(stream, NoTls).await;
            }
        });
        async { drop(asking.await) }
    }
}

impl Peer {
    async fn connect(&self) -> Result<Stream, Fault> {
        if self.host.starts_with('/') {
            let socket = PathBuf::from(&self.host).join(format!(".s.PGSQL.{}", self.port));
            net::connect_unix(&socket).await
        } else {
            net::connect_tcp(&self.host, self.port).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tls_is_refused_before_anything_is_sent() {
        let url = PostgresUrl::parse("postgresql://u:p@127.0.0.1:1/db?sslmode=require").unwrap();
        let error = Session::connect(&url, "test", Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error, Code::TlsUnsupported);
    }

    #[tokio::test]
    async fn a_peer_that_never_answers_ends_at_the_deadline() {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = PostgresUrl::parse(&format!("postgresql://u:p@127.0.0.1:{port}/db")).unwrap();
        let connect = Session::connect(&url, "test", Duration::from_millis(50));
        assert_eq!(connect.await.unwrap_err(), Code::Timeout);
        drop(listener);
        let connect = Session::connect(&url, "test", Duration::from_secs(5));
        assert_eq!(connect.await.unwrap_err(), Code::Refused);
    }
}
