//! The proof by restore: the very file that is to be published goes into a PostgreSQL of its own, the
//! roles first, and every table there has the rows that the snapshot had.
//!
//! It is one pass over the file: its sum is taken and its script is judged while psql is fed with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::backup::Origin;
use platform::postgres::{Code as PostgresCode, Session};
use platform::tls::Trust;

use super::server::{Server, Workshop};
use super::{ProofError, ServerError, roles, room};
use crate::archive::Sum;
use crate::code::Code;
use crate::dump::counts::{self, Expected};
use crate::dump::origin::{self, identifier, literal};
use crate::dump::snapshot::Snapshot;
use crate::restore::psql::{Progress, Psql, PsqlError, Source, Transaction};
use crate::stop::Stop;

/// The database in the throw-away server.
const DATABASE: &str = "proof";
/// Nobody else is there to lock a table.
const TABLE_LOCK_TIMEOUT: Duration = Duration::from_mins(1);

/// A file and what was written to it.
#[derive(Debug, Clone)]
pub struct Part {
    /// The file.
    pub source: Source,
    /// What was written.
    pub written: Sum,
}

/// The backup that is to be proven.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The dump.
    pub dump: Part,
    /// The roles.
    pub roles: Part,
    /// What the database was like.
    pub origin: Origin,
    /// What it held.
    pub expected: Arc<Vec<Expected>>,
    /// The major version of the `pg_dump` that wrote it.
    pub major: u32,
}

/// Proves that `subject` restores, and tells how long roles and dump took. The throw-away server is
/// gone when this returns.
///
/// # Errors
/// [`ProofError`].
pub async fn prove(
    workshop: &Workshop,
    subject: &Subject,
    trust: &Trust,
    stop: &Stop,
) -> Result<Duration, ProofError> {
    let programs = workshop.check(subject.major, stop).await?;
    workshop.clear().await?;
    room::for_a_copy(&workshop.folder, &subject.origin)?;
    let psql = Psql::on(Some(programs.folder().display().to_string()), workshop.grace);
    let mut server = workshop.open(&programs, subject.expected.len(), trust, stop).await?;
    let proven = stop.unless(Box::pin(restore(&mut server, subject, &psql, trust, stop))).await;
    let proven = match proven {
        Ok(Err(error)) => Err(really(error, &mut server)),
        Ok(Ok(took)) => Ok(took),
        Err(ended) => Err(ServerError::Stopped(ended).into()),
    };
    server.close().await;
    proven
}

/// A server that has ended tells more than its clients do, who only lose their connection; what is
/// wrong with the file has nothing to do with it.
fn really(error: ProofError, server: &mut Server) -> ProofError {
    const FULL: Code = Code::of_postgres(PostgresCode::DiskFull);
    const LOST: [Code; 3] = [
        Code::of_postgres(PostgresCode::Closed),
        Code::of_postgres(PostgresCode::ShuttingDown),
        Code::of_postgres(PostgresCode::Refused),
    ];
    let of_server =
        matches!(error, ProofError::Roles(_) | ProofError::Restore(_) | ProofError::Server(_));
    match server.judge().filter(|_| of_server) {
        Some(judged) => judged.into(),
        None if of_server && error.code() == FULL => ServerError::DiskFull.into(),
        None if of_server && LOST.contains(&error.code()) => {
            ServerError::Postgres(PostgresCode::Closed).into()
        }
        None => error,
    }
}

