//! Lists what lies in the folder and the index does not know. Nothing is believed: each file is read
//! to its end first.
//!
//! Where its sum is the one in the manifest of a proven backup, it is that backup, with all that its
//! proof has shown. Without a manifest it is what reading it shows; and an encrypted one, which
//! nobody here can read, is listed as not verified.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::backup::{BackupRecord, DumpFacts, Proof};
use platform::clock::Clock;

use super::found::{self, Found};
use super::{Store, manifest};
use crate::archive::{ReadError, Sum};
use crate::code::Code;
use crate::dump::first_word;
use crate::failure::Failure;
use crate::proof::{ProofError, read};
use crate::stop::Stop;

/// By which rules files are looked at.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The database whose files are recognised without a manifest.
    pub database: Option<&'a str>,
    /// How long a backup without a manifest may be wanted.
    pub retention: Duration,
    /// The time of day.
    pub clock: &'a dyn Clock,
    /// When to end.
    pub stop: &'a Stop,
}

/// What came of looking at one dump.
#[derive(Debug)]
pub struct Looked {
    /// The file.
    pub file: PathBuf,
    /// Its record, or why it can't have one.
    pub outcome: Result<BackupRecord, Code>,
}

/// Looks at each dump that none of the records `known` is of, and gives what came of it to `each`.
///
/// # Errors
/// [`Failure::Scan`], a reason to stop, and what `each` says.
pub fn look(
    store: &Store,
    known: &[BackupRecord],
    terms: Terms<'_>,
    mut each: impl FnMut(Looked) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for found in found::unlisted(store, known, terms.database)? {
        let Some((file, encrypted)) = found.dump() else { continue };
        let outcome = match judge(&found, file, encrypted, terms) {
            Err(ProofError::Stopped) => {
                return Err(terms.stop.reason().map_or(ProofError::Stopped.into(), Into::into));
            }
            Err(error) => Err(error.code()),
            Ok(None) => Err(Code::DATABASE_UNKNOWN),
            Ok(Some(record)) => Ok(record),
        };
        each(Looked { file: file.clone(), outcome })?;
    }
    Ok(())
}

/// Lists them.
///
/// # Errors
/// [`Failure::Index`], [`Failure::Scan`], a reason to stop.
pub fn adopt(store: &Store, terms: Terms<'_>) -> Result<(), Failure> {
    look(store, &store.records()?, terms, |Looked { file, outcome }| match outcome {
        Ok(record) => {
            let (backup_id, verified) = (&record.backup_id, record.verified);
            tracing::warn!(backup_id, verified, "listed a backup that the index didn't know");
            store.change(|records| records.push(record))
        }
        // A neighbour's, who has a run of its own.
        Err(Code::DATABASE_UNKNOWN) => Ok(()),
        Err(code) => {
            let (file, error_code) = (file.display(), code.as_str());
            tracing::error!(%file, error_code, "a backup can't be read: not listed");
            Ok(())
        }
    })
}

/// Proves a file whose record has failed: it is back. `None` for an encrypted one that can't be
/// told from another.
///
/// # Errors
/// [`ProofError`].
pub fn prove_again(
    store: &Store,
    record: &BackupRecord,
    path: &Path,
    terms: Terms<'_>,
) -> Result<Option<BackupRecord>, ProofError> {
    let took = Duration::from_millis(record.duration_ms);
    let written = Sum { size_bytes: record.size_bytes, sha256: record.sha256.clone() };
    if !record.encrypted {
        read::unchanged(path, &written, None, &|| stopped(terms))?;
        return Ok(Some(record.clone().proven(by_reading(terms), took)));
    }
    let document = store.part_of(record, domain::backup::Part::Manifest);
    let manifest = document.and_then(|path| manifest::read(&path).ok());
    let Some(proven) = manifest.map(|manifest| manifest.backup) else { return Ok(None) };
    if !proven.is_good() || proven.sha256 != record.sha256 {
        return Ok(None);
    }
    same(path, &written, &|| stopped(terms))?;
    let proof = Proof {
        at: proven.verified_at.unwrap_or(proven.created_at),
        row_counts_checked: proven.row_counts_checked,
        restore: None,
    };
    Ok(Some(record.clone().proven(proof, took)))
}

