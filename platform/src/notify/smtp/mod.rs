//! E-mail, handed to one submission server (RFC 6409).

mod mail;
mod session;
mod url;

use domain::notification::Notice;

pub use mail::Addresses;
pub use url::SmtpUrl;

use super::{Code, Failure};
use crate::net::{self, Stream};
use crate::tls::{Check, Trust};
use session::Session;
use url::Encryption;

/// E-mail from one address to several. The URL of its server holds a password.
#[derive(Debug)]
pub struct Email {
    server: SmtpUrl,
    from: String,
    to: Addresses,
}

impl Email {
    /// E-mail through `server`; `from` is the first of its addresses.
    #[must_use]
    pub fn new(server: SmtpUrl, from: &Addresses, to: Addresses) -> Self {
        Self { server, from: from.first().to_owned(), to }
    }

    /// It has no deadline of its own.
    pub(super) async fn deliver(&self, notice: &Notice, trust: &Trust) -> Result<(), Failure> {
        let SmtpUrl { host, port, encryption, credentials } = &self.server;
        let plain = net::connect_tcp(host, *port).await.map_err(passing)?;
        let encrypt =
            async |stream: Stream| trust.encrypt(stream, host, Check::Full).await.map_err(passing);
        let mut session = match encryption {
            Encryption::None => Session::greet(plain).await?,
            Encryption::Implicit => Session::greet(encrypt(plain).await?).await?,
            Encryption::StartTls => {
                let ready = Session::greet(plain).await?.start_tls().await?;
                Session::resume(encrypt(ready).await?).await?
            }
        };
        if let Some(credentials) = credentials {
            session.log_in(credentials).await?;
        }
        session.send(&self.from, self.to.iter(), &mail::compose(notice, &self.from, &self.to)).await
    }
}

fn passing(fault: impl Into<Code>) -> Failure {
    Failure::passing(fault.into())
}