async fn restore(
    server: &mut Server,
    subject: &Subject,
    psql: &Psql,
    trust: &Trust,
    stop: &Stop,
) -> Result<Duration, ProofError> {
    let mut session = server.session("postgres", stop).await?;
    tablespaces(&mut session, server, &subject.origin, stop).await?;
    let begun = Instant::now();
    let Part { source, written } = subject.roles.clone();
    let url = server.url("postgres");
    let feeding = psql.feed(
        (&url, trust),
        move |mut input| roles::restore(&source, &written, &mut input),
        stop,
    );
    feeding.await.map_err(|error| unfit(error, ProofError::Roles))?;

    create(&mut session, &subject.origin, stop).await?;
    let mut fed = feed(server, subject, psql, (trust, Transaction::Whole), stop).await;
    if fed
        .as_ref()
        .is_err_and(|error| error.code() == Code::of_postgres(PostgresCode::OutOfResources))
    {
        tracing::info!("the dump is too much for one transaction: it is restored in many");
        ask(&mut session, &format!("DROP DATABASE {DATABASE} WITH (FORCE)"), stop).await?;
        create(&mut session, &subject.origin, stop).await?;
        fed = feed(server, subject, psql, (trust, Transaction::Each), stop).await;
    }
    fed.map_err(|error| unfit(error, ProofError::Restore))?;
    let took = begun.elapsed();

    let copy = server.session(DATABASE, stop).await?;
    let found = async {
        let mut copy = Snapshot::take(copy, TABLE_LOCK_TIMEOUT, stop).await?;
        copy.count(stop).await
    };
    let found = found.await.map_err(ServerError::Postgres)?;
    match counts::copied(&subject.expected, &found) {
        0 => Ok(took),
        tables => Err(ProofError::Rows { tables }),
    }
}

async fn feed(
    server: &Server,
    subject: &Subject,
    psql: &Psql,
    (trust, transaction): (&Trust, Transaction),
    stop: &Stop,
) -> Result<(), PsqlError> {
    let Part { source, written } = subject.dump.clone();
    let expected = Arc::clone(&subject.expected);
    let judge = move |sum: &Sum, script: &crate::script::Script| {
        if *sum != written {
            return Err(ProofError::Changed);
        }
        match counts::differences(&expected, &script.rows) {
            0 => Ok(()),
            tables => Err(ProofError::Rows { tables }),
        }
    };
    let url = server.url(DATABASE);
    let (progress, into) = (Progress::default(), (&url, trust));
    psql.restore(into, transaction, &source, &progress, judge, stop).await
}

/// What is wrong with the file is that, and not that psql did not take it.
fn unfit(error: PsqlError, otherwise: fn(Box<PsqlError>) -> ProofError) -> ProofError {
    match error {
        PsqlError::File(error) => *error,
        error => otherwise(Box::new(error)),
    }
}

/// In folders of their own: whatever the origin's were like, they are not here.
async fn tablespaces(
    session: &mut Session,
    server: &Server,
    origin: &Origin,
    stop: &Stop,
) -> Result<(), ProofError> {
    for (number, name) in origin.tablespaces.iter().enumerate() {
        let folder = server.make_folder(&format!("tablespace{number}"))?;
        let folder = literal(&folder.to_string_lossy());
        let create = format!("CREATE TABLESPACE {} LOCATION {folder}", identifier(name));
        ask(session, &create, stop).await?;
    }
    Ok(())
}

/// A locale that is not on this machine is no reason to prove nothing.
async fn create(session: &mut Session, origin: &Origin, stop: &Stop) -> Result<(), ProofError> {
    let create = origin::create_statement(DATABASE, origin);
    match session.rows(&create, stop.left()).await {
        Ok(_) => return Ok(()),
        Err(PostgresCode::StatementFailed) => {}
        Err(code) => return Err(ServerError::Postgres(code).into()),
    }
    tracing::warn!(
        error_code = Code::LOCALE_MISSING.as_str(),
        "the database's locale is not on this machine: it is restored with the locale C"
    );
    let plain = Origin {
        collate: "C".to_owned(),
        ctype: "C".to_owned(),
        locale_provider: "c".to_owned(),
        ..origin.clone()
    };
    ask(session, &origin::create_statement(DATABASE, &plain), stop).await
}

async fn ask(session: &mut Session, statement: &str, stop: &Stop) -> Result<(), ProofError> {
    let asked = session.rows(statement, stop.left()).await;
    asked.map(drop).map_err(|code| ServerError::Postgres(code).into())
}
