//! What can go wrong with a request.

use crate::codes::{codes, from_fault, from_tls_fault};
use crate::tls;

codes! {
    /// Why a request got no answer.
    Code {
        /// The URL can't be read.
        UrlInvalid = "http_url_invalid",
        /// The host's name can't be resolved.
        DnsFailed = "http_dns_failed",
        /// Nothing listens there.
        Refused = "http_refused",
        /// The network doesn't reach the host.
        Unreachable = "http_unreachable",
        /// No whole answer within the deadline.
        Timeout = "http_timeout",
        /// The connection ended before the whole answer.
        Closed = "http_closed",
        /// The answer is larger than allowed.
        TooLarge = "http_too_large",
        /// The URL begins with https://, and the server speaks no TLS.
        TlsRefused = "http_tls_refused",
        /// The server's certificate is of no known authority, not valid now or for another host.
        TlsUntrusted = "http_tls_untrusted",
        /// The two could not agree on an encryption.
        TlsFailed = "http_tls_failed",
        /// What answers does not speak HTTP/1.1.
        ProtocolError = "http_protocol_error",
    }
}

from_fault!(Code);
from_tls_fault!(Code);

impl Code {
    pub(super) fn of(error: &hyper::Error) -> Self {
        if tls::is_of_tls(error) {
            Self::TlsFailed
        } else if error.is_parse() || error.is_user() {
            Self::ProtocolError
        } else {
            Self::Closed
        }
    }
}
