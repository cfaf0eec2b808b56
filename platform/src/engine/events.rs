//! What happens to the containers of a project, as the engine tells it at once (`SystemEvents`).

use serde::Deserialize;

use super::Code;
use crate::http::Stream;

/// What is asked for. The engine matches the beginning of a word where `health_status` is among them.
pub(super) const ACTIONS: [&str; 13] = [
    "create",
    "destroy",
    "die",
    "health_status",
    "kill",
    "oom",
    "pause",
    "rename",
    "restart",
    "start",
    "stop",
    "unpause",
    "update",
];
/// The longest line that is read, in bytes: an event holds all labels of its container.
const LONGEST_LINE: usize = 256 * 1024;

/// Something has happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its ID.
    pub container: String,
    /// What has happened.
    pub action: Action,
}

/// What has happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was made, or removed.
    Listed,
    /// It was started.
    Started,
    /// Something else.
    Changed,
}

/// The stream of events. Dropped, it closes the connection.
#[derive(Debug)]
pub struct Events {
    stream: Stream,
    lines: Lines,
}

impl Events {
    pub(super) const fn new(stream: Stream) -> Self {
        Self { stream, lines: Lines { bytes: Vec::new(), start: 0, searched: 0 } }
    }

    /// The next event. A call that is given up loses nothing.
    ///
    /// # Errors
    /// A [`Code`]; the stream is of no use after it. [`Code::Closed`] where it has ended,
    /// [`Code::TooLarge`] and [`Code::ProtocolError`] where what comes is none of the engine's.
    pub async fn next(&mut self) -> Result<Event, Code> {
        loop {
            while let Some(line) = self.lines.next() {
                if let Some(event) = parse(line)? {
                    return Ok(event);
                }
            }
            let piece = self.stream.piece().await?.ok_or(Code::Closed)?;
            self.lines.add(&piece)?;
        }
    }
}

/// Bytes that become lines.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    /// Where the first line that was not taken begins.
    start: usize,
    /// Up to where there is no end of it.
    searched: usize,
}

impl Lines {
    fn add(&mut self, piece: &[u8]) -> Result<(), Code> {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(piece);
        if self.bytes.len() > LONGEST_LINE { Err(Code::TooLarge) } else { Ok(()) }
    }

    fn next(&mut self) -> Option<&[u8]> {
        let end = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = end.map(|end| self.searched + end + 1) else {
            self.searched = self.bytes.len();
            return None;
        };
        let line = &self.bytes[self.start..end];
        (self.start, self.searched) = (end, end);
        Some(line)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    #[serde(rename = "Type")]
    kind: String,
    action: String,
    actor: Actor,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
}

fn parse(line: &[u8]) -> Result<Option<Event>, Code> {
    // A sequence of JSON texts (RFC 7464) has a separator before each.
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    if line.is_empty() {
        return Ok(None);
    }
    let message: Message = serde_json::from_slice(line).map_err(|_| Code::ProtocolError)?;
    let word = message.action.split(':').next().unwrap_or_default();
    let action = match word {
        "create" | "destroy" => Action::Listed,
        "start" => Action::Started,
        _ => Action::Changed,
    };
    let told = message.kind == "container" && ACTIONS.contains(&word);
    Ok(told.then_some(Event { container: message.actor.id, action }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str) -> String {
        format!(
            r#"{{"status":"{action}","id":"c1","from":"redis:8","Type":"container","Action":"{action}",
            "Actor":{{"ID":"c1","Attributes":{{"com.docker.compose.project":"app","exitCode":"137"}}}},
            "scope":"local","time":1795379293,"timeNano":1795379293569589022}}"#
        )
        .replace('\n', " ")
    }

    #[test]
    fn what_matters_is_told_and_the_rest_is_passed_over() {
        let told =
            |action: &str| parse(event(action).as_bytes()).unwrap().map(|event| event.action);
        for (action, expected) in [
            ("start", Some(Action::Started)),
            ("die", Some(Action::Changed)),
            ("health_status: unhealthy", Some(Action::Changed)),
            ("health_status", Some(Action::Changed)),
            ("create", Some(Action::Listed)),
            ("destroy", Some(Action::Listed)),
            ("exec_start: /bin/sh -c redis-cli ping", None),
            ("top", None),
        ] {
            assert_eq!(told(action), expected, "{action}");
        }
        // Engine 29, API 1.52: without the fields of old.
        let new = br#"{"Type":"container","Action":"die","Actor":{"ID":"c2"},"time":1}"#;
        assert_eq!(parse(new).unwrap().map(|event| event.container).as_deref(), Some("c2"));
        let network = br#"{"Type":"network","Action":"destroy","Actor":{"ID":"n1"}}"#;
        assert_eq!(parse(network), Ok(None));
        assert_eq!(parse(b"\x1e{"), Err(Code::ProtocolError));
        assert_eq!(parse(b"\r\n"), Ok(None));
    }

    #[test]
    fn lines_come_whole_from_pieces_of_any_size_and_have_an_end() {
        let mut lines = Lines::default();
        lines.add(b"one\ntw").unwrap();
        assert_eq!(lines.next(), Some(&b"one\n"[..]));
        assert_eq!(lines.next(), None);
        lines.add(b"o\n\n").unwrap();
        assert_eq!(lines.next(), Some(&b"two\n"[..]));
        assert_eq!(lines.next(), Some(&b"\n"[..]));
        assert_eq!(lines.add(&vec![b'x'; LONGEST_LINE + 1]), Err(Code::TooLarge));
    }
}
