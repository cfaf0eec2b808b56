//! A service with several instances behind one name: while one is replaced, two answer to it.

use std::net::IpAddr;
use std::time::Duration;

use super::request::status;
use super::{Code, Peer, Url};
use crate::{dns, net};

/// As many addresses of one name are asked at most.
const MAX_INSTANCES: usize = 8;

/// A status, or why there is none.
type Answer = Result<u16, Code>;

/// The status of GET `url`, which asks for no encryption: 2xx where at least one address of its host
/// gives that within `deadline`. They are asked one after another, the next as soon as one fails or is
/// slow, and whoever has not answered by then is asked no more.
///
/// Where none does, the most telling of what they gave: a status, then half an answer, silence, a
/// refusal.
///
/// # Errors
/// A [`Code`]. A status such as 500 is an answer, not an error.
pub async fn status_of_any_instance(url: &Url, deadline: Duration) -> Result<u16, Code> {
    let Peer::Tcp { host, port } = &url.peer else { return status(url, deadline).await };
    let addresses = async { dns::addresses(host).await.unwrap_or_default() };
    any_success(addresses, |ip| status_at(url, ip, *port, deadline), deadline).await
}

async fn any_success<F: Future<Output = Answer>>(
    addresses: impl Future<Output = Vec<IpAddr>>,
    ask: impl Fn(IpAddr) -> F,
    deadline: Duration,
) -> Answer {
    // Where there is no address, nobody tells anything.
    let mut told = Err(Code::DnsFailed);
    let asking = async {
        let mut addresses = addresses.await;
        addresses.truncate(MAX_INSTANCES);
        let ask = async |ip| match ask(ip).await {
            Ok(status @ 200..=299) => Ok(status),
            other => Err(other),
        };
        net::race(addresses, ask, |answer| told = more_telling(told, answer)).await
    };
    match tokio::time::timeout(deadline, asking).await {
        Ok(Some(status)) => Ok(status),
        Ok(None) => told,
        Err(_) => more_telling(told, Err(Code::Timeout)),
    }
}

/// The status that the instance at `ip` gives.
async fn status_at(url: &Url, ip: IpAddr, port: u16, deadline: Duration) -> Answer {
    let peer = Peer::Tcp { host: ip.to_string(), port };
    status(&Url { peer, ..url.clone() }, deadline).await
}

/// The one that shows more of an instance; of two that show the same, the first.
const fn more_telling(first: Answer, second: Answer) -> Answer {
    if shows(second) > shows(first) { second } else { first }
}

const fn shows(answer: Answer) -> u8 {
    match answer {
        Err(Code::UrlInvalid | Code::DnsFailed) => 0,
        Err(Code::Unreachable) => 1,
        Err(Code::Refused) => 2,
        Err(Code::Timeout) => 3,
        Err(_) => 4,
        Ok(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(700);
    const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    const STARTING: &str = "HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n";
    /// It keeps the connection and says no more.
    const SILENCE: &str = "";
    const NOT_HTTP: &str = "SSH-2.0-OpenSSH\r\n\r\n";

    /// Instances at one port of 127.0.1.1, 127.0.1.2, …, each with its answer to whoever asks; where
    /// there is none, nothing listens.
    struct Service {
        url: Url,
        addresses: Vec<IpAddr>,
        ends: mpsc::UnboundedReceiver<u8>,
    }

    impl Service {
        async fn of(answers: &[Option<&'static str>]) -> Self {
            let (ended, ends) = mpsc::unbounded_channel();
            let (mut addresses, mut port) = (Vec::new(), 0);
            for (index, answer) in (1_u8..).zip(answers) {
                let address = SocketAddr::new(IpAddr::from([127, 0, 1, index]), port);
                let listener = crate::http::listen(address).await.unwrap();
                port = listener.local_addr().unwrap().port();
                addresses.push(address.ip());
                let Some(answer) = *answer else { continue };
                let ended = ended.clone();
                tokio::spawn(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        serve(stream, answer).await;
                        let _ = ended.send(index);
                    }
                });
            }
            Self { url: format!("http://bot:{port}/health").parse().unwrap(), addresses, ends }
        }

        async fn ask(&self, deadline: Duration) -> Answer {
            let Peer::Tcp { port, .. } = self.url.peer else { panic!("it is TCP") };
            let addresses = std::future::ready(self.addresses.clone());
            any_success(addresses, |ip| status_at(&self.url, ip, port, deadline), deadline).await
        }
    }

    /// Answers one request and waits for the client's end.
    async fn serve(mut stream: TcpStream, answer: &str) {
        let mut request = [0; 1024];
        let read = stream.read(&mut request).await.unwrap();
        let request = String::from_utf8_lossy(&request[..read]);
        assert!(request.starts_with("GET /health HTTP/1.1\r\nhost: bot:"), "{request}");
        let _ = stream.write_all(answer.as_bytes()).await;
        while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
    }

    #[tokio::test]
    async fn one_instance_that_answers_well_is_enough() {
        for answers in [
            &[Some(OK)][..],
            &[Some(STARTING), Some(OK)],
            &[Some(OK), Some(STARTING)],
            &[None, Some(OK)],
            &[Some(NOT_HTTP), None, Some(STARTING), Some(OK)],
            &[Some(SILENCE), Some(SILENCE), Some(OK)],
        ] {
            let service = Service::of(answers).await;
            let begun = Instant::now();
            assert_eq!(service.ask(LONG).await, Ok(200), "{answers:?}");
            assert!(begun.elapsed() < LONG / 2, "{answers:?}");
        }
    }

    #[tokio::test]
    async fn where_none_does_the_most_telling_answer_is_told() {
        for (answers, told) in [
            (&[None, Some(STARTING)][..], Ok(503)),
            (&[Some(STARTING), None], Ok(503)),
            (&[Some(STARTING), Some(SILENCE)], Ok(503)),
            (&[Some(SILENCE), Some(STARTING), Some(NOT_HTTP)], Ok(503)),
            (&[Some(NOT_HTTP), None], Err(Code::ProtocolError)),
            (&[None, Some(SILENCE)], Err(Code::Timeout)),
            (&[None, None], Err(Code::Refused)),
        ] {
            let service = Service::of(answers).await;
            assert_eq!(service.ask(SHORT).await, told, "{answers:?}");
        }
    }

    #[tokio::test]
    async fn who_is_not_waited_for_is_left() {
        let mut service = Service::of(&[Some(SILENCE), Some(OK)]).await;
        assert_eq!(service.ask(LONG).await, Ok(200));
        let mut ended = [service.ends.recv().await, service.ends.recv().await];
        ended.sort_unstable();
        assert_eq!(ended, [Some(1), Some(2)]);
    }

    #[tokio::test]
    async fn no_more_than_so_many_are_asked() {
        let mut answers = vec![None; MAX_INSTANCES];
        answers.push(Some(OK));
        assert_eq!(Service::of(&answers).await.ask(LONG).await, Err(Code::Refused));
        assert_eq!(Service::of(&answers[1..]).await.ask(LONG).await, Ok(200));
    }

    #[tokio::test]
    async fn a_name_without_an_address_and_a_hanging_lookup_are_told_apart() {
        let url = "http://bot.invalid:1/".parse().unwrap();
        assert_eq!(status_of_any_instance(&url, LONG).await, Err(Code::DnsFailed));
        let hangs = std::future::pending();
        let ask = async |_| Ok(200);
        assert_eq!(any_success(hangs, ask, SHORT).await, Err(Code::Timeout));
    }
}
