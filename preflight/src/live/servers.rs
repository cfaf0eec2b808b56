//! PostgreSQL and Redis: a login, and an answer.

use std::time::Duration;

use domain::configuration::{PostgresUrl, RedisUrl};
use platform::tls::Trust;
use platform::{postgres, redis};

use crate::registry::LiveFault;

/// The oldest major version that PostgreSQL's developers still mend (postgresql.org/support).
const OLDEST_POSTGRES: u32 = 15;

/// Logs in to PostgreSQL, and looks how old it is.
pub(super) async fn postgres(
    url: &PostgresUrl,
    trust: &Trust,
    deadline: Duration,
) -> Vec<LiveFault> {
    match postgres::Session::connect(url, trust, "preflight", deadline).await {
        Ok(session) => of_version(session.server_version()).into_iter().collect(),
        Err(code) => vec![of_postgres(code)],
    }
}

/// Logs in to Redis and asks for PONG.
pub(super) async fn redis(url: &RedisUrl, trust: &Trust, deadline: Duration) -> Vec<LiveFault> {
    let asked = async { redis::Session::connect(url, trust, deadline).await?.ping(deadline).await };
    match asked.await {
        Ok(_) => vec![],
        Err(code) => vec![of_redis(code)],
    }
}

/// What there is to say of a version as the server tells it: `17.5 (Debian 17.5-1)`, `18beta1`.
fn of_version(version: &str) -> Option<LiveFault> {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    match version[..digits].parse::<u32>() {
        Ok(major) if major < OLDEST_POSTGRES => Some(LiveFault::PostgresOld),
        Ok(_) => None,
        Err(_) => Some(LiveFault::PostgresFault),
    }
}

fn of_postgres(code: postgres::Code) -> LiveFault {
    use postgres::Code;
    match code {
        Code::TlsRefused | Code::TlsFailed => LiveFault::PostgresTls,
        Code::TlsUntrusted => LiveFault::PostgresUntrusted,
        Code::TlsAuthorities => LiveFault::PostgresAuthorities,
        Code::DnsFailed | Code::Refused | Code::Unreachable | Code::Closed => {
            LiveFault::PostgresUnreachable
        }
        Code::Timeout => LiveFault::Deadline,
        Code::AuthFailed | Code::PermissionDenied => LiveFault::PostgresLogin,
        Code::DatabaseMissing => LiveFault::PostgresDatabase,
        Code::TooManyConnections => LiveFault::PostgresFull,
        Code::StartingUp | Code::ShuttingDown => LiveFault::PostgresStarting,
        Code::UrlInvalid
        | Code::ReadOnly
        | Code::DiskFull
        | Code::OutOfResources
        | Code::TableLocked
        | Code::DataCorrupt
        | Code::StatementFailed
        | Code::ProtocolError => LiveFault::PostgresFault,
    }
}

fn of_redis(code: redis::Code) -> LiveFault {
    use redis::Code;
    match code {
        Code::TlsRefused | Code::TlsFailed => LiveFault::RedisTls,
        Code::TlsUntrusted => LiveFault::RedisUntrusted,
        Code::DnsFailed | Code::Refused | Code::Unreachable | Code::Closed => {
            LiveFault::RedisUnreachable
        }
        Code::Timeout => LiveFault::Deadline,
        Code::AuthRequired | Code::AuthFailed | Code::PermissionDenied => LiveFault::RedisLogin,
        Code::Loading => LiveFault::RedisLoading,
        Code::MasterDown => LiveFault::RedisMasterDown,
        Code::UrlInvalid
        | Code::ProtectedMode
        | Code::ReadOnly
        | Code::Busy
        | Code::TooManyClients
        | Code::DatabaseMissing
        | Code::ServerError
        | Code::ProtocolError => LiveFault::RedisFault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_old_below_15_and_never_guessed() {
        for version in ["15.0", "15", "15.3 (Debian 15.3-0+deb12u1)", "18beta1", "100.1"] {
            assert_eq!(of_version(version), None, "{version}");
        }
        for version in ["14.99", "9.6.24", "14devel", "8"] {
            assert_eq!(of_version(version), Some(LiveFault::PostgresOld), "{version}");
        }
        for version in ["", "unknown", " 14", "-1"] {
            assert_eq!(of_version(version), Some(LiveFault::PostgresFault), "{version}");
        }
    }
}
