//! A Docker engine as a test writes it down: it listens on a unix socket, holds containers, hangs, tells of
//! events, and goes away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::Scratch;

use super::container::Container;

pub(in crate::sidecar) const OWN: &str = "0123456789ab";
pub(in crate::sidecar) const PROJECT: &str = "app";

/// A scripted engine. Dropped, it goes away.
pub(in crate::sidecar) struct Engine {
    state: Arc<Mutex<State>>,
    folder: Scratch,
}

pub(in crate::sidecar) struct State {
    version: &'static str,
    oldest: &'static str,
    pub(in crate::sidecar) containers: BTreeMap<String, Container>,
    /// Parts of paths that get no answer at all.
    pub(in crate::sidecar) hanging: BTreeSet<String>,
    /// Parts of paths that get this answer.
    pub(in crate::sidecar) answers: BTreeMap<String, (u16, String)>,
    /// What every stream of events begins with, again and again.
    pub(in crate::sidecar) junk: Option<Vec<u8>>,
    /// Every path that was asked for, and when.
    pub(in crate::sidecar) asked: Vec<(String, Instant)>,
    streams: Vec<Sender<String>>,
    connections: Vec<UnixStream>,
    up: bool,
}

enum Reply {
    Answer(u16, String),
    Hang,
    Gone,
    Events(Receiver<String>),
    Junk(Vec<u8>),
}

impl Engine {
    /// An engine that speaks the versions from `oldest` to `version`.
    pub(in crate::sidecar) fn speaking(oldest: &'static str, version: &'static str) -> Self {
        let state = State {
            version,
            oldest,
            containers: BTreeMap::new(),
            hanging: BTreeSet::new(),
            answers: BTreeMap::new(),
            junk: None,
            asked: Vec::new(),
            streams: Vec::new(),
            connections: Vec::new(),
            up: false,
        };
        let engine = Self { state: Arc::new(Mutex::new(state)), folder: Scratch::new() };
        engine.come();
        engine
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("engine.sock")
    }

    pub(in crate::sidecar) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub(in crate::sidecar) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds containers, without a word.
    pub(in crate::sidecar) fn holds(&self, containers: impl IntoIterator<Item = Container>) {
        let named = containers.into_iter().map(|container| (container.id.clone(), container));
        self.state().containers.extend(named);
    }

    /// Changes a container, and tells of it where `action` is given.
    pub(in crate::sidecar) fn change(
        &self,
        id: &str,
        action: &str,
        change: impl FnOnce(&mut Container),
    ) {
        let mut state = self.state();
        change(state.containers.get_mut(id).expect("there is such a container"));
        state.tell(id, action);
    }

    /// How often a path with that part was asked for since `since`.
    pub(in crate::sidecar) fn asked_since(&self, part: &str, since: Instant) -> usize {
        let state = self.state();
        state.asked.iter().filter(|(path, at)| path.contains(part) && *at >= since).count()
    }

    /// How long it takes to inspect each of its containers that answers, one after the other.
    pub(in crate::sidecar) fn time_to_inspect_all(&self) -> Duration {
        let state = self.state();
        let hangs = |id: &str| state.hanging.iter().any(|part| id.contains(&**part));
        let ids: Vec<_> = state.containers.keys().filter(|id| !hangs(id)).cloned().collect();
        let version = state.version;
        drop(state);
        let begun = Instant::now();
        for id in ids {
            let mut stream = UnixStream::connect(self.socket()).expect("the engine listens");
            write!(stream, "GET /v{version}/containers/{id}/json HTTP/1.1\r\n\r\n").expect("sent");
            let answer = io::read_to_string(stream).expect("an answer");
            let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Value>(body).expect("JSON")["Id"], *id);
        }
        begun.elapsed()
    }

    /// Whether somebody has its events.
    pub(super) fn is_listened_to(&self) -> bool {
        !self.state().streams.is_empty()
    }

    /// Goes away: nothing listens, and every connection ends.
    pub(in crate::sidecar) fn go(&self) {
        let mut state = self.state();
        state.up = false;
        state.streams.clear();
        for connection in state.connections.drain(..) {
            let _ = connection.shutdown(std::net::Shutdown::Both);
        }
        fs::remove_file(self.socket()).expect("the socket can be removed");
    }

    /// Listens (again).
    pub(in crate::sidecar) fn come(&self) {
        let listener = UnixListener::bind(self.socket()).expect("a socket can be listened on");
        self.state().up = true;
        let state = Arc::clone(&self.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                // A client that leaves before its answer is its own business.
                thread::spawn(move || answer(stream, &state));
            }
        });
    }
}

