//! The state of the database that a backup is of: a snapshot that `pg_dump` reads, and in which the
//! rows of every table are counted at the same time.
//!
//! The tables are locked against changes of their shape (`ACCESS SHARE`, as `pg_dump` does itself),
//! and before the snapshot is taken: to an older one a table that was truncated or rewritten in the
//! meantime is empty (PostgreSQL documentation, "Caveats" of concurrency control). A lock itself takes
//! no snapshot.

use std::time::Duration;

use domain::backup::TableRows;
use platform::postgres::{Code, Row, Session};

use super::counts::Expected;
use crate::script::Table;
use crate::stop::Stop;

/// How long to wait for a table that somebody holds for himself, in seconds.
pub const LOCK_TIMEOUT_SECONDS: u64 = 60;

const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// So often it is begun anew for tables that come and go meanwhile.
const ATTEMPTS: usize = 10;

/// So many tables are named in one statement.
const BATCH: usize = 100;

/// A role's own limits don't hold here: the transaction lasts as long as the dump. But it doesn't
/// outlast this program, however that ends: from PostgreSQL 14 on the server looks every two seconds
/// whether its client is still there.
const SETTINGS: &str = "\
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN \
('statement_timeout', 'transaction_timeout', 'idle_session_timeout', \
'idle_in_transaction_session_timeout', 'max_parallel_workers_per_gather'); \
SELECT pg_catalog.set_config(name, '2s', false) FROM pg_catalog.pg_settings \
WHERE name = 'client_connection_check_interval'; \
SELECT pg_catalog.set_config('search_path', '', false), \
pg_catalog.set_config('row_security', 'off', false)";

/// The tables whose rows `pg_dump` writes: ordinary ones outside of the system's schemas, and of an
/// extension's only those that it registered as configuration, with its condition.
const TABLES: &str = "\
SELECT encode(convert_to(n.nspname::text, getdatabaseencoding()), 'hex'), \
encode(convert_to(c.relname::text, getdatabaseencoding()), 'hex'), \
encode(convert_to(rn.nspname::text, getdatabaseencoding()), 'hex'), \
encode(convert_to(r.relname::text, getdatabaseencoding()), 'hex'), \
format('%I.%I', n.nspname, c.relname), e.condition, \
CASE WHEN r.oid IS NULL THEN NULL ELSE format('%I.%I', rn.nspname, r.relname) END \
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
LEFT JOIN pg_class r ON c.relispartition AND r.oid = pg_partition_root(c.oid) \
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace \
LEFT JOIN pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid \
AND d.objsubid = 0 AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e' \
LEFT JOIN (SELECT u.config, u.condition FROM pg_extension x, \
unnest(x.extconfig, x.extcondition) AS u (config, condition)) e ON e.config = c.oid \
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
AND (d.objid IS NULL OR e.config IS NOT NULL) ORDER BY 1, 2";

/// An open snapshot, which lasts until this value is dropped.
#[derive(Debug)]
pub struct Snapshot {
    session: Session,
    /// What `pg_dump --snapshot` takes.
    pub id: String,
    tables: Vec<Source>,
}

#[derive(Debug, PartialEq, Eq)]
struct Source {
    table: Table,
    root: Option<Table>,
    /// The table in SQL.
    quoted: String,
    /// Its root in SQL.
    quoted_root: Option<String>,
    /// The extension's `WHERE …`, where it has one.
    condition: Option<String>,
}

impl Snapshot {
    /// Takes a snapshot of the database that `session` is connected to, waiting for a table that
    /// somebody has for himself no longer than `table_lock_timeout`.
    ///
    /// # Errors
    /// What PostgreSQL says; [`Code::TableLocked`] where a table stays locked.
    pub async fn take(
        mut session: Session,
        table_lock_timeout: Duration,
        stop: &Stop,
    ) -> Result<Self, Code> {
        session.rows(SETTINGS, stop.left()).await?;
        let lock = format!("SET lock_timeout = '{}s'", table_lock_timeout.as_secs());
        session.rows(&lock, stop.left()).await?;
        for _ in 0..ATTEMPTS {
            let tables = list(&mut session, stop).await?;
            match export(&mut session, &tables, stop).await {
                Ok(Some(id)) => return Ok(Self { session, id, tables }),
                // A table that is not there any more has no code of its own.
                Ok(None) | Err(Code::StatementFailed) => {}
                Err(code) => return Err(code),
            }
            session.rows("ROLLBACK", stop.left()).await?;
        }
        Err(Code::StatementFailed)
    }

