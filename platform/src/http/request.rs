//! A request on a connection of its own, and its answer.

use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, RETRY_AFTER, USER_AGENT};
use hyper::http::request::Builder;
use hyper_util::rt::TokioIo;

use super::{Code, Peer, Url};
use crate::net::{self, Driver, Stream};
use crate::tls::{Check, Trust};

/// The longest status line and headers that are read, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// What an answer may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the lookup of the name to the last byte.
    pub deadline: Duration,
    /// The largest body, in bytes.
    pub body_bytes: usize,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    status: u16,
    retry_after: Option<Duration>,
    body: Bytes,
}

impl Response {
    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// How long the server asks to be left alone: `Retry-After`, where it is a number of seconds
    /// (RFC 9110, section 10.2.3). A date is not read: it is of another clock.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// GET `url`, which asks for no encryption.
///
/// # Errors
/// A [`Code`]. A status such as 500 is an answer, not an error.
pub async fn get(url: &Url, limits: Limits) -> Result<Response, Code> {
    exchange(url, hyper::Request::get(&url.path), Vec::new(), limits, None).await
}

/// The status of GET `url`, which asks for no encryption. The body is not waited for: it may be
/// long, or have no end.
///
/// # Errors
/// A [`Code`]. A status such as 500 is an answer, not an error.
pub async fn status(url: &Url, deadline: Duration) -> Result<u16, Code> {
    let request = hyper::Request::get(&url.path);
    let answer = async { Ok(begin(url, request, Vec::new(), None).await?.0.status().as_u16()) };
    tokio::time::timeout(deadline, answer).await.unwrap_or(Err(Code::Timeout))
}

/// Sends `request` with `body` to the host of `url`, and takes the answer.
pub(super) async fn exchange(
    url: &Url,
    request: Builder,
    body: Vec<u8>,
    limits: Limits,
    trust: Option<&Trust>,
) -> Result<Response, Code> {
    let answer = async {
        let (response, _driver) = begin(url, request, body, trust).await?;
        let (head, body) = response.into_parts();
        let body = collect(body, limits.body_bytes).await?;
        let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        Ok(Response { status: head.status.as_u16(), retry_after, body })
    };
    tokio::time::timeout(limits.deadline, answer).await.unwrap_or(Err(Code::Timeout))
}

/// The head of the answer; its body comes as long as the driver lives.
pub(super) async fn begin(
    url: &Url,
    request: Builder,
    body: Vec<u8>,
    trust: Option<&Trust>,
) -> Result<(hyper::Response<Incoming>, Driver), Code> {
    let request = request
        .header(HOST, &url.authority)
        .header(USER_AGENT, concat!("ballast/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| Code::UrlInvalid)?;
    let stream = connect(&url.peer, trust).await?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| Code::of(&error))?;
    let driver = Driver::spawn(async move {
        // The same failure reaches whoever waits for the answer.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await.map_err(|error| Code::of(&error))?;
    Ok((response, driver))
}

async fn connect(peer: &Peer, trust: Option<&Trust>) -> Result<Stream, Code> {
    Ok(match peer {
        Peer::Tcp { host, port } => net::connect_tcp(host, *port).await?,
        Peer::Tls { host, port } => {
            let trust = trust.ok_or(Code::UrlInvalid)?;
            let stream = net::connect_tcp(host, *port).await?;
            trust.encrypt(stream, host, Check::Full).await?
        }
        Peer::Unix { socket } => net::connect_unix(socket).await?,
    })
}

async fn collect(body: Incoming, limit: usize) -> Result<Bytes, Code> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Code::TooLarge),
        Err(error) => Err(error.downcast_ref().map_or(Code::Closed, Code::of)),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const LIMITS: Limits = Limits { deadline: Duration::from_millis(300), body_bytes: 8 };

    async fn answer(text: &'static str, keep_open: bool) -> Result<(u16, Vec<u8>), Code> {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}/health?x=1", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).await.unwrap();
            assert!(request[..read].starts_with(b"GET /health?x=1 HTTP/1.1\r\n"));
            let _ = stream.write_all(text.as_bytes()).await;
            if keep_open {
                std::future::pending::<()>().await;
            }
        });
        let response = get(&url.parse().unwrap(), LIMITS).await?;
        Ok((response.status(), response.body().to_vec()))
    }

    #[tokio::test]
    async fn answers_and_their_faults_are_told_apart() {
        for (text, keep_open, expected) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true, Ok((200, b"ok".to_vec()))),
            ("HTTP/1.1 503 No\r\n\r\nno", false, Ok((503, b"no".to_vec()))),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789", true, Err(Code::TooLarge)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok", false, Err(Code::Closed)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok", true, Err(Code::Timeout)),
            ("SSH-2.0-OpenSSH\r\n\r\n", true, Err(Code::ProtocolError)),
            ("", false, Err(Code::Closed)),
            ("", true, Err(Code::Timeout)),
        ] {
            assert_eq!(answer(text, keep_open).await, expected, "{text:?}");
        }
    }

    #[tokio::test]
    async fn a_status_does_not_wait_for_the_body() {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok").await;
            std::future::pending::<()>().await;
        });
        assert_eq!(status(&url, LIMITS.deadline).await, Ok(200));
    }

    #[tokio::test]
    async fn no_listener_and_no_name_are_told_apart() {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let refused = get(&url.parse().unwrap(), LIMITS).await.unwrap_err();
        assert_eq!(refused, Code::Refused);
        let missing = get(&"unix:///nowhere/socket".parse().unwrap(), LIMITS).await.unwrap_err();
        assert_eq!(missing, Code::Refused);
    }
}
