//! A proxy between a program and an HTTP server that does, for requests of one kind, what goes wrong
//! on a network: one request a connection.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not handed on, and answered with this status.
    Status(u16),
    /// It is not handed on, and never answered.
    Silence,
    /// It is not read to its end: the connection ends in the middle of what the client sends.
    CutRequest,
    /// The answer ends in the middle of its body.
    CutAnswer,
    /// The answer is well formed, and lacks the last byte of its body.
    Shorter,
    /// The last byte of the answer's body is another.
    OneByte,
}

/// Which requests a fault is for, and how many of them.
#[derive(Debug)]
struct Rule {
    method: &'static str,
    part_of_path: String,
    fault: Fault,
    left: usize,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    requests: Vec<String>,
    held: VecDeque<TcpStream>,
}

/// The proxy. Its thread ends with the test's process.
#[derive(Debug)]
pub struct Faulty {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Faulty {
    /// A proxy that hands everything on to `server`.
    #[must_use]
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that goes away in the middle is what some tests are about.
                thread::spawn(move || hand_on(client, server, &state));
            }
        });
        Self { address, state }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next `times` requests with that method, whose path and query have that part, go wrong.
    pub fn spoil(&self, method: &'static str, part_of_path: &str, fault: Fault, times: usize) {
        let rule = Rule { method, part_of_path: part_of_path.to_owned(), fault, left: times };
        locked(&self.state).rules.push(rule);
    }

    /// From now on everything is handed on again.
    pub fn mend(&self) {
        locked(&self.state).rules.clear();
    }

    /// The first lines of the requests so far: method and path.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        locked(&self.state).requests.clone()
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics with it")
}

fn fault_of(state: &Mutex<State>, method: &str, path: &str) -> Option<Fault> {
    let mut state = locked(state);
    state.requests.push(format!("{method} {path}"));
    let is_for = |rule: &&mut Rule| {
        rule.left > 0 && rule.method == method && path.contains(&rule.part_of_path)
    };
    let rule = state.rules.iter_mut().find(is_for)?;
    rule.left -= 1;
    Some(rule.fault)
}

fn hand_on(mut client: TcpStream, server: SocketAddr, state: &Mutex<State>) -> io::Result<()> {
    client.set_read_timeout(Some(Duration::from_mins(1)))?;
    let (head, mut body) = read_head(&mut client)?;
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let fault = fault_of(state, method, path);
    let length = length_of(&head);
    match fault {
        Some(Fault::Silence) => {
            locked(state).held.push_back(client);
            return Ok(());
        }
        Some(Fault::CutRequest) => {
            let mut half = vec![0; (length / 2).saturating_sub(body.len())];
            return client.read_exact(&mut half);
        }
        _ => {}
    }
    while body.len() < length {
        let mut bytes = vec![0; (length - body.len()).min(64 * 1024)];
        let count = client.read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        body.extend_from_slice(&bytes[..count]);
    }
    if let Some(Fault::Status(status)) = fault {
        let words =
            "<Error><Code>SlowDown</Code><Message>s3cret words of a server</Message></Error>";
        let size = words.len();
        return write!(client, "HTTP/1.1 {status} No\r\ncontent-length: {size}\r\n\r\n{words}");
    }
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&body)?;
    drop(body);
    if fault.is_none() {
        io::copy(&mut upstream, &mut client)?;
        return client.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    client.write_all(&spoilt(answer, fault))
}

fn spoilt(mut answer: Vec<u8>, fault: Option<Fault>) -> Vec<u8> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    match fault {
        Some(Fault::CutAnswer) => answer.truncate(end + (answer.len() - end) / 2),
        Some(Fault::OneByte) => {
            if let Some(last) = answer.last_mut() {
                *last ^= 1;
            }
        }
        Some(Fault::Shorter) => {
            let length = length_of(&head);
            let (old, new) = (format!(": {length}\r\n"), format!(": {}\r\n", length - 1));
            let body = &answer[end..answer.len() - 1];
            answer = [head.replace(&old, &new).as_bytes(), body].concat();
        }
        _ => {}
    }
    answer
}

/// The head with its empty line, and what came of the body with it.
fn read_head(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = bytes.split_off(at + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), body));
        }
        match client.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn length_of(head: &str) -> usize {
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