    /// Counts the rows of every table.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn count(&mut self, stop: &Stop) -> Result<Vec<Expected>, Code> {
        let mut expected = Vec::with_capacity(self.tables.len());
        for batch in self.tables.chunks(BATCH) {
            let rows = self.session.rows(&count(batch), stop.left()).await?;
            let counts = rows
                .iter()
                .map(|row| text(Some(row), 0)?.parse::<u64>().map_err(|_| Code::ProtocolError));
            let counts = counts.collect::<Result<Vec<_>, _>>()?;
            if counts.len() != batch.len() {
                return Err(Code::ProtocolError);
            }
            expected.extend(batch.iter().zip(counts).map(|(source, rows)| Expected {
                table: source.table.clone(),
                root: source.root.clone(),
                rows,
                listed: TableRows {
                    table: source.quoted.clone(),
                    root: source.quoted_root.clone(),
                    rows,
                },
            }));
        }
        Ok(expected)
    }

    /// Ends the transaction in good order, for the server's log. Nothing depends on it any more.
    pub async fn close(mut self, stop: &Stop) {
        let _ = self.session.rows("COMMIT", CLOSE_DEADLINE.min(stop.left())).await;
    }

    /// Ends it at once, and the count that may be going on in the server.
    pub async fn abandon(self) {
        self.session.cancel().await;
    }
}

async fn list(session: &mut Session, stop: &Stop) -> Result<Vec<Source>, Code> {
    session.rows(TABLES, stop.left()).await?.iter().map(source).collect()
}

/// Begins the transaction, locks `tables` and exports its snapshot; `None` where it has other tables.
async fn export(
    session: &mut Session,
    tables: &[Source],
    stop: &Stop,
) -> Result<Option<String>, Code> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    session.rows(begin, stop.left()).await?;
    for batch in tables.chunks(BATCH) {
        let names: Vec<String> =
            batch.iter().map(|source| format!("ONLY {}", source.quoted)).collect();
        let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "));
        session.rows(&lock, stop.left()).await?;
    }
    let export = session.rows("SELECT pg_catalog.pg_export_snapshot()", stop.left()).await?;
    let id = text(export.first(), 0)?;
    let same = list(session, stop).await? == tables;
    Ok(same.then_some(id))
}

/// Counts in one statement. What it locks besides the tables, every index of theirs, it gives back
/// by going back to the savepoint: with thousands of tables the server's lock table would be full.
fn count(batch: &[Source]) -> String {
    let each: Vec<String> = batch
        .iter()
        .enumerate()
        .map(|(place, source)| {
            let Source { quoted, condition, .. } = source;
            match condition.as_deref().filter(|condition| !condition.is_empty()) {
                Some(condition) => {
                    format!("SELECT {place} AS n, count(*) AS c FROM {quoted} {condition}")
                }
                None => format!("SELECT {place} AS n, count(*) AS c FROM ONLY {quoted}"),
            }
        })
        .collect();
    format!(
        "SAVEPOINT counting; SELECT c FROM ({}) AS counts ORDER BY n; \
         ROLLBACK TO SAVEPOINT counting; RELEASE SAVEPOINT counting",
        each.join(" UNION ALL ")
    )
}

fn source(row: &Row) -> Result<Source, Code> {
    let name = |at| bytes(&text(Some(row), at)?).ok_or(Code::ProtocolError);
    let root = match text(Some(row), 3) {
        Ok(_) => Some(Table::new(name(2)?, name(3)?)),
        Err(_) => None,
    };
    Ok(Source {
        table: Table::new(name(0)?, name(1)?),
        root,
        quoted: text(Some(row), 4)?,
        condition: text(Some(row), 5).ok(),
        quoted_root: text(Some(row), 6).ok(),
    })
}

fn text(row: Option<&Row>, at: usize) -> Result<String, Code> {
    row.and_then(|row| row.get(at)?.clone()).ok_or(Code::ProtocolError)
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_digits_are_bytes() {
        assert_eq!(bytes("00ff4a"), Some(vec![0, 0xff, b'J']));
        assert_eq!(bytes("zz"), None);
    }

    #[test]
    fn an_extensions_condition_takes_the_place_of_only() {
        let source = |condition: Option<&str>| Source {
            table: Table::new("s", "t"),
            root: None,
            quoted: "s.t".to_owned(),
            quoted_root: None,
            condition: condition.map(str::to_owned),
        };
        let sql = count(&[source(None), source(Some("")), source(Some("WHERE a"))]);
        assert_eq!(sql.matches("FROM ONLY s.t").count(), 2);
        assert!(sql.contains("FROM s.t WHERE a"), "{sql}");
    }
}
