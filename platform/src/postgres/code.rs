//! What can go wrong with PostgreSQL.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::codes::{codes, from_fault, from_tls_fault};
use crate::tls;

codes! {
    /// Why PostgreSQL gave no answer.
    Code {
        /// The connection string can't be read.
        UrlInvalid = "postgres_url_invalid",
        /// The connection string asks for TLS, and the server has none.
        TlsRefused = "postgres_tls_refused",
        /// The server's certificate is of no trusted authority, not valid now or for another host.
        TlsUntrusted = "postgres_tls_untrusted",
        /// The two could not agree on an encryption.
        TlsFailed = "postgres_tls_failed",
        /// The file of authorities in the connection string can't be used.
        TlsAuthorities = "postgres_tls_authorities",
        /// The host's name can't be resolved.
        DnsFailed = "postgres_dns_failed",
        /// Nothing listens there.
        Refused = "postgres_refused",
        /// The network doesn't reach the host.
        Unreachable = "postgres_unreachable",
        /// No answer within the deadline.
        Timeout = "postgres_timeout",
        /// The connection ended before the answer.
        Closed = "postgres_closed",
        /// The server does not accept the user or the password.
        AuthFailed = "postgres_auth_failed",
        /// The user may not do that.
        PermissionDenied = "postgres_permission_denied",
        /// There is no such database.
        DatabaseMissing = "postgres_database_missing",
        /// The server has no connection left.
        TooManyConnections = "postgres_too_many_connections",
        /// The server is starting up or recovering.
        StartingUp = "postgres_starting_up",
        /// The server is shutting down.
        ShuttingDown = "postgres_shutting_down",
        /// The server takes no writes.
        ReadOnly = "postgres_read_only",
        /// The server's disk is full.
        DiskFull = "postgres_disk_full",
        /// The server lacks memory or another resource.
        OutOfResources = "postgres_out_of_resources",
        /// Somebody holds the table for himself.
        TableLocked = "postgres_table_locked",
        /// The server finds its own data damaged.
        DataCorrupt = "postgres_data_corrupt",
        /// The server could not carry the statement out.
        StatementFailed = "postgres_statement_failed",
        /// What answers does not speak PostgreSQL's protocol.
        ProtocolError = "postgres_protocol_error",
    }
}

from_fault!(Code);
from_tls_fault!(Code);

impl Code {
    pub(super) fn of(error: &Error) -> Self {
        if let Some(error) = error.as_db_error() {
            return Self::of_server(error);
        }
        if error.is_closed() {
            return Self::Closed;
        }
        if tls::is_of_tls(error) {
            return Self::TlsFailed;
        }
        let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        match cause.map(io::Error::kind) {
            Some(
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe,
            ) => Self::Closed,
            // The driver's own word for a method or a signature that it can't agree with.
            _ if error.to_string() == "authentication error" => Self::AuthFailed,
            _ => Self::ProtocolError,
        }
    }

    /// Whether the server's rules (`pg_hba.conf`) take no login that comes as this one did: encrypted
    /// or not, it may take one the other way.
    pub(super) fn is_of_the_way(error: &Error) -> bool {
        error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
    }

    fn of_server(error: &DbError) -> Self {
        match Self::of_sqlstate(error.code().code()) {
            // One SQLSTATE for both; a server that speaks another language counts as starting.
            Self::StartingUp if error.message().contains("shutting down") => Self::ShuttingDown,
            code => code,
        }
    }

    /// By PostgreSQL's documentation, appendix A, "PostgreSQL Error Codes".
    fn of_sqlstate(state: &str) -> Self {
        match state {
            "57P03" => Self::StartingUp,
            "57P01" | "57P02" | "57P05" => Self::ShuttingDown,
            "57014" => Self::Timeout,
            "53300" => Self::TooManyConnections,
            "53100" => Self::DiskFull,
            "3D000" => Self::DatabaseMissing,
            "42501" => Self::PermissionDenied,
            "25006" => Self::ReadOnly,
            "55P03" => Self::TableLocked,
            "XX001" | "XX002" => Self::DataCorrupt,
            _ => match state.get(..2) {
                Some("28") => Self::AuthFailed,
                Some("53" | "58") => Self::OutOfResources,
                Some("08") => Self::ProtocolError,
                _ => Self::StatementFailed,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_named_after_the_dependency_and_explained() {
        for code in Code::ALL {
            assert!(code.as_str().starts_with("postgres_"));
            assert!(code.meaning().ends_with('.'));
        }
    }

    #[test]
    fn sqlstates_map_to_what_an_operator_can_act_on() {
        for (state, code) in [
            ("28P01", Code::AuthFailed),
            ("28000", Code::AuthFailed),
            ("3D000", Code::DatabaseMissing),
            ("53300", Code::TooManyConnections),
            ("53200", Code::OutOfResources),
            ("57P03", Code::StartingUp),
            ("57P01", Code::ShuttingDown),
            ("55P03", Code::TableLocked),
            ("XX001", Code::DataCorrupt),
            ("42P01", Code::StatementFailed),
            ("", Code::StatementFailed),
        ] {
            assert_eq!(Code::of_sqlstate(state), code, "{state}");
        }
    }
}
