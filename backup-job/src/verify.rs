//! Proves again what is in the folder: the files are read back and compared with what the index and
//! the manifest say of them.
//!
//! Nothing is ever deleted here. A file that is damaged makes its record a failed one; what only
//! hinders the look at it - a key that is not the right one, a disk that is not there - does not.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::backup::{BackupManifest, BackupRecord, Part, Proof, newest_verified};
use platform::clock::Clock;
use platform::tls::Trust;

use crate::archive::{Key, ReadError, Sum};
use crate::code::Code;
use crate::dump::major;
use crate::failure::Failure;
use crate::proof::restore::{self, Subject};
use crate::proof::server::Workshop;
use crate::proof::{ProofError, listed, read, roles};
use crate::restore::psql::Source;
use crate::stop::Stop;
use crate::store::{Store, manifest};

/// How long to wait for a run to end before what was found is written down.
const LOCK_WAIT: Duration = Duration::from_mins(5);

/// Which backups are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The newest verified one.
    Newest,
    /// Every one that has a file, or should have.
    All,
    /// The one with this id.
    Id(String),
}

/// What came of looking at one backup.
#[derive(Debug)]
pub struct Looked {
    /// Its record, as it is now.
    pub record: BackupRecord,
    /// What is wrong with it, or with the look at it.
    pub error: Option<ProofError>,
}

/// How backups are looked at.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// What opens the encrypted ones. Without it, only their sums are compared.
    pub key: Option<&'a Key>,
    /// Where they are restored, where they are, and whom to trust with it.
    pub workshop: Option<(&'a Workshop, &'a Trust)>,
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// When to end.
    pub stop: &'a Stop,
}

/// The chosen ones, the newest first.
///
/// # Errors
/// [`Failure::NotListed`], [`Failure::NoneVerified`].
pub fn choose(
    records: &[BackupRecord],
    choice: &Choice,
    database: Option<&str>,
    store: &Store,
) -> Result<Vec<BackupRecord>, Failure> {
    let mut chosen: Vec<BackupRecord> = match choice {
        Choice::Newest => {
            let newest = newest_verified(records, database, |_| true);
            vec![newest.ok_or(Failure::NoneVerified)?.clone()]
        }
        Choice::Id(id) => {
            let named = records.iter().find(|record| record.backup_id == *id);
            vec![named.ok_or(Failure::NotListed)?.clone()]
        }
        Choice::All => {
            let has_file = |record: &&BackupRecord| {
                !record.has_failed() && !record.is_only_offsite()
                    || !matches!(store.size_of(record), Ok(None))
            };
            records.iter().filter(has_file).cloned().collect()
        }
    };
    chosen.sort_by_key(|record| std::cmp::Reverse(record.created_at));
    Ok(chosen)
}

/// Looks at one backup, and writes down what came of it.
///
/// # Errors
/// [`Failure::Index`], [`Failure::Lock`], or a reason to stop.
pub async fn verify(
    store: &Store,
    record: &BackupRecord,
    terms: Terms<'_>,
) -> Result<Looked, Failure> {
    let found = look(store, record, terms).await;
    let proven = match (found, terms.workshop) {
        (Ok(_), Some((workshop, trust))) => {
            Box::pin(restore(store, record, terms, workshop, trust)).await
        }
        (Ok(_), None) if is_refuted(record) => Err(ProofError::Refuted),
        (found, _) => found,
    };
    if let (Some(ended), Err(_)) = (terms.stop.reason(), &proven) {
        return Err(ended.into());
    }
    conclude(store, record, proven, terms).await
}

/// Whether a restore has shown that it does not restore: that it reads well was never in doubt.
fn is_refuted(record: &BackupRecord) -> bool {
    let refutations = [Code::RESTORE_REFUSED, Code::ROLES_REFUSED, Code::DUMP_ROW_COUNTS_DIFFER];
    let code = record.error_code.as_deref();
    record.has_failed() && refutations.iter().any(|known| code == Some(known.as_str()))
}

/// Restores a backup that was read into a throw-away server.
async fn restore(
    store: &Store,
    record: &BackupRecord,
    terms: Terms<'_>,
    workshop: &Workshop,
    trust: &Trust,
) -> Result<Proof, ProofError> {
    let missing = || ProofError::File(ReadError::Unreadable(io::ErrorKind::NotFound.into()));
    let manifest = manifest_of(store, record)?.ok_or(ProofError::NoManifest)?;
    if record.encrypted && terms.key.is_none() {
        return Err(ProofError::IdentityNeeded);
    }
    let expected = listed::expected(&manifest).ok_or(ProofError::NamesUnreadable)?;
    let part = |part, sum: Sum| {
        let path = store.part_of(record, part).ok_or_else(missing)?;
        let key = terms.key.filter(|_| record.encrypted).cloned();
        Ok::<_, ProofError>(restore::Part { source: Source { path, key }, written: sum })
    };
    let roles = store.part_of(record, Part::Roles).ok_or_else(missing)?;
    let roles = read::sum(&roles, &|| terms.stop.reason().is_some())?;
    compare(roles.sha256 == manifest.roles_sha256)?;
    let subject = Subject {
        dump: part(Part::Dump, sum_of(record))?,
        roles: part(Part::Roles, roles)?,
        expected: Arc::new(expected),
        origin: manifest.origin,
        major: major(&record.pg_dump_version).unwrap_or_default(),
    };
    let took = Box::pin(restore::prove(workshop, &subject, trust, terms.stop)).await?;
    Ok(Proof { at: terms.clock.now(), row_counts_checked: true, restore: Some(took) })
}