impl State {
    pub(in crate::sidecar) fn tell(&mut self, id: &str, action: &str) {
        let event = json!({
            "status": action, "id": id, "Type": "container", "Action": action, "scope": "local",
            "Actor": {"ID": id, "Attributes": {"com.docker.compose.project": PROJECT}}, "time": 1,
        });
        self.streams.retain(|stream| stream.send(format!("{event}\n")).is_ok());
    }

    fn reply(&mut self, path: &str) -> Reply {
        self.asked.push((path.to_owned(), Instant::now()));
        if !self.up {
            return Reply::Gone;
        }
        if self.hanging.iter().any(|part| path.contains(part)) {
            return Reply::Hang;
        }
        let scripted = self.answers.iter().find(|(part, _)| path.contains(&**part));
        if let Some((_, (status, body))) = scripted {
            return Reply::Answer(*status, body.clone());
        }
        if path == "/version" {
            let versions = json!({"ApiVersion": self.version, "MinAPIVersion": self.oldest});
            return Reply::Answer(200, versions.to_string());
        }
        let Some(call) = path.strip_prefix(&format!("/v{}", self.version)) else {
            return Reply::Answer(400, format!("{path} is of another version"));
        };
        let call = percent_encoding::percent_decode_str(call).decode_utf8_lossy().into_owned();
        if call.starts_with("/events?") {
            assert!(call.contains(PROJECT) && call.contains("health_status"), "{call}");
            if let Some(junk) = self.junk.clone() {
                return Reply::Junk(junk);
            }
            let (sender, events) = channel();
            self.streams.push(sender);
            return Reply::Events(events);
        }
        match self.call(&call) {
            Some(body) => Reply::Answer(200, body.to_string()),
            None => Reply::Answer(404, r#"{"message":"No such container"}"#.to_owned()),
        }
    }

    fn call(&self, call: &str) -> Option<Value> {
        if call.starts_with("/containers/json?") {
            if call.contains(r#"{"id":["#) {
                return Some(json!([own()]));
            }
            assert!(call.contains(&format!("com.docker.compose.project={PROJECT}")), "{call}");
            assert!(call.contains("com.docker.compose.oneoff=False"), "{call}");
            return Some(self.containers.values().map(Container::summary).collect());
        }
        if let Some(query) = call.strip_prefix("/system/df") {
            return Some(self.disk(query));
        }
        let (id, what) = call.strip_prefix("/containers/")?.split_once('/')?;
        let container = self.containers.get(id)?;
        match what {
            "json" => Some(container.inspected()),
            "stats?stream=false&one-shot=true" => Some(container.counters()),
            _ => None,
        }
    }

    /// Where each version has the sizes.
    fn disk(&self, query: &str) -> Value {
        let containers: Value = self.containers.values().map(Container::layer).collect();
        let volumes = json!([{"Name": "data", "UsageData": {"RefCount": 1, "Size": 7_000_000}}]);
        let minor: u32 = self.version[2..].parse().expect("a version is 1.N");
        let asked: &[&str] = match minor {
            0..42 => &[],
            42..52 => &["type=container", "type=volume"],
            _ => &["type=container", "type=volume", "verbose=1"],
        };
        assert_eq!(query, if minor < 42 { String::new() } else { format!("?{}", asked.join("&")) });
        if minor < 52 {
            json!({"LayersSize": 1, "Images": [], "Containers": containers, "Volumes": volumes})
        } else {
            json!({"ContainerUsage": {"Items": containers}, "VolumeUsage": {"Items": volumes}})
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.state().up {
            self.go();
        }
    }
}

fn own() -> Value {
    let labels = json!({"com.docker.compose.project": PROJECT});
    json!({"Id": OWN, "Image": "sidecar", "ImageID": "sha256:1", "State": "running", "Labels": labels})
}

fn answer(mut stream: UnixStream, state: &Mutex<State>) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let reply = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = state.reply(path);
        if !matches!(reply, Reply::Answer(..) | Reply::Gone) {
            state.connections.push(stream.try_clone()?);
        }
        reply
    };
    let chunked =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    match reply {
        Reply::Answer(status, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {length}\r\n");
            write!(stream, "{head}connection: close\r\n\r\n{body}")?;
        }
        // Until the client gives up, or the engine goes away.
        Reply::Hang => drop(lines.next()),
        Reply::Gone => {}
        Reply::Events(events) => {
            stream.write_all(chunked.as_bytes())?;
            for event in events {
                write!(stream, "{:x}\r\n{event}\r\n", event.len())?;
            }
        }
        Reply::Junk(junk) => {
            stream.write_all(chunked.as_bytes())?;
            loop {
                write!(stream, "{:x}\r\n", junk.len())?;
                stream.write_all(&junk)?;
                stream.write_all(b"\r\n")?;
            }
        }
    }
    Ok(())
}