/// The record of a dump; `None` where nobody says which database it is of.
fn judge(
    found: &Found,
    path: &Path,
    encrypted: bool,
    terms: Terms<'_>,
) -> Result<Option<BackupRecord>, ProofError> {
    let manifest = found
        .manifest
        .as_ref()
        .map_err(|error| ProofError::File(ReadError::Unreadable(io::Error::from(error.kind()))))?;
    let proven = manifest.as_ref().map(|manifest| &manifest.backup);
    let proven = proven.filter(|record| record.is_good() && record.encrypted == encrypted);
    let Some(database) = &found.database else { return Ok(None) };
    let (record, outcome) = if let Some(record) = proven {
        let record = BackupRecord { file_path: path.to_owned(), ..record.clone() };
        let outcome = is_what_its_manifest_says(&record, path, &|| stopped(terms))
            .map(|()| read_again(&record, terms.clock.now()));
        (record, outcome)
    } else {
        let facts = unknown(found, database, path, encrypted, terms);
        (BackupRecord::unproven(facts.clone()), as_read(facts, path, terms))
    };
    match outcome {
        Err(error @ (ProofError::Stopped | ProofError::File(ReadError::Unreadable(_)))) => {
            Err(error)
        }
        Err(error) => {
            let took = Duration::from_millis(record.duration_ms);
            Ok(Some(record.failed(error.code().as_str(), took)))
        }
        proven => proven.map(Some),
    }
}

/// What is known of a dump without a manifest: its name.
fn unknown(
    found: &Found,
    database: &str,
    path: &Path,
    encrypted: bool,
    terms: Terms<'_>,
) -> DumpFacts {
    DumpFacts {
        created_at: found.named.created_at,
        backup_type: found.named.backup_type,
        folder: path.parent().unwrap_or_else(|| Path::new("/")).to_owned(),
        database_name: database.to_owned(),
        pg_dump_version: String::new(),
        server_version: String::new(),
        artifact_id: None,
        size_bytes: path.metadata().map_or(0, |file| file.len()),
        sha256: String::new(),
        retention: terms.retention,
        encrypted,
        dump: None,
    }
}

/// Proves that the dump at `path` is that of `record`, which is a good manifest's: a whole one, where
/// it can be read without a key.
///
/// # Errors
/// [`ProofError`].
pub fn is_what_its_manifest_says(
    record: &BackupRecord,
    path: &Path,
    stopped: &dyn Fn() -> bool,
) -> Result<(), ProofError> {
    let written = Sum { size_bytes: record.size_bytes, sha256: record.sha256.clone() };
    if record.encrypted {
        return same(path, &written, stopped);
    }
    read::unchanged(path, &written, None, stopped).map(drop)
}

/// The record of a dump that is what its manifest says: proven now, where it was read.
#[must_use]
pub fn read_again(record: &BackupRecord, now: DateTime<Utc>) -> BackupRecord {
    if record.encrypted {
        return record.clone();
    }
    let proof = Proof { at: now, row_counts_checked: record.row_counts_checked, restore: None };
    record.clone().proven(proof, Duration::from_millis(record.duration_ms))
}

fn as_read(facts: DumpFacts, path: &Path, terms: Terms<'_>) -> Result<BackupRecord, ProofError> {
    if facts.encrypted {
        let Sum { size_bytes, sha256 } = read::sum(path, &|| stopped(terms))?;
        let record = BackupRecord::unproven(DumpFacts { size_bytes, sha256, ..facts });
        let error_code = Some(Code::MANIFEST_MISSING.as_str().to_owned());
        return Ok(BackupRecord { error_code, ..record });
    }
    let (file, script) = read::read(path, None, &|| stopped(terms))?;
    let proven = BackupRecord::unproven(DumpFacts {
        pg_dump_version: first_word(&script.pg_dump_version),
        server_version: first_word(&script.server_version),
        size_bytes: file.size_bytes,
        sha256: file.sha256,
        ..facts
    });
    Ok(proven.proven(by_reading(terms), Duration::ZERO))
}

fn same(path: &Path, written: &Sum, stopped: &dyn Fn() -> bool) -> Result<(), ProofError> {
    if read::sum(path, stopped)? == *written { Ok(()) } else { Err(ProofError::Changed) }
}

fn stopped(terms: Terms<'_>) -> bool {
    terms.stop.reason().is_some()
}

fn by_reading(terms: Terms<'_>) -> Proof {
    Proof { at: terms.clock.now(), row_counts_checked: false, restore: None }
}
