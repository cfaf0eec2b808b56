//! The server that is restored to, seen from a database that is not the target.
//!
//! A backup is always restored into a database of its own, which gets the target's name in the end:
//! whenever this program dies, the target is what it was. The name of the one in between follows from
//! the target's, and an advisory lock keeps two restores into one target apart, so the next restore
//! finds and removes what a killed one left.

use std::time::Duration;

use domain::backup::Origin;
use domain::configuration::PostgresUrl;
use platform::postgres::{Code, Session};
use platform::tls::Trust;

use super::RestoreError;
use crate::dump::origin::{create_statement, identifier, literal};
use crate::stop::Stop;

const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// Cleaning up is done also where there is no time left for the restore.
const CLEAN_DEADLINE: Duration = Duration::from_secs(30);

/// The session waits through the whole restore.
const SETTINGS: &str = "\
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN \
('statement_timeout', 'transaction_timeout', 'idle_session_timeout', 'lock_timeout')";

/// Whatever a person could have put into a database: what was made after `initdb` has an OID from
/// 16384 on (`FirstNormalObjectId`).
const HOLDS: &str = "\
SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_type WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_(toast_)?temp_' \
AND nspname <> 'public' \
UNION ALL SELECT FROM pg_catalog.pg_extension WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_collation WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_operator WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_event_trigger WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_foreign_data_wrapper WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_publication WHERE oid >= 16384 \
UNION ALL SELECT FROM pg_catalog.pg_largeobject_metadata)";

/// The target, and the session beside it.
pub struct Target {
    /// Where it is.
    pub url: PostgresUrl,
    /// Whom to trust with it.
    pub trust: Trust,
    session: Session,
    between: String,
    beside: String,
}

impl Target {
    /// Connects, and keeps other restores into the same database away until it is dropped.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub async fn open(url: &PostgresUrl, trust: &Trust, stop: &Stop) -> Result<Self, RestoreError> {
        let mut session = beside(url, trust, stop).await?;
        session.rows(SETTINGS, stop.left()).await?;
        let number = format!("pg_catalog.hashtextextended({}, 8)", literal(&url.database));
        let lock = format!(
            "SELECT pg_catalog.pg_try_advisory_lock({number}), pg_catalog.to_hex({number}), \
             pg_catalog.current_database()"
        );
        let rows = session.rows(&lock, stop.left()).await?;
        let text = |at: usize| rows.first().and_then(|row| row.get(at)?.clone());
        if text(0).as_deref() != Some("t") {
            return Err(RestoreError::Running);
        }
        let between = format!("ballast_restore_{}", text(1).ok_or(Code::ProtocolError)?);
        let beside = text(2).ok_or(Code::ProtocolError)?;
        Ok(Self { url: url.clone(), trust: trust.clone(), session, between, beside })
    }

    /// The session beside the target.
    pub const fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Where the backup goes until it is whole.
    #[must_use]
    pub fn between(&self) -> PostgresUrl {
        self.named(&self.between)
    }

    /// A database that is there before any backup is restored.
    #[must_use]
    pub fn beside(&self) -> PostgresUrl {
        self.named(&self.beside)
    }

    /// Another database of the same server.
    #[must_use]
    pub fn named(&self, database: &str) -> PostgresUrl {
        database_of(&self.url, database)
    }

    /// Whether there is a database of the target's name.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn exists(&mut self, stop: &Stop) -> Result<bool, Code> {
        let name = literal(&self.url.database);
        let look = format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {name}");
        Ok(!self.session.rows(&look, stop.left()).await?.is_empty())
    }

    /// Whether nobody has put anything into `database`.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn is_empty(&self, database: &str, stop: &Stop) -> Result<bool, Code> {
        let mut session = connect(&self.named(database), &self.trust, stop).await?;
        let rows = session.rows(HOLDS, stop.left()).await?;
        Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("f"))
    }

    /// Makes the database that the backup goes into, in the place of one that was left behind.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn create(&mut self, origin: Option<&Origin>, stop: &Stop) -> Result<(), Code> {
        self.remove().await?;
        let create = match origin {
            Some(origin) => create_statement(&self.between, origin),
            None => format!("CREATE DATABASE {} TEMPLATE template0", identifier(&self.between)),
        };
        self.session.rows(&create, stop.left()).await.map(drop)
    }

    /// Removes it again.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn remove(&mut self) -> Result<(), Code> {
        let between = self.between.clone();
        self.drop_database(&between).await
    }

    /// Removes a database, whoever is connected to it.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn drop_database(&mut self, name: &str) -> Result<(), Code> {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name));
        self.session.rows(&drop, CLEAN_DEADLINE).await.map(std::mem::drop)
    }
}

/// Another database of the same server.
#[must_use]
pub fn database_of(url: &PostgresUrl, database: &str) -> PostgresUrl {
    let mut url = url.clone();
    database.clone_into(&mut url.database);
    url
}

/// A session with the server that does not stand in the way of renaming the target.
pub(super) async fn beside(url: &PostgresUrl, trust: &Trust, stop: &Stop) -> Result<Session, Code> {
    let (first, second) = match url.database.as_str() {
        "postgres" => ("template1", "template1"),
        _ => ("postgres", "template1"),
    };
    let named = |name: &str| database_of(url, name);
    match connect(&named(first), trust, stop).await {
        Err(Code::DatabaseMissing) => connect(&named(second), trust, stop).await,
        connected => connected,
    }
}

/// A session with a database.
pub(super) async fn connect(
    url: &PostgresUrl,
    trust: &Trust,
    stop: &Stop,
) -> Result<Session, Code> {
    Session::connect(url, trust, "restore", CONNECT_DEADLINE.min(stop.left())).await
}
