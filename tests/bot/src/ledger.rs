//! The updates: stored once in PostgreSQL, counted in Redis.
//!
//! PostgreSQL is the truth. The count in Redis is made from it whenever the two may differ: on a
//! new connection, after a failure, after a request that was given up half-way. A Redis that is
//! away therefore costs the count, never an update.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls};

/// The key of the count in Redis.
pub const COUNT_KEY: &str = "bot:updates";

const TABLE: &str = "create table if not exists updates (
    update_id bigint primary key,
    payload json not null,
    received_at timestamptz not null default now()
)";
const INSERT: &str = "insert into updates (update_id, payload) values ($1, $2::text::json)
    on conflict (update_id) do nothing";
const COUNT: &str = "select count(*) from updates";

const STORE_DEADLINE: Duration = Duration::from_secs(4);
const COUNT_DEADLINE: Duration = Duration::from_secs(1);

/// Why an update was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No connection could be made.
    #[error("PostgreSQL can't be reached")]
    Unreachable,
    /// A statement failed.
    #[error("PostgreSQL refused a statement")]
    Statement,
    /// It took too long.
    #[error("PostgreSQL did not answer in time")]
    Deadline,
}

impl LedgerError {
    /// The code that a log bears instead of the driver's message.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "postgres_unreachable",
            Self::Statement => "postgres_statement_failed",
            Self::Deadline => "postgres_timeout",
        }
    }
}

/// Both connections. Each is taken out while it is used and put back when all went well, so that
/// an abandoned or failed use leaves none behind and the next one begins afresh.
pub struct Ledger {
    database: tokio_postgres::Config,
    redis: redis::Client,
    client: Option<Client>,
    counter: Option<MultiplexedConnection>,
}

impl Ledger {
    /// A ledger that is not connected yet.
    #[must_use]
    pub fn new(database: tokio_postgres::Config, redis: redis::Client) -> Self {
        Self { database, redis, client: None, counter: None }
    }

    /// Makes the table where there is none, and the count.
    ///
    /// # Errors
    /// PostgreSQL's; Redis's are logged.
    pub async fn prepare(&mut self) -> Result<(), LedgerError> {
        within(STORE_DEADLINE, async {
            let client = self.client().await?;
            client.batch_execute(TABLE).await.map_err(|_| LedgerError::Statement)?;
            self.client = Some(client);
            Ok(())
        })
        .await?;
        self.count(false).await;
        Ok(())
    }

    /// Stores an update, unless one with its id is there already.
    ///
    /// # Errors
    /// PostgreSQL's; Redis's are logged.
    pub async fn record(&mut self, update_id: i64, payload: &str) -> Result<(), LedgerError> {
        let counter = self.counter.take();
        let new = within(STORE_DEADLINE, async {
            let client = self.client().await?;
            let rows = client
                .execute(INSERT, &[&update_id, &payload])
                .await
                .map_err(|_| LedgerError::Statement)?;
            self.client = Some(client);
            Ok(rows == 1)
        })
        .await?;
        self.counter = counter;
        self.count(new).await;
        Ok(())
    }

    async fn client(&mut self) -> Result<Client, LedgerError> {
        if let Some(client) = self.client.take().filter(|client| !client.is_closed()) {
            return Ok(client);
        }
        let (client, connection) =
            self.database.connect(NoTls).await.map_err(|_| LedgerError::Unreachable)?;
        tokio::spawn(async move {
            if connection.await.is_err() {
                tracing::warn!(error_code = "postgres_connection_lost", "PostgreSQL went away");
            }
        });
        Ok(client)
    }

    /// A second attempt, on a new connection, finds a Redis that has come back.
    async fn count(&mut self, new: bool) {
        let attempts = 1 + usize::from(self.counter.is_some());
        for _ in 0..attempts {
            if let Ok(Some(())) = timeout(COUNT_DEADLINE, self.try_count(new)).await {
                return;
            }
        }
        tracing::warn!(error_code = "redis_unavailable", "the count in Redis is behind");
    }

    async fn try_count(&mut self, new: bool) -> Option<()> {
        if let Some(mut counter) = self.counter.take() {
            if new {
                let mut command = redis::cmd("INCR");
                command.arg(COUNT_KEY).query_async::<i64>(&mut counter).await.ok()?;
            }
            self.counter = Some(counter);
            return Some(());
        }
        let mut counter = self.redis.get_multiplexed_async_connection().await.ok()?;
        let count: i64 = self.client.as_ref()?.query_one(COUNT, &[]).await.ok()?.get(0);
        let mut command = redis::cmd("SET");
        command.arg(COUNT_KEY).arg(count).query_async::<()>(&mut counter).await.ok()?;
        self.counter = Some(counter);
        Some(())
    }
}

async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, LedgerError>>,
) -> Result<T, LedgerError> {
    timeout(deadline, work).await.unwrap_or(Err(LedgerError::Deadline))
}
