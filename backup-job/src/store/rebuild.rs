//! The index made from the files alone: what a lost or broken one is replaced by.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::backup::BackupRecord;
use platform::catalog::CatalogError;
use serde::Serialize;

use super::adopt::{self, Looked, Terms};
use super::{Store, housekeeping};
use crate::code::Code;
use crate::failure::Failure;

/// What a new index holds, and what it was made of.
#[derive(Debug, Serialize)]
pub struct Rebuilt {
    /// All that it holds.
    pub backups: Vec<BackupRecord>,
    /// Those among them that no index had before.
    pub listed: Vec<String>,
    /// Files that can't be listed.
    pub bad: Vec<Bad>,
    /// Where the old index was put that could not be read.
    pub set_aside: Option<PathBuf>,
}

/// A file that can't be listed.
#[derive(Debug, Serialize)]
pub struct Bad {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub error_code: Code,
}

impl Rebuilt {
    /// Whether every file is listed, and every listed one is what it should be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let failed =
            |record: &&BackupRecord| record.has_failed() && self.listed.contains(&record.backup_id);
        self.bad.is_empty() && self.backups.iter().find(failed).is_none()
    }
}

/// What an index would hold that has the records of the old one, where it can be read, and those of
/// all files. `elsewhere` are good records of copies; one whose file is not here is listed as only
/// there. Nothing is changed.
///
/// # Errors
/// [`Failure::Index`] for an index of a newer version, or that the system doesn't give; [`Failure::Scan`]; a reason to stop.
pub fn look(
    store: &Store,
    terms: Terms<'_>,
    elsewhere: Vec<BackupRecord>,
) -> Result<Rebuilt, Failure> {
    let old = old(store)?;
    let mut backups = housekeeping::as_they_are(old.as_deref().unwrap_or_default(), store);
    let (mut listed, mut bad) = (Vec::new(), Vec::new());
    let known = backups.clone();
    adopt::look(store, &known, terms, |Looked { file, outcome }| {
        match outcome {
            Ok(record) => {
                listed.push(record.backup_id.clone());
                backups.push(record);
            }
            Err(error_code) => bad.push(Bad { file, error_code }),
        }
        Ok(())
    })?;
    for copy in elsewhere {
        if add_copy(&mut backups, &copy) {
            listed.push(copy.backup_id);
        }
    }
    if old.is_none() {
        backups.sort_by_key(|record| record.created_at);
    }
    Ok(Rebuilt { backups, listed, bad, set_aside: None })
}

/// Makes the index what [`look`] says. The caller holds the lock. An old index that can't be read is
/// kept beside the new one.
///
/// # Errors
/// As [`look`], and [`Failure::SetAside`].
pub fn rebuild(
    store: &Store,
    terms: Terms<'_>,
    elsewhere: Vec<BackupRecord>,
) -> Result<Rebuilt, Failure> {
    let mut rebuilt = look(store, terms, elsewhere)?;
    if old(store)?.is_none() {
        rebuilt.set_aside = set_aside(store.index(), terms.clock.now())?;
        store.begin_index(&rebuilt.backups)?;
    } else {
        store.change(|records| records.clone_from(&rebuilt.backups))?;
    }
    Ok(rebuilt)
}

/// The records of the index; `None` where there is none, or none that can be read.
fn old(store: &Store) -> Result<Option<Vec<BackupRecord>>, Failure> {
    match store.records() {
        Ok(records) => Ok(Some(records)),
        Err(Failure::Index(CatalogError::Missing { .. } | CatalogError::Corrupt { .. })) => {
            Ok(None)
        }
        // One that can't be read now may be read tomorrow.
        Err(failure) => Err(failure),
    }
}

/// Gives an index that is no use another name, under which it stays.
fn set_aside(index: &Path, now: DateTime<Utc>) -> Result<Option<PathBuf>, Failure> {
    if index.symlink_metadata().is_err() {
        return Ok(None);
    }
    let mut name = index.file_name().unwrap_or_default().to_owned();
    name.push(format!(".broken-{}", now.format("%Y%m%dT%H%M%SZ")));
    let aside = index.with_file_name(name);
    platform::atomic_file::rename_new(index, &aside)
        .map_err(|source| Failure::SetAside { path: index.to_owned(), source })?;
    tracing::warn!(file = %aside.display(), "the index could not be read, and is kept here");
    Ok(Some(aside))
}

/// Whether the copy was one that nobody knew.
fn add_copy(backups: &mut Vec<BackupRecord>, copy: &BackupRecord) -> bool {
    let known = backups.iter_mut().find(|record| record.backup_id == copy.backup_id);
    if let Some(record) = known {
        if record.sha256 == copy.sha256 {
            record.offsite_uri.clone_from(&copy.offsite_uri);
            record.offsite_verified_at = copy.offsite_verified_at;
        }
        return false;
    }
    let took = Duration::from_millis(copy.duration_ms);
    backups.push(copy.clone().failed(Code::ONLY_OFFSITE.as_str(), took));
    true
}
