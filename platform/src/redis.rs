//! One steady connection to Redis that answers PING under a deadline.
//!
//! No message of the driver or of the server leaves this module: a failure is a [`Code`].

use std::time::{Duration, Instant};

use domain::configuration::RedisUrl;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisConnectionInfo, RedisError, Value};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use crate::codes::{codes, from_fault, from_tls_fault};
use crate::net::{self, Driver, Stream};
use crate::tls::{Check, Trust};

codes! {
    /// Why Redis gave no answer.
    Code {
        /// The connection string can't be read.
        UrlInvalid = "redis_url_invalid",
        /// The connection string asks for TLS, and the server speaks none.
        TlsRefused = "redis_tls_refused",
        /// The server's certificate is of no known authority, not valid now or for another host.
        TlsUntrusted = "redis_tls_untrusted",
        /// The two could not agree on an encryption.
        TlsFailed = "redis_tls_failed",
        /// The host's name can't be resolved.
        DnsFailed = "redis_dns_failed",
        /// Nothing listens there.
        Refused = "redis_refused",
        /// The network doesn't reach the host.
        Unreachable = "redis_unreachable",
        /// No answer within the deadline.
        Timeout = "redis_timeout",
        /// The connection ended before the answer.
        Closed = "redis_closed",
        /// The server wants a password (`NOAUTH`).
        AuthRequired = "redis_auth_required",
        /// The server does not accept the user or the password (`WRONGPASS`).
        AuthFailed = "redis_auth_failed",
        /// The user may not do that (`NOPERM`).
        PermissionDenied = "redis_permission_denied",
        /// The server refuses strangers (protected mode).
        ProtectedMode = "redis_protected_mode",
        /// The server is reading its data in (`LOADING`).
        Loading = "redis_loading",
        /// A replica has lost its master (`MASTERDOWN`).
        MasterDown = "redis_master_down",
        /// The server takes no writes (`READONLY`).
        ReadOnly = "redis_read_only",
        /// The server runs a script and answers nothing else (`BUSY`).
        Busy = "redis_busy",
        /// The server has no connection left.
        TooManyClients = "redis_too_many_clients",
        /// The server has no such database.
        DatabaseMissing = "redis_database_missing",
        /// The server answered with another error.
        ServerError = "redis_server_error",
        /// What answers does not speak Redis's protocol.
        ProtocolError = "redis_protocol_error",
    }
}

from_fault!(Code);
from_tls_fault!(Code);

impl Code {
    fn of(error: &RedisError) -> Self {
        let detail = error.detail().unwrap_or_default();
        match error.code() {
            Some("LOADING") => Self::Loading,
            Some("NOAUTH") => Self::AuthRequired,
            Some("WRONGPASS") => Self::AuthFailed,
            Some("NOPERM") => Self::PermissionDenied,
            Some("MASTERDOWN") => Self::MasterDown,
            Some("READONLY") => Self::ReadOnly,
            Some("BUSY") => Self::Busy,
            Some("DENIED") => Self::ProtectedMode,
            Some("ERR") if detail.contains("max number of clients") => Self::TooManyClients,
            Some("ERR") if detail.contains("without any password configured") => Self::AuthFailed,
            Some("ERR") if detail.contains("DB index is out of range") => Self::DatabaseMissing,
            Some(_) => Self::ServerError,
            None if error.kind() == ErrorKind::Parse => Self::ProtocolError,
            None => Self::Closed,
        }
    }
}

/// A connection to Redis. It never reconnects by itself: after a failure that ends it
/// ([`Session::is_closed`]), drop it and connect again.
#[derive(Debug)]
pub struct Session {
    connection: MultiplexedConnection,
    driver: Option<Driver>,
}

