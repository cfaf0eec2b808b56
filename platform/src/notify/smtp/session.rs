//! The dialogue with a submission server (RFC 5321). Replies are read by `smtp-proto`; what they say
//! in words is never kept.

use base64ct::{Base64, Encoding};
use secrecy::ExposeSecret;
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, EXT_START_TLS, EhloResponse, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::url::Credentials;
use crate::net::Stream;
use crate::notify::{Code, Failure};

/// How this client calls itself: in a container it has no name that a server could look up.
const OWN_NAME: &str = "[127.0.0.1]";
/// The longest reply that is read, in bytes.
const MAX_REPLY: usize = 16 * 1024;

/// A greeted server.
pub(super) struct Session {
    stream: Stream,
    offers: EhloResponse<String>,
}

impl Session {
    /// Waits for the greeting of a new connection, and greets.
    pub(super) async fn greet(mut stream: Stream) -> Result<Self, Failure> {
        expect(reply(&mut stream).await?, 220)?;
        Self::resume(stream).await
    }

    /// Greets a server that has been encrypted after its greeting.
    pub(super) async fn resume(mut stream: Stream) -> Result<Self, Failure> {
        write(&mut stream, &format!("EHLO {OWN_NAME}\r\n")).await?;
        let offers = offers(&mut stream).await?;
        Ok(Self { stream, offers })
    }

    /// The connection, ready to be encrypted. What came in the clear is forgotten, so that nothing
    /// that somebody slipped in is taken for an answer later.
    pub(super) async fn start_tls(mut self) -> Result<Stream, Failure> {
        if !self.offers.has_capability(EXT_START_TLS) {
            return Err(Failure::permanent(Code::TlsRefused));
        }
        expect(self.command("STARTTLS\r\n").await?, 220)?;
        Ok(self.stream)
    }

    /// Shows user and password (RFC 4954), in the ways that every server knows.
    pub(super) async fn log_in(&mut self, credentials: &Credentials) -> Result<(), Failure> {
        let Credentials { user, password } = credentials;
        let password = password.expose_secret();
        let code = if self.offers.auth() & AUTH_PLAIN != 0 {
            let shown = Base64::encode_string(format!("\0{user}\0{password}").as_bytes());
            self.command(&format!("AUTH PLAIN {shown}\r\n")).await?
        } else if self.offers.auth() & AUTH_LOGIN != 0 {
            let mut code = self.command("AUTH LOGIN\r\n").await?;
            for part in [user, password] {
                if code != 334 {
                    break;
                }
                let shown = Base64::encode_string(part.as_bytes());
                code = self.command(&format!("{shown}\r\n")).await?;
            }
            code
        } else {
            return Err(Failure::permanent(Code::AuthFailed));
        };
        match code {
            235 => Ok(()),
            // RFC 4954, section 6: a fault of the server for now.
            400..=499 => Err(Failure::passing(Code::ServerError)),
            _ => Err(Failure::permanent(Code::AuthFailed)),
        }
    }

    /// Sends `message`. The recipients that the server takes get it, also where it doesn't take all.
    pub(super) async fn send(
        &mut self,
        from: &str,
        to: impl ExactSizeIterator<Item = &str>,
        message: &str,
    ) -> Result<(), Failure> {
        expect(self.command(&format!("MAIL FROM:<{from}>\r\n")).await?, 250)?;
        let wanted = to.len();
        let (mut accepted, mut refused) = (0, 550);
        for recipient in to {
            match self.command(&format!("RCPT TO:<{recipient}>\r\n")).await? {
                250 | 251 => accepted += 1,
                code => refused = code,
            }
        }
        if accepted == 0 {
            expect(refused, 250).map_err(|failure| Failure {
                code: if failure.is_permanent { Code::RecipientRefused } else { failure.code },
                ..failure
            })?;
        }
        expect(self.command("DATA\r\n").await?, 354)?;
        expect(self.command(&format!("{message}.\r\n")).await?, 250)?;
        // It is theirs now. The farewell is a courtesy, and its answer no matter.
        let _ = write(&mut self.stream, "QUIT\r\n").await;
        if accepted < wanted { Err(Failure::permanent(Code::RecipientRefused)) } else { Ok(()) }
    }

    async fn command(&mut self, line: &str) -> Result<u16, Failure> {
        write(&mut self.stream, line).await?;
        reply(&mut self.stream).await
    }
}

/// RFC 5321, section 4.2.1: 4xx may pass, 5xx stays.
const fn expect(code: u16, expected: u16) -> Result<(), Failure> {
    match code {
        _ if code == expected => Ok(()),
        400..=499 => Err(Failure::passing(Code::ServerError)),
        530 | 534 | 535 => Err(Failure::permanent(Code::AuthFailed)),
        500..=599 => Err(Failure::permanent(Code::Rejected)),
        _ => Err(Failure::passing(Code::ProtocolError)),
    }
}

async fn write(stream: &mut Stream, text: &str) -> Result<(), Failure> {
    let written = async {
        stream.write_all(text.as_bytes()).await?;
        stream.flush().await
    };
    written.await.map_err(|_| Failure::passing(Code::Closed))
}

/// The code of the next reply.
async fn reply(stream: &mut Stream) -> Result<u16, Failure> {
    let mut receiver = ResponseReceiver::default();
    let mut read = 0;
    loop {
        let piece = piece(stream, &mut read).await?;
        match receiver.parse(&mut piece.iter()) {
            Ok(reply) => return Ok(reply.code()),
            Err(Error::NeedsMoreData { .. }) => {}
            Err(_) => return Err(Failure::passing(Code::ProtocolError)),
        }
    }
}

/// What the server offers in answer to EHLO.
async fn offers(stream: &mut Stream) -> Result<EhloResponse<String>, Failure> {
    let mut bytes = Vec::new();
    let mut read = 0;
    loop {
        bytes.extend(piece(stream, &mut read).await?);
        match EhloResponse::parse(&mut bytes.iter()) {
            Ok(offers) => return Ok(offers),
            Err(Error::NeedsMoreData { .. }) => {}
            Err(Error::InvalidResponse { code }) => {
                expect(code, 250)?;
                return Err(Failure::passing(Code::ProtocolError));
            }
            Err(_) => return Err(Failure::passing(Code::ProtocolError)),
        }
    }
}

/// The next bytes of a reply of which so many have been read.
async fn piece(stream: &mut Stream, read: &mut usize) -> Result<Vec<u8>, Failure> {
    let mut buffer = vec![0; 1024];
    let count = stream.read(&mut buffer).await.map_err(|_| Failure::passing(Code::Closed))?;
    *read += count;
    buffer.truncate(count);
    match count {
        0 => Err(Failure::passing(Code::Closed)),
        _ if *read > MAX_REPLY => Err(Failure::passing(Code::ProtocolError)),
        _ => Ok(buffer),
    }
}
