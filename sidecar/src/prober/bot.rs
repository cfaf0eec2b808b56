//! The service itself: at least one of its instances answers its health URL with 2xx. While one is
//! replaced there are two, and one of them may not serve yet, or no more.

use std::time::{Duration, Instant};

use platform::http::{self, Code, Url};

use super::check::Probe;

pub(super) struct BotProbe {
    url: Url,
}

impl BotProbe {
    pub(super) const fn new(url: Url) -> Self {
        Self { url }
    }
}

impl Probe for BotProbe {
    const NAME: &'static str = "bot";

    async fn ask(&mut self, deadline: Duration) -> Result<Duration, &'static str> {
        let begun = Instant::now();
        match http::status_of_any_instance(&self.url, deadline).await {
            Ok(200..=299) => Ok(begun.elapsed()),
            Ok(_) => Err("bot_unhealthy"),
            Err(code) => Err(word(code)),
        }
    }
}

/// The client's code as the service's own.
const fn word(code: Code) -> &'static str {
    match code {
        Code::UrlInvalid => "bot_url_invalid",
        Code::DnsFailed => "bot_dns_failed",
        Code::Refused => "bot_refused",
        Code::Unreachable => "bot_unreachable",
        Code::Timeout => "bot_timeout",
        Code::Closed => "bot_closed",
        Code::TooLarge => "bot_too_large",
        // The service's URL asks for no encryption, so that those of TLS never come.
        Code::ProtocolError | Code::TlsRefused | Code::TlsUntrusted | Code::TlsFailed => {
            "bot_protocol_error"
        }
    }
}
