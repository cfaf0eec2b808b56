//! A TCP proxy before a server that can cut, swallow and count.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

/// What a PostgreSQL client sends, alone on a connection, to have a query cancelled: a length of 16
/// and the request code 80877102 (Message Formats, `CancelRequest`).
const CANCEL_REQUEST: [u8; 8] = [0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e];
const PAUSE: Duration = Duration::from_millis(2);

const PASS: u8 = 0;
const RESET: u8 = 1;
const SWALLOW: u8 = 2;

/// Passes bytes on until it is told otherwise. Dropped, it takes no more connections.
pub(super) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    server: u16,
    mode: AtomicU8,
    open: AtomicUsize,
    cancel_requests: AtomicUsize,
}

impl Proxy {
    pub(super) fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        listener.set_nonblocking(true).expect("a listener can be told");
        let shared = Arc::new(Shared {
            server,
            mode: AtomicU8::new(PASS),
            open: AtomicUsize::new(0),
            cancel_requests: AtomicUsize::new(0),
        });
        let weak = Arc::downgrade(&shared);
        thread::spawn(move || accept(&listener, &weak));
        Self { port, shared }
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Everything gets through again.
    pub(super) fn pass(&self) {
        self.shared.mode.store(PASS, Ordering::SeqCst);
    }

    /// Who says something is answered with a reset.
    pub(super) fn reset(&self) {
        self.shared.mode.store(RESET, Ordering::SeqCst);
    }

    /// What the server answers reaches nobody.
    pub(super) fn swallow(&self) {
        self.shared.mode.store(SWALLOW, Ordering::SeqCst);
    }

    /// How many connections it holds now.
    pub(super) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    pub(super) fn cancel_requests(&self) -> usize {
        self.shared.cancel_requests.load(Ordering::SeqCst)
    }
}

fn accept(listener: &TcpListener, shared: &Weak<Shared>) {
    while let Some(shared) = shared.upgrade() {
        match listener.accept() {
            Ok((client, _)) => {
                shared.open.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    let _ = pump(client, &shared);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

fn pump(mut client: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", shared.server))?;
    client.set_nonblocking(true)?;
    server.set_nonblocking(true)?;
    let mut is_first = true;
    let mut buffer = [0; 16 * 1024];
    loop {
        if shared.mode.load(Ordering::SeqCst) == RESET {
            if matches!(client.peek(&mut buffer), Ok(1..)) {
                // Bytes that nobody has read turn the end of a connection into a reset.
                return Ok(());
            }
        } else if let Some(count) = read(&mut client, &mut buffer)? {
            if count == 0 {
                return server.shutdown(Shutdown::Both);
            }
            if is_first && buffer[..count].starts_with(&CANCEL_REQUEST) {
                shared.cancel_requests.fetch_add(1, Ordering::SeqCst);
            }
            is_first = false;
            server.write_all(&buffer[..count])?;
        }
        if let Some(count) = read(&mut server, &mut buffer)? {
            if count == 0 {
                return client.shutdown(Shutdown::Both);
            }
            if shared.mode.load(Ordering::SeqCst) == PASS {
                client.write_all(&buffer[..count])?;
            }
        }
        thread::sleep(PAUSE);
    }
}

/// What is there to be read: nothing yet (`None`), the end (0), or so many bytes.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<Option<usize>> {
    match stream.read(buffer) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        read => read.map(Some),
    }
}
