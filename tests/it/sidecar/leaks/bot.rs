//! What may answer where the bot should.

use std::io::{Result, Write};
use std::net::TcpStream;

use super::peer::{Mode, drip, flood, linger, read};

const fn mode(
    name: &'static str,
    code: &'static str,
    answer: fn(&mut TcpStream, &str) -> Result<()>,
) -> Mode {
    Mode { name, code, query: "", answer }
}

pub(super) const MODES: &[Mode] = &[
    mode("the bot: 500 with a story", "bot_unhealthy", |s, t| {
        answer(s, &format!("HTTP/1.1 500 {t}\r\ncontent-length: {}\r\n\r\n{t}", t.len()))
    }),
    mode("the bot: a redirect", "bot_unhealthy", |s, t| {
        let place = t.replace(' ', "/");
        answer(s, &format!("HTTP/1.1 302 Found\r\nlocation: http://{place}\r\n\r\n"))
    }),
    mode("the bot: another protocol", "bot_protocol_error", |s, t| {
        answer(s, &format!("-ERR {t}\r\n\r\n"))
    }),
    mode("the bot: closed at once", "bot_closed", |_, _| Ok(())),
    mode("the bot: closed within the head", "bot_closed", |s, t| {
        read(s)?;
        write!(s, "HTTP/1.1 200 OK\r\nx: {t}")
    }),
    mode("the bot: a slow drip", "bot_timeout", |s, t| {
        write!(s, "HTTP/1.1 200 OK\r\nx: ")?;
        drip(s, t.as_bytes())
    }),
    mode("the bot: a head without end", "bot_protocol_error", |s, t| {
        read(s)?;
        write!(s, "HTTP/1.1 200 OK\r\nx: ")?;
        flood(s, t.as_bytes())
    }),
];

fn answer(stream: &mut TcpStream, text: &str) -> Result<()> {
    read(stream)?;
    stream.write_all(text.as_bytes())?;
    linger(stream)
}
