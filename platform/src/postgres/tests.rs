//! Sessions with servers that are played.

use std::time::{Duration, Instant};

use domain::configuration::PostgresUrl;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::{Code, Session};
use crate::tls::Trust;
use crate::tls::made::Made;

const LONG: Duration = Duration::from_secs(5);

/// A message that has its length in front.
async fn message(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let length = stream.read_u32().await.unwrap();
    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
    stream.read_exact(&mut body).await.unwrap();
    body
}

async fn encrypted(
    listener: &TcpListener,
    acceptor: &TlsAcceptor,
) -> tokio_rustls::server::TlsStream<TcpStream> {
    let (mut stream, _) = listener.accept().await.unwrap();
    assert_eq!(message(&mut stream).await, 80_877_103_u32.to_be_bytes(), "SSLRequest");
    stream.write_all(b"S").await.unwrap();
    acceptor.accept(stream).await.unwrap()
}

#[tokio::test]
async fn what_takes_too_long_is_cancelled_over_tls() {
    let made = Made::new();
    made.server("server", "ca", "IP:127.0.0.1", &["-days", "2"]);
    let acceptor = made.acceptor("server");
    let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let mut login = encrypted(&listener, &acceptor).await;
        message(&mut login).await;
        let key = [&b"K"[..], &[0, 0, 0, 12, 0, 0, 0, 7, 0, 0, 0, 9]].concat();
        let welcome = [b"R\0\0\0\x08\0\0\0\0", &key[..], b"Z\0\0\0\x05I"].concat();
        login.write_all(&welcome).await.unwrap();
        let mut cancellation = encrypted(&listener, &acceptor).await;
        message(&mut cancellation).await
    });
    let trust = Trust::new(Some(&made.path("ca.pem"))).unwrap();
    let url = format!("postgresql://u:p@127.0.0.1:{port}/db?sslmode=verify-full");
    let url = PostgresUrl::parse(&url).unwrap();
    let mut session = Session::connect(&url, &trust, "test", LONG).await.unwrap();
    assert_eq!(session.ping(Duration::from_millis(100)).await, Err(Code::Timeout));
    let heard = timeout(LONG, serving).await.unwrap().unwrap();
    let expected = [80_877_102_u32, 7, 9].map(u32::to_be_bytes).concat();
    assert_eq!(heard, expected, "CancelRequest, process and key");
}

#[tokio::test]
async fn what_stands_before_the_handshake_is_no_part_of_what_is_encrypted() {
    let made = Made::new();
    made.server("server", "ca", "IP:127.0.0.1", &["-days", "2"]);
    let acceptor = made.acceptor("server");
    let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        message(&mut stream).await;
        // Somebody on the way says that the login was good (CVE-2021-23222).
        stream.write_all(b"SR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await.unwrap();
        let _ = acceptor.accept(stream).await;
    });
    let url = format!("postgresql://u:p@127.0.0.1:{port}/db?sslmode=require");
    let (url, trust) = (PostgresUrl::parse(&url).unwrap(), Trust::new(None).unwrap());
    let refused = Session::connect(&url, &trust, "test", LONG).await.unwrap_err();
    assert!(matches!(refused, Code::TlsRefused | Code::TlsFailed), "{refused}");
}

#[tokio::test]
async fn a_host_that_answers_nothing_leaves_time_for_the_next() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let silent = socket.listen(1).unwrap();
    let gone = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let ports = [&silent, &gone].map(|listener| listener.local_addr().unwrap().port());
    drop(gone);
    let url = format!("postgresql://u:p@127.0.0.1:{},127.0.0.1:{}/db", ports[0], ports[1]);
    let (url, trust) = (PostgresUrl::parse(&url).unwrap(), Trust::new(None).unwrap());
    let begun = Instant::now();
    let deadline = Duration::from_secs(2);
    let refused = Session::connect(&url, &trust, "test", deadline).await.unwrap_err();
    assert_eq!(refused, Code::Refused, "the second was asked");
    assert!(begun.elapsed() < deadline, "{:?}", begun.elapsed());
}
