//! Connections: sockets opened, for the clients in this crate.

mod race;

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;

use crate::dns;
pub(crate) use race::race;

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    DnsFailed,
    Refused,
    Unreachable,
}

impl Fault {
    pub(crate) fn of(error: &io::Error) -> Self {
        match error.kind() {
            // A socket file that nobody made yet is a server that doesn't listen yet.
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Self::Refused,
            _ => Self::Unreachable,
        }
    }
}

/// A connected stream.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<Stream>>),
}

impl Stream {
    /// The certificate that the server showed, as DER; none where nothing is encrypted.
    pub(crate) fn certificate(&self) -> Option<&[u8]> {
        match self {
            Self::Tcp(_) | Self::Unix(_) => None,
            Self::Tls(stream) => stream.get_ref().1.peer_certificates()?.first().map(AsRef::as_ref),
        }
    }

    pub(crate) const fn is_encrypted(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

/// Connects to the address of `host` that answers first. It has no deadline of its own, and an
/// address that answers nothing holds up no other.
pub(crate) async fn connect_tcp(host: &str, port: u16) -> Result<Stream, Fault> {
    let addresses = dns::addresses(host).await.map_err(|_| Fault::DnsFailed)?;
    let stream = race::first(addresses, port).await?;
    let _ = stream.set_nodelay(true);
    Ok(Stream::Tcp(stream))
}

/// Connects to the socket at `path`. It has no deadline of its own.
pub(crate) async fn connect_unix(path: &Path) -> Result<Stream, Fault> {
    UnixStream::connect(path).await.map(Stream::Unix).map_err(|error| Fault::of(&error))
}

/// The task that moves a connection's bytes. Dropped, it closes the connection.
#[derive(Debug)]
pub(crate) struct Driver(JoinHandle<()>);

impl Driver {
    pub(crate) fn spawn(connection: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(connection))
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
