//! Connections: taken up to a bound, slow ones cut, finished when the bot is told to stop.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::RunError;
use crate::routes::Bot;

const CONNECTIONS: usize = 128;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client that has just connected may take to ask, once the bot is told to stop.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(1);
/// As many wait in the kernel to be taken, at most.
const BACKLOG: usize = 1024;
/// After an `accept` that failed, for want of file descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is ready, then waits up to `grace` for what is in flight.
pub(crate) async fn serve(
    listener: TcpListener,
    bot: Arc<Bot>,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> Result<(), RunError> {
    let (stopping, stopped) = watch::channel(false);
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        tokio::select! {
            () = &mut stop => break,
            (slot, accepted) = next => match accepted {
                Ok((stream, _)) => {
                    let work = converse(stream, Arc::clone(&bot), stopped.clone());
                    connections.spawn(async move {
                        work.await;
                        drop(slot);
                    });
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    for stream in backlog(listener) {
        connections.spawn(converse(stream, Arc::clone(&bot), stopped.clone()));
    }
    tracing::info!("stopping: finishing what is in flight");
    stopping.send_replace(true);
    let drained = timeout(grace, async { while connections.join_next().await.is_some() {} }).await;
    drained.map_err(|_| RunError::GracePassed)
}

/// Whoever waits to be taken, after which nobody listens: they believe to be connected, and closing the
/// listener would reset them with the requests that they have sent.
fn backlog(listener: TcpListener) -> Vec<TcpStream> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    // It does not block: the first that it has not got ends them.
    let taken = listener.incoming().take(BACKLOG).map_while(Result::ok);
    taken.filter_map(|stream| unblocked(stream).ok()).collect()
}

fn unblocked(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}

async fn converse(stream: TcpStream, bot: Arc<Bot>, mut stopped: watch::Receiver<bool>) {
    let begun = Arc::new(Notify::new());
    let beginning = Arc::clone(&begun);
    let is_own_check = stream.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());
    let service = service_fn(move |request| {
        beginning.notify_one();
        let bot = Arc::clone(&bot);
        async move { Ok::<_, Infallible>(bot.answer(request, is_own_check).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // What ends a connection early is the client's own doing.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    // A connection without a request is cut by the shutdown, also when one is on its way.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = timeout(FIRST_REQUEST_TIMEOUT, begun.notified()) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
