//! One server of a connection string: how it is reached, and how the connection is encrypted before
//! anything is said (PostgreSQL documentation, "SSL Session Encryption").
//!
//! The request for encryption is sent here and not by the driver, so that each of its outcomes has a
//! code, and so that a connection is one type whatever became of it.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::path::{Path, PathBuf};

use domain::configuration::{PostgresUrl, SslMode, SslRoots};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::Code;
use crate::net::{self, Stream};
use crate::tls::{self, Check, Trust};

/// Its length, and the code that stands in the place of a protocol's version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// How a connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As it is.
    Plain,
    /// Encrypted, or not at all.
    Encrypted,
    /// Encrypted where the server can.
    Either,
}

/// The ways of a mode, the second where the first fails by it.
pub(super) const fn ways(mode: SslMode) -> (Way, Option<Way>) {
    match mode {
        SslMode::Disable => (Way::Plain, None),
        SslMode::Allow => (Way::Plain, Some(Way::Encrypted)),
        SslMode::Prefer => (Way::Either, Some(Way::Plain)),
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (Way::Encrypted, None),
    }
}

/// Whom `url` trusts with it, and what is verified. A file of authorities is there to be used, also
/// where the mode does not insist: so libpq has it.
pub(super) async fn terms(url: &PostgresUrl, trust: &Trust) -> Result<(Trust, Check), Code> {
    let at_least = |check| match (url.ssl_mode, check) {
        (SslMode::VerifyFull, _) => Check::Full,
        (SslMode::VerifyCa, _) => Check::Chain,
        (_, check) => check,
    };
    match &url.ssl_roots {
        Some(SslRoots::File(path)) if url.ssl_mode != SslMode::Disable => {
            let path = PathBuf::from(path);
            let read = tokio::task::spawn_blocking(move || Trust::only(&path)).await;
            let only = read.map_err(|_| Code::TlsAuthorities)?.map_err(|_| Code::TlsAuthorities)?;
            Ok((only, at_least(Check::Chain)))
        }
        _ => Ok((trust.clone(), at_least(Check::Nothing))),
    }
}

/// A server, and the terms on which a connection to it is encrypted.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) name: String,
    pub(super) trust: Trust,
    pub(super) check: Check,
}

/// A host of a connection string is shown nowhere.
impl fmt::Debug for Peer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Peer").finish_non_exhaustive()
    }
}

impl Peer {
    /// A connection on which nothing was said yet. A socket of this machine is never encrypted.
    pub(super) async fn open(&self, way: Way) -> Result<Stream, Code> {
        if self.host.starts_with('/') {
            let socket = Path::new(&self.host).join(format!(".s.PGSQL.{}", self.port));
            return Ok(net::connect_unix(&socket).await?);
        }
        let stream = net::connect_tcp(&self.host, self.port).await?;
        if way == Way::Plain { Ok(stream) } else { self.encrypt(stream, way).await }
    }

    async fn encrypt(&self, mut stream: Stream, way: Way) -> Result<Stream, Code> {
        let mut answer = [0];
        let asked = async {
            stream.write_all(&SSL_REQUEST).await?;
            stream.flush().await?;
            stream.read_exact(&mut answer).await.map(drop)
        };
        asked.await.map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => Code::Closed,
            _ => Code::Unreachable,
        })?;
        match (&answer, way) {
            (b"S", _) => Ok(self.trust.encrypt(stream, &self.name, self.check).await?),
            (b"N", Way::Either) => Ok(stream),
            (b"N", _) => Err(Code::TlsRefused),
            _ => Err(Code::ProtocolError),
        }
    }
}

/// Tells the driver that the connection is what it should be.
pub(super) struct AsItIs;

impl TlsConnect<Stream> for AsItIs {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Ready<io::Result<Stream>>;

    fn connect(self, stream: Stream) -> Self::Future {
        ready(Ok(stream))
    }
}

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        match self.certificate().and_then(tls::end_point) {
            Some(hash) => ChannelBinding::tls_server_end_point(hash),
            None => ChannelBinding::none(),
        }
    }
}
