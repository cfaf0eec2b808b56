//! Serves a made-up page as the sidecar serves its own: whole, with its policy, and never kept.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sidecar::page::{Facts, document, policy};

/// A page on a port of its own; `None` while nobody answers there.
pub(super) struct Stage {
    address: SocketAddr,
    shown: Arc<Mutex<Option<String>>>,
}

impl Stage {
    pub(super) fn of(facts: &Facts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let shown = Arc::new(Mutex::new(Some(document(facts))));
        let shared = Arc::clone(&shown);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shown = Arc::clone(&shared);
                thread::spawn(move || answer(stream, &shown));
            }
        });
        Self { address, shown }
    }

    /// Shows that from now on.
    pub(super) fn show(&self, facts: &Facts) {
        self.set(Some(document(facts)));
    }

    /// Closes every connection without an answer from now on.
    pub(super) fn fall_silent(&self) {
        self.set(None);
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    fn set(&self, page: Option<String>) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }
}

/// A browser opens connections that it does not use until later: what is shown then counts.
fn answer(mut stream: TcpStream, shown: &Mutex<Option<String>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let page = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(page) = page else { return Ok(()) };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n\
         content-security-policy: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        policy(),
        page.len(),
    )
}
