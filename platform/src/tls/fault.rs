//! What can go wrong when a connection is encrypted.

use std::error::Error;
use std::io;

use rustls::{Error as TlsError, InvalidMessage};

/// Why a connection could not be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsFault {
    /// The server speaks no TLS.
    Refused,
    /// The server's certificate is not one to trust.
    Untrusted,
    /// The two could not agree.
    Failed,
    /// The connection ended.
    Closed,
}

impl TlsFault {
    /// The fault of a handshake.
    pub(super) fn of(error: &io::Error) -> Self {
        match tls_error(error) {
            Some(TlsError::InvalidCertificate(_) | TlsError::NoCertificatesPresented) => {
                Self::Untrusted
            }
            Some(TlsError::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge
                | InvalidMessage::InvalidEmptyPayload,
            )) => Self::Refused,
            Some(_) => Self::Failed,
            None => Self::Closed,
        }
    }
}

/// Whether `error`, or what caused it, is TLS's: a server may refuse a client, such as one without a
/// certificate, after the handshake.
pub(crate) fn is_of_tls(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if error.is::<TlsError>() || io.is_some_and(|io| tls_error(io).is_some()) {
            return true;
        }
        next = error.source();
    }
    false
}

fn tls_error(error: &io::Error) -> Option<&TlsError> {
    error.get_ref().and_then(|error| error.downcast_ref())
}
