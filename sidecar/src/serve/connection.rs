//! One connection: its size is bounded here, its time by the [roster](super::roster).

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::roster::Pulse;
use super::routes::{Routes, has_body};
use super::socket::Socket;
use super::{Stage, finishing};

/// From this age on a connection ends with its next answer, however busy it is.
const LIFETIME: Duration = Duration::from_mins(1);
/// How long what is in flight at the end may take. With the farewell it stays below two seconds.
const LAST_ANSWER: Duration = Duration::from_millis(700);
/// The longest request line and headers, in bytes; longer ones are answered 431.
const MAX_HEAD_BYTES: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;
/// How long, and for how many bytes, it listens to a client that has been answered and goes on.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 * 1024;

/// Answers the requests of one connection until it ends, or must.
pub(super) async fn converse(
    stream: TcpStream,
    routes: Arc<Routes>,
    pulse: Arc<Pulse>,
    stage: watch::Receiver<Stage>,
) {
    let unread = AtomicBool::new(false);
    let service = service_fn(|request| {
        let now = Instant::now();
        pulse.hear(now);
        unread.fetch_or(has_body(&request), Ordering::Relaxed);
        let mut answer = routes.answer(&request, now);
        if pulse.age(now) > LIFETIME {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        ready(Ok::<_, Infallible>(answer))
    });
    let mut connection = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(Socket::new(stream), service);
    // What ends a connection early is the client's own doing.
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = finishing(stage) => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            timeout(LAST_ANSWER, &mut connection).await.unwrap_or(Ok(()))
        }
    };
    if ended.is_err() || unread.load(Ordering::Relaxed) {
        linger(connection.into_parts().io.into_inner()).await;
    }
}

/// Closing a connection on bytes that were not read resets it, and the client may never see its
/// answer: they are taken in, and forgotten.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let read = async {
        let mut left = LINGER_BYTES;
        while left > 0 && stream.readable().await.is_ok() {
            match stream.try_read(&mut [0; 4096]) {
                Ok(0) => break,
                Ok(count) => left = left.saturating_sub(count),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
    };
    let _ = timeout(LINGER, read).await;
}
