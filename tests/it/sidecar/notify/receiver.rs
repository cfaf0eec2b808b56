//! Those who are told: HTTP servers that answer as a script says, and servers of others for what is
//! encrypted and for e-mail.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::{Certificates, Shown};
use tests::{Program, Running, free_port, workspace_root};

use super::SOON;

/// What a receiver does with a request.
#[derive(Clone, Copy)]
pub(super) enum Reply {
    /// Answers with a status and further header lines.
    Status(u16, &'static str),
    /// Takes the request, and says nothing for longer than anybody waits.
    Hang,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) at: Instant,
    pub(super) path: String,
    pub(super) body: Value,
}

type Script = Box<dyn FnMut(usize) -> Reply + Send>;

/// An HTTP server that lives as long as the test process.
pub(super) struct Receiver {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    /// One that takes everything.
    pub(super) fn willing() -> Self {
        Self::start(|_| Reply::Status(200, ""))
    }

    /// One whose script is told how many requests came before.
    pub(super) fn start(script: impl FnMut(usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let shared = (Arc::clone(&script), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, requests) = shared.clone();
                thread::spawn(move || take(stream, &script, &requests));
            }
        });
        Self { address, script, requests }
    }

    /// Answers otherwise from now on.
    pub(super) fn now(&self, script: impl FnMut(usize) -> Reply + Send + 'static) {
        *lock(&self.script) = Box::new(script);
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that came so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// The bodies of what came so far.
    pub(super) fn bodies(&self) -> Vec<Value> {
        self.requests().into_iter().map(|request| request.body).collect()
    }

    /// Waits until so many requests have come.
    pub(super) fn wait_for(&self, sidecar: &mut Running, count: usize) -> Vec<Value> {
        sidecar.wait_until(&format!("{count} requests"), SOON, |_| self.requests().len() >= count);
        self.bodies()
    }
}

fn take(
    mut stream: TcpStream,
    script: &Mutex<Script>,
    requests: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let before = {
        let mut requests = lock(requests);
        requests.push(Request { at: Instant::now(), path, body });
        requests.len() - 1
    };
    let reply = lock(script)(before);
    match reply {
        Reply::Status(status, headers) => write!(
            stream,
            "HTTP/1.1 {status} Scripted\r\n{headers}content-length: 2\r\nconnection: close\r\n\r\n{{}}"
        ),
        Reply::Hang => {
            thread::sleep(Duration::from_mins(1));
            Ok(())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who may hand e-mail over, and what the server shows.
pub(super) struct Door<'a> {
    pub(super) certificates: &'a Certificates,
    pub(super) shown: Shown,
    pub(super) user: &'a str,
    pub(super) password: &'a str,
}

/// A server of others: Python's HTTPS, or aiosmtpd.
pub(super) struct Foreign {
    running: Running,
    pub(super) port: u16,
}

impl Foreign {
    pub(super) fn start(mode: &str, door: &Door<'_>) -> Self {
        let port = free_port();
        let script = workspace_root().join("tests/it/sidecar/notify/receiver.py");
        let mut running = Program::at(Path::new("/usr/bin/python3"))
            .arg(script)
            .args([mode, &port.to_string()])
            .arg(door.certificates.certificate(door.shown))
            .arg(door.certificates.key(door.shown))
            .args([door.user, door.password])
            .spawn();
        running.wait_until("it listens", SOON, |it| it.stdout().contains("\"ready\""));
        Self { running, port }
    }

    /// What it received so far.
    pub(super) fn received(&self) -> Vec<Value> {
        let said = self.running.stdout();
        let whole = said.lines().skip(1).filter(|line| line.ends_with('}'));
        whole.filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}