/// Writes down what a look has shown: under the lock, so that no run goes over it.
///
/// # Errors
/// As [`verify`].
pub async fn conclude(
    store: &Store,
    record: &BackupRecord,
    found: Result<Proof, ProofError>,
    terms: Terms<'_>,
) -> Result<Looked, Failure> {
    let judged = judge(record, &found);
    if let Some(judged) = &judged {
        let _lock = store.lock(LOCK_WAIT, terms.stop).await?;
        store.change(|records| {
            let same = |listed: &&mut BackupRecord| {
                listed.backup_id == judged.backup_id && listed.sha256 == judged.sha256
            };
            records.iter_mut().filter(same).for_each(|listed| {
                let copy = (listed.offsite_uri.clone(), listed.offsite_verified_at);
                listed.clone_from(judged);
                (listed.offsite_uri, listed.offsite_verified_at) = copy;
            });
        })?;
    }
    let record = judged.unwrap_or_else(|| record.clone());
    Ok(Looked { record, error: found.err() })
}

/// The record after the look; `None` where that says nothing about the backup.
fn judge(record: &BackupRecord, found: &Result<Proof, ProofError>) -> Option<BackupRecord> {
    let took = Duration::from_millis(record.duration_ms);
    let code = match found {
        Ok(proof) => {
            let row_counts_checked = proof.row_counts_checked || record.row_counts_checked;
            return Some(record.clone().proven(Proof { row_counts_checked, ..*proof }, took));
        }
        Err(ProofError::File(ReadError::Unreadable(error))) => match error.kind() {
            io::ErrorKind::NotFound if record.offsite_verified_at.is_some() => Code::ONLY_OFFSITE,
            io::ErrorKind::NotFound => Code::FILE_MISSING,
            _ => return None,
        },
        Err(error) if error.is_of_the_content() => error.code(),
        Err(_) => return None,
    };
    Some(record.clone().failed(code.as_str(), took))
}

/// Reads the files of a backup, in a thread of its own: this one goes on hearing signals.
async fn look(store: &Store, record: &BackupRecord, terms: Terms<'_>) -> Result<Proof, ProofError> {
    let (store, record) = (Store::new(store.folder()), record.clone());
    let (key, stop) = (terms.key.cloned(), terms.stop.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let stopped = || stop.reason().is_some();
        files(&store, &record, key.as_ref(), &stopped)
    });
    let row_counts_checked = reading.await.unwrap_or(Err(ProofError::Stopped))?;
    Ok(Proof { at: terms.clock.now(), row_counts_checked, restore: None })
}

/// The manifest of a backup; `None` where there is none, and only the index says what it was.
///
/// # Errors
/// It can't be read, or is none any more.
pub fn manifest_of(
    store: &Store,
    record: &BackupRecord,
) -> Result<Option<BackupManifest>, ProofError> {
    let Some(path) = store.part_of(record, Part::Manifest) else { return Ok(None) };
    match manifest::read(&path) {
        Ok(manifest) if manifest.backup.sha256 == record.sha256 => Ok(Some(manifest)),
        Ok(_) => Err(ProofError::Changed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReadError::from(error).into()),
    }
}

/// Reads what a backup consists of and compares it with its record and its manifest. Tells whether
/// rows were compared.
///
/// # Errors
/// [`ProofError`].
pub fn files(
    store: &Store,
    record: &BackupRecord,
    key: Option<&Key>,
    stopped: &dyn Fn() -> bool,
) -> Result<bool, ProofError> {
    let missing = || ProofError::File(ReadError::Unreadable(io::ErrorKind::NotFound.into()));
    let dump = store.file_of(record).ok_or_else(missing)?;
    let key = key.filter(|_| record.encrypted);
    let opens = key.is_some() || !record.encrypted;
    let script = if opens {
        Some(read::unchanged(&dump, &sum_of(record), key, stopped)?)
    } else {
        compare(read::sum(&dump, stopped)? == sum_of(record))?;
        None
    };
    let manifest = manifest_of(store, record)?;
    // The sum of a file that nobody could open when it was listed is that of whatever it was.
    let was_proven = |manifest: &BackupManifest| manifest.backup.is_good();
    if !opens && !record.verified && !manifest.as_ref().is_some_and(was_proven) {
        return Err(ProofError::NoManifest);
    }
    let Some(manifest) = manifest else { return Ok(false) };
    let path = store.part_of(record, Part::Roles).ok_or_else(missing)?;
    let found = read::sum(&path, stopped)?;
    compare(found.sha256 == manifest.roles_sha256)?;
    let Some(script) = script else { return Ok(false) };
    roles::pass(&Source { path, key: key.cloned() }, &found, &mut |_| Ok(()))?;
    match listed::differences(&manifest, &script.rows) {
        0 => Ok(true),
        tables => Err(ProofError::Rows { tables }),
    }
}

fn sum_of(record: &BackupRecord) -> Sum {
    Sum { size_bytes: record.size_bytes, sha256: record.sha256.clone() }
}

fn compare(same: bool) -> Result<(), ProofError> {
    if same { Ok(()) } else { Err(ProofError::Changed) }
}

#[cfg(test)]
mod tests;
