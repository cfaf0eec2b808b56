//! A small HTTP/1.1 client: one request on one connection, under one deadline, with a bounded
//! answer. It follows no redirects: a 3xx is an answer.

mod code;
mod post;
mod request;
mod stream;
mod url;

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

pub use code::Code;
pub use post::{Post, post};
pub use request::{Limits, Response, get, status};
pub use stream::{Stream, stream};
pub(crate) use url::Peer;
pub use url::{Url, UrlInvalid};

/// Listens at `address`; port 0 takes a free one.
///
/// # Errors
/// The address is taken or not this machine's.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}
