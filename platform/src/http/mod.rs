//! A small HTTP/1.1 client: one request on one connection, under one deadline, with a bounded
//! answer. It follows no redirects: a 3xx is an answer.

mod code;
mod instances;
mod post;
mod request;
mod stream;
mod url;

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

pub use code::Code;
pub use instances::status_of_any_instance;
pub use post::{Post, post};
pub use request::{Limits, Response, get, status};
pub use stream::{Stream, stream};
pub(crate) use url::Peer;
pub use url::{Url, UrlInvalid};

/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;
/// What the system keeps of an answer that is not yet read, and of a request, for each connection:
/// slow clients cost little, however many they are. Linux doubles both for its own bookkeeping.
const SEND_BUFFER_BYTES: u32 = 64 * 1024;
const RECEIVE_BUFFER_BYTES: u32 = 16 * 1024;

/// Listens at `address`; port 0 takes a free one. Each connection sends its answers at once
/// (`TCP_NODELAY`, which it inherits).
///
/// # Errors
/// The address is taken or not this machine's.
#[expect(clippy::unused_async, reason = "a socket belongs to the runtime that it is made in")]
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
