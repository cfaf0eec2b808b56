//! Answers HTTP from the board. Connections are bounded in number, time and size, so that nobody
//! can keep Docker's own health check from its answer.

mod connection;
mod routes;
mod slots;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::view::View;
use connection::converse;
use routes::Routes;
use slots::Slots;

/// After an `accept` that failed, for want of file descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Everything is served.
    Serving,
    /// Everything is served still, and `/readyz` says that it will not be for long.
    Leaving,
    /// What is in flight is finished, and no more.
    Finishing,
}

/// Serves until `stop` is ready, goes on for `farewell` so that all can see it leave, and then
/// finishes what is in flight.
pub async fn serve(
    listener: TcpListener,
    view: View,
    stop: impl Future<Output = ()>,
    farewell: Duration,
) {
    let (stage, seen) = watch::channel(Stage::Serving);
    let mut server = Server {
        listener,
        routes: Arc::new(Routes::new(view, seen.clone())),
        stage: seen,
        slots: Slots::new(),
        connections: JoinSet::new(),
    };
    let mut stop = pin!(stop);
    server.accept_until(&mut stop).await;
    tracing::info!("stopping: finishing what is in flight");
    stage.send_replace(Stage::Leaving);
    server.accept_until(sleep(farewell)).await;
    stage.send_replace(Stage::Finishing);
    server.finish().await;
}

struct Server {
    listener: TcpListener,
    routes: Arc<Routes>,
    stage: watch::Receiver<Stage>,
    slots: Slots,
    connections: JoinSet<()>,
}

impl Server {
    async fn accept_until(&mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => self.take(stream, peer.ip()),
                    Err(error) => {
                        tracing::warn!(kind = ?error.kind(), "a connection can't be accepted");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = self.connections.join_next() => {}
            }
        }
    }

    fn take(&mut self, stream: TcpStream, peer: std::net::IpAddr) {
        let Some(slot) = self.slots.take(peer) else {
            tracing::debug!("a connection was refused: all slots are taken");
            return;
        };
        let work = converse(stream, Arc::clone(&self.routes), self.stage.clone());
        self.connections.spawn(async move {
            work.await;
            drop(slot);
        });
    }

    async fn finish(mut self) {
        drop(self.listener);
        while self.connections.join_next().await.is_some() {}
    }
}
