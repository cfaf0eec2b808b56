//! A server that fails in one way.

use std::io::{Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

/// Longer than a probe waits.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

/// One way to fail.
pub(super) struct Mode {
    pub(super) name: &'static str,
    /// What it is called in `/health`.
    pub(super) code: &'static str,
    /// What is added to the URL.
    pub(super) query: &'static str,
    /// What a connection gets; it is told what the server knows.
    pub(super) answer: fn(&mut TcpStream, &str) -> Result<()>,
}

/// Listens as long as it is kept.
pub(super) struct Peer {
    port: u16,
    _kept: Arc<()>,
}

impl Peer {
    pub(super) fn start(mode: &'static Mode, told: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        listener.set_nonblocking(true).expect("a listener can be told");
        let kept = Arc::new(());
        let (alive, told) = (Arc::downgrade(&kept), told.to_owned());
        thread::spawn(move || serve(mode, &listener, &alive, &told));
        Self { port, _kept: kept }
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }
}

fn serve(mode: &'static Mode, listener: &TcpListener, alive: &Weak<()>, told: &str) {
    while alive.strong_count() > 0 {
        let Ok((mut stream, _)) = listener.accept() else {
            thread::sleep(PAUSE);
            continue;
        };
        let told = told.to_owned();
        thread::spawn(move || {
            stream.set_nonblocking(false)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            (mode.answer)(&mut stream, &told)
        });
    }
}

/// Reads what has come, at most once.
pub(super) fn read(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut buffer = vec![0; 4096];
    let count = stream.read(&mut buffer)?;
    buffer.truncate(count);
    Ok(buffer)
}

/// Waits until the other side has gone.
pub(super) fn linger(stream: &mut TcpStream) -> Result<()> {
    while !read(stream)?.is_empty() {}
    Ok(())
}

/// A byte now and then, for ever.
pub(super) fn drip(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    for byte in bytes.iter().cycle() {
        stream.write_all(&[*byte])?;
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// More than anybody reads.
pub(super) fn flood(stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
    let many = bytes.repeat(64 * 1024 / bytes.len().max(1) + 1);
    for _ in 0..1024 {
        stream.write_all(&many)?;
    }
    Ok(())
}
