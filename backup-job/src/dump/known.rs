//! What PostgreSQL's own programs say when they fail, and the code for it. What they say is searched
//! for these texts alone: it may name hosts, users and rows.

use platform::child::Stderr;
use platform::postgres::Code as Postgres;

use crate::code::Code;

const FULL: &str = "No space left on device";
const OVER_QUOTA: &str = "Disk quota exceeded";

/// The first that is found counts.
const KNOWN: &[(&str, Code)] = &[
    ("password authentication failed", Code::of_postgres(Postgres::AuthFailed)),
    ("no pg_hba.conf entry", Code::of_postgres(Postgres::AuthFailed)),
    ("server does not support SSL", Code::of_postgres(Postgres::TlsRefused)),
    ("certificate verify failed", Code::of_postgres(Postgres::TlsUntrusted)),
    ("server certificate for", Code::of_postgres(Postgres::TlsUntrusted)),
    ("root certificate", Code::of_postgres(Postgres::TlsAuthorities)),
    ("weak sslmode", Code::of_postgres(Postgres::TlsAuthorities)),
    ("SSL error", Code::of_postgres(Postgres::TlsFailed)),
    ("aborting because of server version mismatch", Code::PG_DUMP_TOO_OLD),
    ("permission denied", Code::of_postgres(Postgres::PermissionDenied)),
    ("canceling statement due to lock timeout", Code::of_postgres(Postgres::TableLocked)),
    ("canceling statement due to", Code::POSTGRES_CANCELLED),
    ("terminating connection", Code::of_postgres(Postgres::ShuttingDown)),
    ("the database system is", Code::of_postgres(Postgres::StartingUp)),
    ("server closed the connection", Code::of_postgres(Postgres::Closed)),
    ("could not receive data from server", Code::of_postgres(Postgres::Closed)),
    ("too many connections", Code::of_postgres(Postgres::TooManyConnections)),
    ("too many clients", Code::of_postgres(Postgres::TooManyConnections)),
    ("remaining connection slots", Code::of_postgres(Postgres::TooManyConnections)),
    ("row-level security policy", Code::of_postgres(Postgres::PermissionDenied)),
    // Somebody ended the session that has the snapshot.
    ("invalid snapshot identifier", Code::of_postgres(Postgres::Closed)),
    ("snapshot \"", Code::of_postgres(Postgres::Closed)),
    ("connection to server", Code::of_postgres(Postgres::Refused)),
    ("out of memory", Code::of_postgres(Postgres::OutOfResources)),
    ("out of shared memory", Code::of_postgres(Postgres::OutOfResources)),
    ("invalid page", Code::of_postgres(Postgres::DataCorrupt)),
    ("could not read block", Code::of_postgres(Postgres::DataCorrupt)),
    ("invalid command \\restrict", Code::PSQL_TOO_OLD),
    (FULL, Code::of_postgres(Postgres::DiskFull)),
    (OVER_QUOTA, Code::of_postgres(Postgres::DiskFull)),
    ("extension control file", Code::EXTENSION_MISSING),
    ("shared_preload_libraries", Code::EXTENSION_MISSING),
    ("could not access file \"$libdir/", Code::EXTENSION_MISSING),
    ("for encoding \"", Code::LOCALE_MISSING),
];

/// The code of what a program said, where it is known.
pub(crate) fn code_of(stderr: &Stderr) -> Option<Code> {
    KNOWN.iter().find(|(text, _)| stderr.contains(text)).map(|(_, code)| *code)
}

/// Whether it is of a disk that is full.
pub(crate) fn is_of_a_full_disk(stderr: &Stderr) -> bool {
    stderr.contains(FULL) || stderr.contains(OVER_QUOTA)
}
