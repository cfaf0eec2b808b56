//! What may answer where Redis should (the Redis serialization protocol).

use std::io::{Result, Write};
use std::net::TcpStream;

use super::peer::{Mode, drip, flood, read};

const fn mode(
    name: &'static str,
    code: &'static str,
    answer: fn(&mut TcpStream, &str) -> Result<()>,
) -> Mode {
    Mode { name, code, query: "", answer }
}

pub(super) const MODES: &[Mode] = &[
    mode("Redis: NOAUTH", "redis_auth_required", |s, t| say(s, &format!("-NOAUTH {t}\r\n"))),
    mode("Redis: WRONGPASS", "redis_auth_failed", |s, t| say(s, &format!("-WRONGPASS {t}\r\n"))),
    mode("Redis: NOPERM", "redis_permission_denied", |s, t| say(s, &format!("-NOPERM {t}\r\n"))),
    mode("Redis: protected mode", "redis_protected_mode", |s, t| {
        say(s, &format!("-DENIED {t}\r\n"))
    }),
    mode("Redis: LOADING", "redis_loading", |s, t| say(s, &format!("-LOADING {t}\r\n"))),
    mode("Redis: MASTERDOWN", "redis_master_down", |s, t| say(s, &format!("-MASTERDOWN {t}\r\n"))),
    mode("Redis: BUSY", "redis_busy", |s, t| say(s, &format!("-BUSY {t}\r\n"))),
    mode("Redis: full", "redis_too_many_clients", |s, t| {
        say(s, &format!("-ERR max number of clients reached {t}\r\n"))
    }),
    mode("Redis: no such database", "redis_database_missing", |s, t| {
        say(s, &format!("-ERR DB index is out of range {t}\r\n"))
    }),
    mode("Redis: another error", "redis_server_error", |s, t| say(s, &format!("-ODD {t}\r\n"))),
    mode("Redis: another answer", "redis_protocol_error", |s, t| say(s, &format!("+{t}\r\n"))),
    mode("Redis: another protocol", "redis_protocol_error", |s, t| {
        say(s, &format!("HTTP/1.1 400 Bad Request\r\n\r\n{t}"))
    }),
    mode("Redis: a malformed length", "redis_protocol_error", |s, t| say(s, &format!("${t}\r\n"))),
    mode("Redis: closed at once", "redis_closed", |_, _| Ok(())),
    mode("Redis: closed at the login", "redis_closed", |s, _| read(s).map(drop)),
    mode("Redis: closed after the login", "redis_closed", |s, _| {
        read(s)?;
        s.write_all(b"+OK\r\n")?;
        read(s).map(drop)
    }),
    mode("Redis: a slow drip", "redis_timeout", |s, t| drip(s, format!("+{t}").as_bytes())),
    mode("Redis: a huge answer", "redis_timeout", |s, t| {
        read(s)?;
        s.write_all(b"$500000000\r\n")?;
        drip(s, t.as_bytes())
    }),
    Mode {
        name: "Redis: TLS not spoken",
        code: "redis_tls_refused",
        query: "tls",
        answer: |s, t| {
            read(s)?;
            flood(s, t.as_bytes())
        },
    },
];

/// Answers everything with the same.
fn say(stream: &mut TcpStream, text: &str) -> Result<()> {
    while !read(stream)?.is_empty() {
        stream.write_all(text.as_bytes())?;
    }
    Ok(())
}
