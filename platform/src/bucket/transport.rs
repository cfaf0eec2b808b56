//! How the store is reached: a connection of our own for each request, with rustls where it is
//! encrypted, a deadline on its making and one on silence.
//!
//! The answer of a failure is dropped unread: the status is all that is wanted of it, and what a
//! server writes must not come into a message.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};

use super::Code;
use super::watched::Watched;
use crate::http::{Peer, Url};
use crate::net::{self, Driver, Stream};
use crate::tls::{Check, Trust};

/// From the lookup of the name to the end of the handshake.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);
/// The longest answer that is no object, in bytes: a page of a list is under one megabyte.
const MAX_DOCUMENT_BYTES: usize = 4 * 1024 * 1024;

/// Makes the connections.
#[derive(Clone)]
pub(super) struct Transport {
    /// Whom to trust.
    pub(super) trust: Trust,
    /// How long nothing may come or go.
    pub(super) silence: Duration,
    /// The status of the last answer.
    pub(super) status: Arc<AtomicU16>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Transport")
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Transport {
    fn call<'a, 'b>(&'a self, request: HttpRequest) -> Answering<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move { self.exchange(request).await.map_err(Code::into_error) })
    }
}

impl Transport {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Code> {
        self.status.store(0, Ordering::Relaxed);
        let url = Url::of_the_web(&request.uri().to_string()).map_err(|_| Code::AddressInvalid)?;
        let is_object = request.method() == Method::GET && !is_list(request.uri());
        let request = addressed(request, &url)?;
        let stream = tokio::time::timeout(CONNECT_DEADLINE, self.connect(&url.peer)).await;
        let stream = Watched::new(stream.map_err(|_| Code::Timeout)??, self.silence);
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| Code::of_http(&error))?;
        let driver = Driver::spawn(async move {
            // The same failure reaches whoever waits for the answer.
            let _ = connection.await;
        });
        let response = sender.send_request(request).await;
        let response = response.map_err(|error| Code::of_http(&error))?;
        self.status.store(response.status().as_u16(), Ordering::Relaxed);
        Ok(answer(response, driver, is_object))
    }

    async fn connect(&self, peer: &Peer) -> Result<Stream, Code> {
        match peer {
            Peer::Tcp { host, port } => Ok(net::connect_tcp(host, *port).await?),
            Peer::Tls { host, port } => {
                let stream = net::connect_tcp(host, *port).await?;
                Ok(self.trust.encrypt(stream, host, Check::Full).await?)
            }
            Peer::Unix { .. } => Err(Code::AddressInvalid),
        }
    }
}

fn is_list(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| query.contains("list-type="))
}

/// The request as a server takes it: the path alone in its first line, the host in a header, as it
/// was signed, without the port that goes without saying.
fn addressed(request: HttpRequest, url: &Url) -> Result<Request<HttpRequestBody>, Code> {
    let (mut head, body) = request.into_parts();
    let implied = if matches!(url.peer, Peer::Tls { .. }) { ":443" } else { ":80" };
    let host = url.authority.strip_suffix(implied).unwrap_or(&url.authority);
    let host = HeaderValue::from_str(host).map_err(|_| Code::AddressInvalid)?;
    head.headers.insert(HOST, host);
    let agent = concat!("ballast/", env!("CARGO_PKG_VERSION"));
    head.headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    head.uri = url.path.parse().map_err(|_| Code::AddressInvalid)?;
    Ok(Request::from_parts(head, body))
}

fn answer(response: hyper::Response<Incoming>, driver: Driver, is_object: bool) -> HttpResponse {
    let (mut head, body) = response.into_parts();
    let body = Answer { body, _driver: driver };
    let body = if !head.status.is_success() {
        Bytes::new().into()
    } else if is_object {
        HttpResponseBody::new(body)
    } else {
        let limited = Limited::new(body, MAX_DOCUMENT_BYTES).map_err(|error| {
            let own = error.downcast::<HttpError>();
            own.map_or_else(|_| Code::ProtocolError.into_error(), |error| *error)
        });
        HttpResponseBody::new(limited)
    };
    if head.status == StatusCode::NOT_IMPLEMENTED {
        // It will not be implemented the next time either: nothing to try again.
        head.status = StatusCode::BAD_REQUEST;
    }
    HttpResponse::from_parts(head, body)
}

/// A body, and what moves its bytes.
struct Answer {
    body: Incoming,
    _driver: Driver,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| frame.map_err(|error| Code::of_http(&error).into_error())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
