//! What may answer where PostgreSQL should (the frontend/backend protocol, version 3).

use std::io::{Read, Result, Write};
use std::net::TcpStream;

use super::peer::{Mode, drip, flood, linger, read};

/// What a client sends before anything else when it would like TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

const fn mode(
    name: &'static str,
    code: &'static str,
    answer: fn(&mut TcpStream, &str) -> Result<()>,
) -> Mode {
    Mode { name, code, query: "", answer }
}

pub(super) const MODES: &[Mode] = &[
    mode("PostgreSQL: wrong password", "postgres_auth_failed", |s, t| refuse(s, "28P01", t)),
    mode("PostgreSQL: no line for the host", "postgres_auth_failed", |s, t| refuse(s, "28000", t)),
    mode("PostgreSQL: no such database", "postgres_database_missing", |s, t| refuse(s, "3D000", t)),
    mode("PostgreSQL: unprivileged", "postgres_permission_denied", |s, t| refuse(s, "42501", t)),
    mode("PostgreSQL: full", "postgres_too_many_connections", |s, t| refuse(s, "53300", t)),
    mode("PostgreSQL: starting", "postgres_starting_up", |s, t| refuse(s, "57P03", t)),
    mode("PostgreSQL: disk full", "postgres_disk_full", |s, t| refuse(s, "53100", t)),
    mode("PostgreSQL: internal error", "postgres_statement_failed", |s, t| refuse(s, "XX000", t)),
    mode("PostgreSQL: nonsense", "postgres_protocol_error", |s, t| {
        start(s)?;
        s.write_all(&[&b"?\0\0\0\0"[..], t.as_bytes()].concat())?;
        linger(s)
    }),
    // By the protocol, `HTTP/` announces a message of a gigabyte.
    mode("PostgreSQL: another protocol", "postgres_timeout", |s, t| {
        start(s)?;
        write!(s, "HTTP/1.1 400 Bad Request\r\n\r\n{t}")?;
        linger(s)
    }),
    mode("PostgreSQL: closed at once", "postgres_closed", |_, _| Ok(())),
    mode("PostgreSQL: closed at the login", "postgres_closed", |s, _| start(s)),
    mode("PostgreSQL: closed at the password", "postgres_closed", |s, _| {
        start(s)?;
        s.write_all(&message(b'R', b"\0\0\0\x0a\x53CRAM-SHA-256\0\0"))?;
        read(s).map(drop)
    }),
    mode("PostgreSQL: asks for the password and repeats it", "postgres_auth_failed", |s, t| {
        start(s)?;
        s.write_all(&message(b'R', &3_u32.to_be_bytes()))?;
        let answer = read(s)?;
        // After the kind and the length, up to the last zero.
        let password = answer.get(5..answer.len() - 1).map(String::from_utf8_lossy);
        s.write_all(&error("28P01", &format!("{} {t}", password.unwrap_or_default())))?;
        linger(s)
    }),
    mode("PostgreSQL: a query fails", "postgres_statement_failed", |s, t| {
        let_in(s, t)?;
        read(s)?;
        s.write_all(&[error("42P01", t), message(b'Z', b"I")].concat())?;
        linger(s)
    }),
    mode("PostgreSQL: another answer", "postgres_protocol_error", |s, t| {
        let_in(s, t)?;
        read(s)?;
        s.write_all(&rows(t.as_bytes()))?;
        linger(s)
    }),
    mode("PostgreSQL: a malformed answer", "postgres_closed", |s, t| {
        let_in(s, t)?;
        read(s)?;
        s.write_all(&message(b'T', t.as_bytes()))?;
        linger(s)
    }),
    mode("PostgreSQL: closed at the query", "postgres_closed", |s, t| {
        let_in(s, t)?;
        read(s).map(drop)
    }),
    mode("PostgreSQL: shuts down at the query", "postgres_shutting_down", |s, t| {
        let_in(s, t)?;
        read(s)?;
        s.write_all(&error("57P01", t))
    }),
    mode("PostgreSQL: notices without end", "postgres_timeout", |s, t| {
        let_in(s, t)?;
        loop {
            drip(s, &notice(t))?;
        }
    }),
    mode("PostgreSQL: a slow drip", "postgres_timeout", |s, t| {
        start(s)?;
        drip(s, &error("28P01", t))
    }),
    mode("PostgreSQL: a huge message", "postgres_timeout", |s, t| {
        start(s)?;
        s.write_all(&[b'E', 0x7f, 0xff, 0xff, 0xff])?;
        drip(s, t.as_bytes())
    }),
    Mode {
        name: "PostgreSQL: TLS refused",
        code: "postgres_tls_refused",
        query: "?sslmode=require",
        answer: |s, _| {
            s.read_exact(&mut [0; 8])?;
            s.write_all(b"N")?;
            linger(s)
        },
    },
    Mode {
        name: "PostgreSQL: TLS promised and not spoken",
        code: "postgres_tls_refused",
        query: "?sslmode=require",
        answer: |s, t| {
            s.read_exact(&mut [0; 8])?;
            s.write_all(b"S")?;
            read(s)?;
            flood(s, t.as_bytes())
        },
    },
];

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(4 + body.len()).expect("it is short");
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

fn fields(sqlstate: &str, text: &str) -> Vec<u8> {
    format!("SFATAL\0VFATAL\0C{sqlstate}\0M{text}\0D{text}\0H{text}\0q{text}\0\0").into_bytes()
}

fn error(sqlstate: &str, text: &str) -> Vec<u8> {
    message(b'E', &fields(sqlstate, text))
}

fn notice(text: &str) -> Vec<u8> {
    message(b'N', &fields("00000", text))
}

/// One row with one column of text.
fn rows(value: &[u8]) -> Vec<u8> {
    let column = [&b"\0\x01x\0"[..], &[0; 6], &[0, 0, 0, 25, 0xff, 0xff], &[0xff; 4], &[0; 2]];
    let length = u32::try_from(value.len()).expect("it is short");
    [
        message(b'T', &column.concat()),
        message(b'D', &[&b"\0\x01"[..], &length.to_be_bytes(), value].concat()),
        message(b'C', b"SELECT 1\0"),
        message(b'Z', b"I"),
    ]
    .concat()
}

/// Hears who wants in, without TLS.
fn start(stream: &mut TcpStream) -> Result<()> {
    if read(stream)? == SSL_REQUEST {
        stream.write_all(b"N")?;
        read(stream)?;
    }
    Ok(())
}

fn refuse(stream: &mut TcpStream, sqlstate: &str, told: &str) -> Result<()> {
    start(stream)?;
    stream.write_all(&error(sqlstate, told))?;
    linger(stream)
}

/// Lets everybody in, with a notice that tells what it knows.
fn let_in(stream: &mut TcpStream, told: &str) -> Result<()> {
    start(stream)?;
    let parameter = format!("server_version\0{told}\0");
    let answer = [
        message(b'R', &0_u32.to_be_bytes()),
        message(b'S', parameter.as_bytes()),
        notice(told),
        message(b'Z', b"I"),
    ];
    stream.write_all(&answer.concat())
}
