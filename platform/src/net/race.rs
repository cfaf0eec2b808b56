//! One of several addresses, as RFC 8305 ("Happy Eyeballs") has it: each gets a head start before
//! the next, the families take turns, the first that answers wins, and the others are dropped.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Fault;

/// How long an address is waited for before the next is tried beside it (section 8).
const HEAD_START: Duration = Duration::from_millis(250);

/// The connection to the first of `addresses` that answers. Where none does, and one of them refuses,
/// that is told: there, a host was reached.
pub(super) async fn first(addresses: Vec<IpAddr>, port: u16) -> Result<TcpStream, Fault> {
    let mut fault = None;
    let connect = |ip| TcpStream::connect(SocketAddr::new(ip, port));
    let won = race(addresses, connect, |error: io::Error| match Fault::of(&error) {
        Fault::Refused => fault = Some(Fault::Refused),
        other => drop(fault.get_or_insert(other)),
    });
    won.await.ok_or(fault.unwrap_or(Fault::DnsFailed))
}

/// What the first of `addresses` gives whose attempt succeeds; `failed` is told of each that does not.
/// An attempt that has not ended by then is dropped. It has no deadline of its own.
pub(crate) async fn race<T, E, F>(
    addresses: Vec<IpAddr>,
    attempt: impl Fn(IpAddr) -> F,
    mut failed: impl FnMut(E),
) -> Option<T>
where
    F: Future<Output = Result<T, E>>,
{
    let mut waiting = taking_turns(addresses).into_iter();
    let mut attempts = FuturesUnordered::new();
    loop {
        match waiting.next() {
            Some(address) => attempts.push(attempt(address)),
            None if attempts.is_empty() => return None,
            None => {}
        }
        let ended = if waiting.len() == 0 {
            attempts.next().await
        } else {
            timeout(HEAD_START, attempts.next()).await.unwrap_or(None)
        };
        match ended {
            Some(Ok(won)) => return Some(won),
            Some(Err(fault)) => failed(fault),
            None => {}
        }
    }
}

/// The same addresses in their order, the families by turns, beginning with that of the first.
fn taking_turns(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let Some(begins) = addresses.first().map(IpAddr::is_ipv4) else { return addresses };
    let count = addresses.len();
    let (ones, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv4() == begins);
    let (mut ones, mut others) = (ones.into_iter(), others.into_iter());
    let mut turns = Vec::with_capacity(count);
    while turns.len() < count {
        turns.extend(ones.next());
        turns.extend(others.next());
    }
    turns
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A listener that takes one connection into its queue, which is taken already: what comes then
    /// is dropped by the system, and nobody is told.
    async fn blackhole(address: SocketAddr) -> (TcpListener, Vec<TcpStream>) {
        let socket =
            if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut taken = Vec::new();
        while let Ok(stream) =
            timeout(Duration::from_millis(200), TcpStream::connect(address)).await
        {
            taken.push(stream.unwrap());
        }
        (listener, taken)
    }

    #[tokio::test]
    async fn an_address_that_answers_nothing_costs_its_head_start_and_no_more() {
        let good = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = good.local_addr().unwrap().port();
        let _holes = (
            blackhole(SocketAddr::new(ip("127.0.0.2"), port)).await,
            blackhole(SocketAddr::new(ip("::1"), port)).await,
        );
        let addresses = ["127.0.0.2", "::1", "127.0.0.1"].map(ip).to_vec();
        let begun = Instant::now();
        let stream = first(addresses, port).await.unwrap();
        let took = begun.elapsed();
        assert_eq!(stream.peer_addr().unwrap().ip(), ip("127.0.0.1"));
        // A lost packet is sent again after a second at the earliest.
        assert!(took >= HEAD_START * 2 && took < Duration::from_secs(1), "{took:?}");
    }

    #[tokio::test]
    async fn a_refusal_is_followed_by_the_next_at_once() {
        let good = TcpListener::bind("[::1]:0").await.unwrap();
        let port = good.local_addr().unwrap().port();
        let begun = Instant::now();
        let addresses = ["127.0.0.2", "127.0.0.3", "::1"].map(ip).to_vec();
        let stream = first(addresses, port).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap().ip(), ip("::1"));
        assert!(begun.elapsed() < HEAD_START, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn who_loses_is_dropped() {
        let slow = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let port = slow.local_addr().unwrap().port();
        let (hole, taken) = blackhole(SocketAddr::new(ip("127.0.0.3"), port)).await;
        let _winner = first(["127.0.0.3", "127.0.0.2"].map(ip).to_vec(), port).await.unwrap();
        for _ in taken {
            drop(hole.accept().await.unwrap());
        }
        // There is room in the queue now: what is sent again after a second would be taken.
        let again = timeout(Duration::from_millis(2500), hole.accept()).await;
        assert!(again.is_err(), "the loser goes on");
    }

    #[tokio::test]
    async fn where_nobody_answers_a_refusal_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        // A broadcast address is no host's.
        for addresses in [["255.255.255.255", "127.0.0.1"], ["127.0.0.1", "255.255.255.255"]] {
            let fault = first(addresses.map(ip).to_vec(), port).await.unwrap_err();
            assert_eq!(fault, Fault::Refused, "{addresses:?}");
        }
        let fault = first(vec![ip("255.255.255.255")], port).await.unwrap_err();
        assert_eq!(fault, Fault::Unreachable);
        assert_eq!(first(vec![], port).await.unwrap_err(), Fault::DnsFailed);
    }

    #[test]
    fn the_families_take_turns() {
        let of = |list: &[&str]| taking_turns(list.iter().map(|text| ip(text)).collect());
        let expected = |list: &[&str]| list.iter().map(|text| ip(text)).collect::<Vec<_>>();
        for (given, turns) in [
            (&["::1", "::2", "::3", "1.1.1.1"][..], &["::1", "1.1.1.1", "::2", "::3"][..]),
            (&["1.1.1.1", "1.1.1.2", "::1", "::2"], &["1.1.1.1", "::1", "1.1.1.2", "::2"]),
            (&["::1"], &["::1"]),
            (&[], &[]),
        ] {
            assert_eq!(of(given), expected(turns), "{given:?}");
        }
    }
}
