//! One connection: its time and its size are bounded.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Stage;
use super::routes::Routes;

/// How long the head of a request may take, also the first byte of the next one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may last, however busy it is.
const LIFETIME: Duration = Duration::from_mins(1);
/// How long the last answer may take to be read.
const LAST_ANSWER: Duration = Duration::from_secs(5);
/// The longest request line and headers, in bytes; longer ones are answered 431.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// Answers the requests of one connection until it ends, or must.
pub(super) async fn converse(
    stream: TcpStream,
    routes: Arc<Routes>,
    mut stage: watch::Receiver<Stage>,
) {
    // Without it an answer may wait for the client's next packet; it is no loss where it fails.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = routes.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // What ends a connection early is the client's own doing.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = sleep(LIFETIME) => {}
        _ = stage.wait_for(|stage| *stage == Stage::Finishing) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST_ANSWER, connection).await;
}
