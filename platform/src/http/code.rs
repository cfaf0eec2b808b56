//! What can go wrong with a request.

use crate::codes::{codes, from_fault};

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
        /// What answers does not speak HTTP/1.1.
        ProtocolError = "http_protocol_error",
    }
}

from_fault!(Code);

impl Code {
    pub(super) fn of(error: &hyper::Error) -> Self {
        if error.is_parse() || error.is_user() { Self::ProtocolError } else { Self::Closed }
    }
}