impl Session {
    /// Connects, logs in and chooses the database of `url`, encrypted where it says so; what its
    /// certificate is held to is `trust`.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn connect(url: &RedisUrl, trust: &Trust, deadline: Duration) -> Result<Self, Code> {
        let connecting = Self::connect_to(url, trust, deadline / 2);
        timeout(deadline, connecting).await.unwrap_or(Err(Code::Timeout))
    }

    async fn connect_to(url: &RedisUrl, trust: &Trust, patience: Duration) -> Result<Self, Code> {
        let mut stream = net::connect_tcp(&url.host, url.port).await?;
        if url.tls {
            stream = encrypt(stream, url, trust, patience).await?;
        }
        // The driver's own login would hide why the server refused it, so it is told nothing.
        let bare = RedisConnectionInfo::default().set_skip_set_lib_name();
        let config =
            AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let (connection, work) = MultiplexedConnection::new_with_config(&bare, stream, config)
            .await
            .map_err(|error| Code::of(&error))?;
        let mut session = Self { connection, driver: Some(Driver::spawn(work)) };
        if let Some(password) = &url.password {
            let mut login = Cmd::new();
            login.arg("AUTH").arg(url.user.as_deref()).arg(password.expose_secret());
            session.ask(&login).await?;
        }
        if url.database != 0 {
            session.ask(Cmd::new().arg("SELECT").arg(url.database)).await?;
        }
        Ok(session)
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.driver.as_ref().is_none_or(Driver::is_finished)
    }

    /// Asks PING and tells how long the answer took.
    ///
    /// # Errors
    /// A [`Code`]. After [`Code::Timeout`] the connection is closed.
    pub async fn ping(&mut self, deadline: Duration) -> Result<Duration, Code> {
        if self.is_closed() {
            return Err(Code::Closed);
        }
        let asked = Instant::now();
        let Ok(answer) = timeout(deadline, self.ask(Cmd::new().arg("PING"))).await else {
            self.driver = None;
            return Err(Code::Timeout);
        };
        match answer? {
            Value::SimpleString(text) if text == "PONG" => Ok(asked.elapsed()),
            _ => Err(Code::ProtocolError),
        }
    }

    async fn ask(&mut self, command: &Cmd) -> Result<Value, Code> {
        let answer = self.connection.send_packed_command(command).await;
        answer.and_then(Value::extract_error).map_err(|error| Code::of(&error))
    }
}

/// A Redis without TLS waits for the end of a line that no handshake has, for ever. Where nothing has
/// come for `patience`, a connection of its own tells whether that is why.
async fn encrypt(
    stream: Stream,
    url: &RedisUrl,
    trust: &Trust,
    patience: Duration,
) -> Result<Stream, Code> {
    let check = if url.insecure { Check::Nothing } else { Check::Full };
    let without_tls = async {
        sleep(patience).await;
        if !answers_plainly(url).await.unwrap_or(false) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        encrypted = trust.encrypt(stream, &url.host, check) => Ok(encrypted?),
        () = without_tls => Err(Code::TlsRefused),
    }
}

/// Whether PING, which is no secret, is answered as Redis does.
async fn answers_plainly(url: &RedisUrl) -> Option<bool> {
    let mut stream = net::connect_tcp(&url.host, url.port).await.ok()?;
    stream.write_all(b"PING\r\n").await.ok()?;
    Some(matches!(stream.read_u8().await.ok()?, b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ping_a_server_that_says(answer: &'static [u8]) -> Result<(), Code> {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut command = [0; 64];
            let _ = stream.read(&mut command).await;
            let _ = stream.write_all(answer).await;
            if answer.is_empty() {
                std::future::pending::<()>().await;
            }
        });
        let url = RedisUrl::parse(&format!("redis://127.0.0.1:{port}")).unwrap();
        let trust = Trust::new(None).unwrap();
        let mut session = Session::connect(&url, &trust, Duration::from_secs(5)).await?;
        session.ping(Duration::from_millis(200)).await.map(drop)
    }

    #[tokio::test]
    async fn a_ping_tells_why_it_failed_and_never_in_the_servers_words() {
        for (answer, expected) in [
            ("+PONG\r\n", Ok(())),
            ("-LOADING Redis is loading the dataset in memory\r\n", Err(Code::Loading)),
            ("-NOAUTH Authentication required.\r\n", Err(Code::AuthRequired)),
            ("-MASTERDOWN Link with MASTER is down\r\n", Err(Code::MasterDown)),
            ("-ERR max number of clients reached\r\n", Err(Code::TooManyClients)),
            ("-DENIED Redis is running in protected mode\r\n", Err(Code::ProtectedMode)),
            ("-WEIRD s3cret\r\n", Err(Code::ServerError)),
            ("+OK\r\n", Err(Code::ProtocolError)),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", Err(Code::ProtocolError)),
            ("", Err(Code::Timeout)),
        ] {
            assert_eq!(ping_a_server_that_says(answer.as_bytes()).await, expected, "{answer}");
        }
    }

    #[test]
    fn every_code_is_named_after_the_dependency_and_explained() {
        for code in Code::ALL {
            assert!(code.as_str().starts_with("redis_"));
            assert!(code.meaning().ends_with('.'));
        }
    }
}
