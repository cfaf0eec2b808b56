//! Answers HTTP from the boards. Connections are bounded in number, time and size, so that nobody
//! can keep Docker's own health check from its answer.

mod accept;
mod answer;
mod cache;
mod connection;
mod content;
mod document;
mod draft;
mod query;
mod roster;
mod routes;
mod socket;
mod table;

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use platform::descriptors;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::view::View;
use connection::converse;
use roster::Roster;
use routes::Routes;

/// After an `accept` that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often it is looked for clients that have been silent for too long.
const SWEEP: Duration = Duration::from_millis(500);

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

/// Waits until only what is in flight is finished.
async fn finishing(mut stage: watch::Receiver<Stage>) {
    let _ = stage.wait_for(|stage| *stage == Stage::Finishing).await;
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
    let server = Server {
        listener,
        routes: Arc::new(Routes::new(view, seen.clone())),
        stage: seen,
        roster: Roster::new(descriptors::allow_most()),
        connections: JoinSet::new(),
    };
    // A task of its own: a new connection wakes nothing else.
    let mut task = JoinSet::new();
    task.spawn(server.run());
    stop.await;
    tracing::info!("stopping: finishing what is in flight");
    stage.send_replace(Stage::Leaving);
    sleep(farewell).await;
    stage.send_replace(Stage::Finishing);
    task.join_next().await;
}

struct Server {
    listener: TcpListener,
    routes: Arc<Routes>,
    stage: watch::Receiver<Stage>,
    roster: Roster,
    connections: JoinSet<()>,
}

impl Server {
    async fn run(mut self) {
        let mut finishing = pin!(finishing(self.stage.clone()));
        let mut sweeps = interval(SWEEP);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            while let Some(ended) = self.connections.try_join_next_with_id() {
                self.roster.leave(ended.map_or_else(|error| error.id(), |(id, ())| id));
            }
            tokio::select! {
                () = &mut finishing => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => self.take(stream, peer.ip()),
                    Err(error) => {
                        tracing::warn!(kind = ?error.kind(), "a connection can't be accepted");
                        self.roster.make_room(Instant::now());
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                _ = sweeps.tick() => self.roster.cut_off(Instant::now()),
            }
        }
        self.finish().await;
    }

    fn take(&mut self, stream: TcpStream, peer: IpAddr) {
        let Some(pulse) = self.roster.place(peer, Instant::now()) else {
            tracing::debug!("a connection was refused: all places are taken");
            return;
        };
        let work =
            converse(stream, Arc::clone(&self.routes), Arc::clone(&pulse), self.stage.clone());
        let task = self.connections.spawn(work);
        self.roster.seat(pulse, task);
    }

    /// Whoever has connected already is still answered.
    async fn finish(mut self) {
        yield_now().await;
        while let Poll::Ready(Ok((stream, peer))) =
            poll_fn(|cx| Poll::Ready(self.listener.poll_accept(cx))).await
        {
            self.take(stream, peer.ip());
        }
        drop(self.listener);
        while self.connections.join_next().await.is_some() {}
    }
}
