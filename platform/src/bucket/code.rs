//! What can go wrong with a bucket.

use std::error::Error as _;

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

use crate::codes::{codes, from_fault, from_tls_fault};
use crate::tls;

codes! {
    /// Why the bucket did not do what it was asked. No code can hold a word of the server.
    Code {
        /// The settings make no address that can be asked.
        AddressInvalid = "offsite_address_invalid",
        /// The name of the store's host can't be resolved.
        DnsFailed = "offsite_dns_failed",
        /// Nothing listens there.
        Refused = "offsite_refused",
        /// The network doesn't reach the store.
        Unreachable = "offsite_unreachable",
        /// Nothing came or went for too long, or no connection was made in time.
        Timeout = "offsite_timeout",
        /// The connection ended before the whole answer.
        Closed = "offsite_closed",
        /// The address begins with https://, and the server speaks no TLS.
        TlsRefused = "offsite_tls_refused",
        /// The server's certificate is of no known authority, not valid now or for another host.
        TlsUntrusted = "offsite_tls_untrusted",
        /// The two could not agree on an encryption.
        TlsFailed = "offsite_tls_failed",
        /// What answers does not speak HTTP/1.1, or not S3.
        ProtocolError = "offsite_protocol_error",
        /// The keys are wrong or may not do this, or the clock is.
        AuthFailed = "offsite_auth_failed",
        /// There is no such bucket.
        BucketMissing = "offsite_bucket_missing",
        /// There is no such object in the bucket.
        ObjectMissing = "offsite_object_missing",
        /// There is an object of that name already.
        Exists = "offsite_object_exists",
        /// The bucket is elsewhere: the store sends to another region or address.
        Elsewhere = "offsite_bucket_elsewhere",
        /// The store refused the request.
        Rejected = "offsite_rejected",
        /// The store failed, or asked to be left alone, again and again.
        ServerError = "offsite_server_error",
    }
}

from_fault!(Code);
from_tls_fault!(Code);

impl Code {
    /// Of a failed request; `status` is that of the last answer.
    pub(super) fn of(error: &Error, status: u16) -> Self {
        match error {
            Error::NotFound { .. } => return Self::ObjectMissing,
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                return Self::AuthFailed;
            }
            Error::AlreadyExists { .. } | Error::Precondition { .. } => return Self::Exists,
            Error::InvalidPath { .. } => return Self::AddressInvalid,
            _ => {}
        }
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(code) = error.downcast_ref::<Self>() {
                return *code;
            }
            cause = error.source();
        }
        match status {
            300..=399 => Self::Elsewhere,
            401 | 403 => Self::AuthFailed,
            404 => Self::BucketMissing,
            412 => Self::Exists,
            408 | 429 | 500..=599 => Self::ServerError,
            400..=499 => Self::Rejected,
            _ => Self::ProtocolError,
        }
    }

    pub(super) fn of_http(error: &hyper::Error) -> Self {
        if is_silence(error) {
            Self::Timeout
        } else if tls::is_of_tls(error) {
            Self::TlsFailed
        } else if error.is_parse() || error.is_user() {
            Self::ProtocolError
        } else {
            Self::Closed
        }
    }

    /// The same as the crate's kind, which decides what is tried again.
    pub(super) fn into_error(self) -> HttpError {
        let kind = match self {
            Self::DnsFailed | Self::Refused | Self::Unreachable => HttpErrorKind::Connect,
            Self::Timeout => HttpErrorKind::Timeout,
            Self::Closed => HttpErrorKind::Interrupted,
            _ => HttpErrorKind::Unknown,
        };
        HttpError::new(kind, self)
    }
}

fn is_silence(error: &hyper::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let of_system = error.downcast_ref::<std::io::Error>();
        if of_system.is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut) {
            return true;
        }
        cause = error.source();
    }
    false
}
