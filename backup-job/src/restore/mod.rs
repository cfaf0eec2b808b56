//! A backup back into a database.
//!
//! It goes into a database beside the target, to the first error, and gets the target's name only
//! when the file was found to be what was written and every table has its rows. The file needs no
//! lock against retention: it is open, and stays readable when its name is gone.

mod error;
pub mod progress;
pub mod psql;
pub mod roles;
mod settings;
pub mod swap;
pub mod target;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::backup::{BackupManifest, BackupRecord};
use serde::Serialize;

use crate::archive::Sum;
use crate::dump::counts::{self, Expected};
use crate::dump::major;
use crate::dump::snapshot::Snapshot;
use crate::proof::{ProofError, listed};
use crate::script::Script;
use crate::stop::Stop;

use psql::{Progress, Psql, PsqlError, Source, Transaction};
use roles::Roles;
use target::Target;

pub use error::RestoreError;

/// Nobody else is there to lock a table.
const TABLE_LOCK_TIMEOUT: Duration = Duration::from_mins(1);
/// `undefined_object`, which a role that is missing gives, and other things too.
const UNDEFINED_OBJECT: &str = "42704";

/// What is restored.
#[derive(Debug)]
pub struct Subject {
    /// Its record.
    pub record: BackupRecord,
    /// Its manifest, where it has one.
    pub manifest: Option<BackupManifest>,
    /// The dump.
    pub dump: Source,
    /// The roles, where they are there.
    pub roles: Option<Source>,
}

/// How it is restored.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Whether the target may hold something, and is kept under another name.
    pub swap: bool,
    /// Whether roles are created that the server lacks.
    pub roles: bool,
    /// The time of day, for the names of what is kept.
    pub now: DateTime<Utc>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// The backup.
    pub backup_id: String,
    /// The database that it is in.
    pub database: String,
    /// Its tables, each of which has the rows that it should have.
    pub tables: usize,
    /// Their rows together.
    pub rows: u64,
    /// How long the restore took, in milliseconds.
    pub restore_ms: u64,
    /// The name of the database that had this name before.
    pub kept_as: Option<String>,
    /// The statements that put that one back, to be given while connected to another database.
    pub undo: Option<String>,
}

/// Restores `subject` into `target`.
///
/// # Errors
/// [`RestoreError`]; the target is as it was.
pub async fn restore(
    target: &mut Target,
    subject: &Subject,
    how: How,
    psql: &Psql,
    stop: &Stop,
) -> Result<Restored, RestoreError> {
    let begun = Instant::now();
    let exists = target.exists(stop).await?;
    let name = target.url.database.clone();
    if exists && !how.swap && !target.is_empty(&name, stop).await? {
        return Err(RestoreError::NotEmpty);
    }
    if let (Some(backup), Some(server)) =
        (major(&subject.record.pg_dump_version), major(target.session().server_version()))
        && server < backup
    {
        return Err(RestoreError::ServerTooOld { server, backup });
    }
    let missing = roles(target, subject, how, psql, stop).await?;
    target.create(subject.manifest.as_ref().map(|manifest| &manifest.origin), stop).await?;
    let filled = async {
        let counted = fill(target, subject, psql, stop).await?;
        let kept_as = if exists {
            Some(swap::swap(target, how.now, stop).await?)
        } else {
            swap::rename(target).await.map_err(RestoreError::NotSwapped)?;
            None
        };
        Ok((counted, kept_as))
    };
    let (counted, kept) = match filled.await {
        Ok(filled) => filled,
        Err(error) => {
            if let Err(code) = target.remove().await {
                let error_code = code.as_str();
                let database = target.between().database;
                tracing::warn!(error_code, database, "what was restored so far can't be dropped");
            }
            return Err(explained(error, missing));
        }
    };
    let kept_as = keep(target, kept, how, stop).await;
    Ok(Restored {
        backup_id: subject.record.backup_id.clone(),
        tables: counted.len(),
        rows: counted.iter().map(|table| table.rows).sum(),
        restore_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        undo: kept_as.as_deref().map(|kept| swap::undoing(&name, kept, how.now).trim().to_owned()),
        kept_as,
        database: name,
    })
}

/// Creates the roles that the server lacks, where that is wanted; else tells which they are.
async fn roles(
    target: &mut Target,
    subject: &Subject,
    how: How,
    psql: &Psql,
    stop: &Stop,
) -> Result<Vec<String>, RestoreError> {
    let (Some(source), Some(manifest)) = (&subject.roles, &subject.manifest) else {
        return if how.roles { Err(RestoreError::NoRoles) } else { Ok(Vec::new()) };
    };
    let roles = Roles::look(source.clone(), manifest, target.session(), stop).await?;
    let missing: Vec<String> = roles.missing.iter().cloned().collect();
    if !how.roles || missing.is_empty() {
        return Ok(missing);
    }
    let (url, trust) = (target.beside(), target.trust.clone());
    let feeding = psql.feed((&url, &trust), move |mut input| roles.write(&mut input), stop);
    feeding.await.map_err(RestoreError::Roles)?;
    Ok(Vec::new())
}

/// A dump that names what is not there most often names a role.
fn explained(error: RestoreError, missing: Vec<String>) -> RestoreError {
    match error {
        RestoreError::Dump(PsqlError::Failed { state: Some(state), .. })
            if state == UNDEFINED_OBJECT && !missing.is_empty() =>
        {
            RestoreError::RolesMissing { missing }
        }
        error => error,
    }
}

/// Restores into the database beside the target, and counts.
async fn fill(
    target: &Target,
    subject: &Subject,
    psql: &Psql,
    stop: &Stop,
) -> Result<Vec<Expected>, RestoreError> {
    let url = target.between();
    let read: Arc<OnceLock<Script>> = Arc::default();
    let (script, record) = (Arc::clone(&read), subject.record.clone());
    let manifest = subject.manifest.clone();
    let judge = move |sum: &Sum, found: &Script| {
        if sum.sha256 != record.sha256 || sum.size_bytes != record.size_bytes {
            return Err(ProofError::Changed);
        }
        let differences = manifest.map_or(0, |all| listed::differences(&all, &found.rows));
        let _ = script.set(found.clone());
        if differences == 0 { Ok(()) } else { Err(ProofError::Rows { tables: differences }) }
    };
    let progress = Progress::default();
    let into = (&url, &target.trust);
    let fed = tokio::select! {
        fed = psql.restore(into, Transaction::Whole, &subject.dump, &progress, judge, stop) => fed,
        never = progress::show(progress.clone(), subject.record.size_bytes) => match never {},
    };
    progress::end();
    fed.map_err(RestoreError::Dump)?;

    let session = target::connect(&url, &target.trust, stop).await?;
    let mut snapshot = Snapshot::take(session, TABLE_LOCK_TIMEOUT, stop).await?;
    let found = snapshot.count(stop).await?;
    snapshot.close(stop).await;
    let differing = match subject.manifest.as_ref().and_then(listed::expected) {
        Some(expected) => counts::copied(&expected, &found),
        None => read.get().map_or(1, |script| counts::differences(&found, &script.rows)),
    };
    if differing == 0 { Ok(found) } else { Err(ProofError::Rows { tables: differing }.into()) }
}

/// The database that had the name stays, but for one that nobody has put anything into.
async fn keep(target: &mut Target, kept: Option<String>, how: How, stop: &Stop) -> Option<String> {
    let kept = kept?;
    let is_empty = !how.swap && matches!(target.is_empty(&kept, stop).await, Ok(true));
    (!is_empty || target.drop_database(&kept).await.is_err()).then_some(kept)
}
