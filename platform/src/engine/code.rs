//! What can go wrong with the engine.

use crate::codes::codes;
use crate::http;

codes! {
    /// Why the engine gave no answer.
    Code {
        /// `ENGINE_URL`, or the name of a container or an image, can't be read.
        UrlInvalid = "engine_url_invalid",
        /// The host's name can't be resolved.
        DnsFailed = "engine_dns_failed",
        /// Nothing listens there.
        Refused = "engine_refused",
        /// The network doesn't reach the host.
        Unreachable = "engine_unreachable",
        /// No answer within the deadline.
        Timeout = "engine_timeout",
        /// The connection ended before the answer.
        Closed = "engine_closed",
        /// The answer is larger than any that an engine gives.
        TooLarge = "engine_too_large",
        /// What answers is no Docker engine, or says what can't be understood.
        ProtocolError = "engine_protocol_error",
        /// The engine speaks no version of the API from 1.41 to 1.55.
        VersionUnsupported = "engine_version_unsupported",
        /// The engine, or the proxy before it, does not allow it.
        Forbidden = "engine_forbidden",
        /// There is no such container or image.
        NotFound = "engine_not_found",
        /// The engine answered with an error.
        ServerError = "engine_server_error",
    }
}

impl From<http::Code> for Code {
    fn from(code: http::Code) -> Self {
        match code {
            http::Code::UrlInvalid => Self::UrlInvalid,
            http::Code::DnsFailed => Self::DnsFailed,
            http::Code::Refused => Self::Refused,
            http::Code::Unreachable => Self::Unreachable,
            http::Code::Timeout => Self::Timeout,
            http::Code::Closed => Self::Closed,
            http::Code::TooLarge => Self::TooLarge,
            // The engine's URL asks for no encryption, so that those of TLS never come.
            http::Code::ProtocolError
            | http::Code::TlsRefused
            | http::Code::TlsUntrusted
            | http::Code::TlsFailed => Self::ProtocolError,
        }
    }
}
