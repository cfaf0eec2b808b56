//! A small HTTP/1.1 client: one request a connection, every step under one deadline.
//!
//! Written by hand on purpose: a test of our servers must not lean on the library that they lean
//! on, and must be able to send what no library would.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, without transfer coding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }
}

/// `GET path`.
///
/// # Errors
/// What the socket says, a deadline that has passed, or an answer that is not HTTP.
pub fn get(address: SocketAddr, path: &str, deadline: Duration) -> io::Result<Answer> {
    request(address, "GET", path, &[], b"", deadline)
}

/// `POST path` with a JSON body.
///
/// # Errors
/// As [`get`].
pub fn post(
    address: SocketAddr,
    path: &str,
    body: &[u8],
    deadline: Duration,
) -> io::Result<Answer> {
    request(address, "POST", path, &[("content-type", "application/json")], body, deadline)
}

/// Any request.
///
/// # Errors
/// As [`get`].
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    deadline: Duration,
) -> io::Result<Answer> {
    let raw = raw(address, &written(address, method, path, headers, body), deadline)?;
    parse(&raw, method == "HEAD").ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, String::from_utf8_lossy(&raw).into_owned())
    })
}

/// Any request to a server that leaves it to its client to close: the answer is whole when it is as
/// long as it says.
///
/// # Errors
/// As [`get`].
pub(crate) fn request_to_length(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    deadline: Duration,
) -> io::Result<Answer> {
    let whole =
        |raw: &[u8]| parse(raw, false).filter(|answer| answer.header("content-length").is_some());
    let request = written(address, method, path, headers, body);
    let raw = raw_until(address, &request, deadline, |raw| whole(raw).is_some())?;
    whole(&raw).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn written(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut lines = vec![
        format!("{method} {path} HTTP/1.1"),
        format!("host: {address}"),
        "connection: close".to_owned(),
    ];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if !body.is_empty() {
        lines.push(format!("content-length: {}", body.len()));
    }
    let head = lines.join("\r\n") + "\r\n\r\n";
    [head.as_bytes(), body].concat()
}

/// Sends bytes and reads until the server closes.
///
/// # Errors
/// As [`get`].
pub fn raw(address: SocketAddr, bytes: &[u8], deadline: Duration) -> io::Result<Vec<u8>> {
    raw_until(address, bytes, deadline, |_| false)
}

fn raw_until(
    address: SocketAddr,
    bytes: &[u8],
    deadline: Duration,
    is_whole: impl Fn(&[u8]) -> bool,
) -> io::Result<Vec<u8>> {
    let end = Instant::now() + deadline;
    let mut stream = TcpStream::connect_timeout(&address, deadline)?;
    stream.set_write_timeout(Some(deadline))?;
    // A server may answer and close before it has read everything; its answer counts.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if is_whole(&answer) {
            return Ok(answer);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(answer),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset && !answer.is_empty() => {
                return Ok(answer);
            }
            Err(error) => return Err(error),
        }
    }
}

fn parse(raw: &[u8], headless: bool) -> Option<Answer> {
    let split = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&raw[..split]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: raw[split + 4..].to_vec() };
    if answer.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        answer.body = unchunk(&answer.body)?;
    } else if let (false, Some(length)) = (headless, answer.header("content-length")) {
        let length: usize = length.parse().ok()?;
        if answer.body.len() != length {
            return None;
        }
    }
    Some(answer)
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_cut_short_is_no_answer() {
        assert!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc", false).is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", true).is_some());
    }

    #[test]
    fn chunks_are_joined() {
        let raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(raw, false).map(|answer| answer.body), Some(b"abcde".to_vec()));
    }
}
