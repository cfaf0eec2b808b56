//! What can go wrong with a notification.

use std::time::Duration;

use crate::codes::{codes, from_fault, from_tls_fault};
use crate::http;

codes! {
    /// Why a notification did not arrive.
    Code {
        /// The host's name can't be resolved.
        DnsFailed = "notify_dns_failed",
        /// Nothing listens there.
        Refused = "notify_refused",
        /// The network doesn't reach the host.
        Unreachable = "notify_unreachable",
        /// No whole answer within the deadline.
        Timeout = "notify_timeout",
        /// The connection ended before the whole answer.
        Closed = "notify_closed",
        /// The server speaks no TLS where it must.
        TlsRefused = "notify_tls_refused",
        /// The server's certificate is of no known authority, not valid now or for another host.
        TlsUntrusted = "notify_tls_untrusted",
        /// The two could not agree on an encryption.
        TlsFailed = "notify_tls_failed",
        /// What answers does not speak HTTP/1.1, or SMTP.
        ProtocolError = "notify_protocol_error",
        /// The token, the user or the password is not accepted.
        AuthFailed = "notify_auth_failed",
        /// There is no such webhook or chat, or none any more.
        NotFound = "notify_not_found",
        /// The receiver does not take this message.
        Rejected = "notify_rejected",
        /// A recipient is not accepted; those that are have it.
        RecipientRefused = "notify_recipient_refused",
        /// The receiver wants to hear less.
        RateLimited = "notify_rate_limited",
        /// The receiver has a fault of its own.
        ServerError = "notify_server_error",
        /// It was tried for so long that it is no news any more.
        GivenUp = "notify_given_up",
        /// More was to be told than can wait.
        QueueFull = "notify_queue_full",
    }
}

from_fault!(Code);
from_tls_fault!(Code);

/// Why one attempt failed, and whether another makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct Failure {
    /// Why.
    pub code: Code,
    /// Whether the same would fail again.
    pub is_permanent: bool,
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// One that may pass.
    #[must_use]
    pub const fn passing(code: Code) -> Self {
        Self { code, is_permanent: false, retry_after: None }
    }

    /// One that stays.
    #[must_use]
    pub const fn permanent(code: Code) -> Self {
        Self { code, is_permanent: true, retry_after: None }
    }

    /// That of an answer over HTTP; `None` where it is a success.
    ///
    /// RFC 9110, section 15: the same request fails again with 4xx, but for 408, 425 and 429. A
    /// redirect is none that a person meant: it would hand the message to somebody else.
    #[must_use]
    pub(super) const fn of_status(status: u16, retry_after: Option<Duration>) -> Option<Self> {
        let (code, is_permanent) = match status {
            200..=299 => return None,
            401 | 403 | 407 => (Code::AuthFailed, true),
            404 | 410 => (Code::NotFound, true),
            429 => (Code::RateLimited, false),
            408 | 425 | 500..=599 => (Code::ServerError, false),
            _ => (Code::Rejected, true),
        };
        Some(Self { code, is_permanent, retry_after })
    }
}

impl From<http::Code> for Failure {
    fn from(code: http::Code) -> Self {
        Self::passing(match code {
            http::Code::DnsFailed => Code::DnsFailed,
            http::Code::Refused => Code::Refused,
            http::Code::Unreachable => Code::Unreachable,
            http::Code::Timeout => Code::Timeout,
            http::Code::Closed => Code::Closed,
            http::Code::TlsRefused => Code::TlsRefused,
            http::Code::TlsUntrusted => Code::TlsUntrusted,
            http::Code::TlsFailed => Code::TlsFailed,
            http::Code::ProtocolError => Code::ProtocolError,
            // Whoever answers at such length has got it, and would get it again.
            http::Code::TooLarge => return Self::permanent(Code::ProtocolError),
            http::Code::UrlInvalid => return Self::permanent(Code::NotFound),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fail_again_is_not_tried_again() {
        for (status, permanent) in [
            (200, None),
            (204, None),
            (302, Some(true)),
            (400, Some(true)),
            (401, Some(true)),
            (404, Some(true)),
            (408, Some(false)),
            (410, Some(true)),
            (425, Some(false)),
            (429, Some(false)),
            (500, Some(false)),
            (503, Some(false)),
            (999, Some(true)),
        ] {
            let failure = Failure::of_status(status, Some(Duration::from_secs(7)));
            assert_eq!(failure.map(|failure| failure.is_permanent), permanent, "{status}");
            assert!(failure.is_none_or(|it| it.retry_after == Some(Duration::from_secs(7))));
        }
    }
}
