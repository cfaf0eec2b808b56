//! The folder of the backups: the files, their index, and the lock that one run at a time holds.
//!
//! What is listed is there, and what is there is listed, also after a crash at any moment: a file
//! gets its final name before it is listed, and is unlisted before it is deleted, so [`adopt`] finds
//! what a crash left unlisted, and [`housekeeping`] what it left without a dump.

pub mod adopt;
pub mod found;
pub mod housekeeping;
pub mod manifest;
pub mod prune;
pub mod rebuild;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::backup::{BackupManifest, BackupRecord, Part, parse_file_name};
use platform::atomic_file::{self, Draft, PRIVATE_MODE};
use platform::catalog::{Catalog, CatalogError};
use platform::folder::{self, FolderError, Room};
use platform::lock::{self, Lock, LockError};
use platform::records;

use crate::dump::DumpError;
use crate::failure::Failure;
use crate::stop::Stop;

/// Not beside the index: the catalog has a lock of its own for the moment of a change.
const LOCK: &str = "backup.lock";
const LOCK_POLL: Duration = Duration::from_millis(100);

/// The folder of the backups.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    index: Catalog<BackupRecord>,
}

impl Store {
    /// The store in `folder`, which need not exist to be asked for its index.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), index: records::backups(folder) }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Checks that files can be written, and tells how much room there is.
    ///
    /// # Errors
    /// [`Failure::Folder`] with what an operator has to type.
    pub fn check(&self) -> Result<Room, Failure> {
        folder::check(&self.folder).map_err(|source| {
            let remedy = remedy(&source, &self.folder);
            Failure::Folder { source, remedy }
        })
    }

    /// Takes the lock, waiting for another run no longer than `wait`.
    ///
    /// # Errors
    /// [`Failure::Lock`], or a reason to stop.
    pub async fn lock(&self, wait: Duration, stop: &Stop) -> Result<Lock, Failure> {
        let path = self.folder.join(LOCK);
        let begun = Instant::now();
        let mut told = false;
        loop {
            match lock::acquire(&path, Duration::ZERO) {
                Err(error @ LockError::Held { .. }) if begun.elapsed() < wait => {
                    if !told {
                        tracing::info!("waiting: {error}");
                        told = true;
                    }
                }
                answer => return Ok(answer?),
            }
            let pause = tokio::time::sleep(LOCK_POLL.min(wait.saturating_sub(begun.elapsed())));
            stop.unless(pause).await?;
        }
    }

    /// The records, in the order in which they were added.
    ///
    /// # Errors
    /// [`Failure::Index`], also where there is none yet.
    pub fn records(&self) -> Result<Vec<BackupRecord>, Failure> {
        Ok(self.index.read()?)
    }

    /// Makes an empty index where there is none.
    ///
    /// # Errors
    /// [`Failure::Index`].
    pub fn create_index(&self) -> Result<bool, Failure> {
        Ok(self.index.create()?)
    }

    /// Makes an index of these records where there is none; `false` where there is one.
    ///
    /// # Errors
    /// [`Failure::Index`].
    pub fn begin_index(&self, records: &[BackupRecord]) -> Result<bool, Failure> {
        Ok(self.index.begin(records)?)
    }

    /// Where the index is.
    #[must_use]
    pub fn index(&self) -> &Path {
        self.index.path()
    }

    /// Changes the records.
    ///
    /// # Errors
    /// [`Failure::Index`]; the index is as it was.
    pub fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<BackupRecord>) -> T,
    ) -> Result<T, Failure> {
        let changed = self.index.update(|records| Ok::<T, CatalogError>(change(records)));
        Ok(changed?)
    }

    /// Whether neither a file nor a record has this id.
    #[must_use]
    pub fn is_free(&self, backup_id: &str, records: &[BackupRecord]) -> bool {
        let listed = records.iter().any(|record| record.backup_id == backup_id);
        let is_there = |part: Part, encrypted| {
            self.folder.join(part.file_name(backup_id, encrypted)).symlink_metadata().is_ok()
        };
        !listed && !Part::ALL.iter().any(|part| is_there(*part, false) || is_there(*part, true))
    }

    /// Begins a file of a backup under a temporary name.
    ///
    /// # Errors
    /// The folder takes no file.
    pub fn draft(&self, part: Part, backup_id: &str, encrypted: bool) -> Result<Draft, Failure> {
        let path = self.folder.join(part.file_name(backup_id, encrypted));
        Ok(Draft::create(&path, PRIVATE_MODE)?)
    }

    /// Gives the files of a proven backup their names, the dump's last, and lists it.
    ///
    /// # Errors
    /// The folder or the index doesn't take it. Where the dump has its name already, the next run
    /// lists it.
    pub fn publish(
        &self,
        dump: Draft,
        roles: Draft,
        manifest: &BackupManifest,
    ) -> Result<(), Failure> {
        let record = &manifest.backup;
        let mut document = self.draft(Part::Manifest, &record.backup_id, false)?;
        manifest::write(&mut document, manifest).map_err(DumpError::of_file)?;
        // What gets no name of its own takes those away that have theirs already.
        let mut named: Vec<PathBuf> = Vec::new();
        for (part, draft) in [(Part::Roles, roles), (Part::Manifest, document), (Part::Dump, dump)]
        {
            if let Err(error) = draft.publish_new() {
                named.iter().rev().for_each(|path| drop(atomic_file::remove(path)));
                return Err(error.into());
            }
            named.extend(self.part_of(record, part));
        }
        self.change(|records| records.push(record.clone()))
    }

    /// The dump of a record, as it is named in this folder. `None` for a record whose id this
    /// program would not have given: nothing outside of the folder is ever named.
    #[must_use]
    pub fn file_of(&self, record: &BackupRecord) -> Option<PathBuf> {
        self.part_of(record, Part::Dump)
    }

    /// The same for each of its files.
    #[must_use]
    pub fn part_of(&self, record: &BackupRecord, part: Part) -> Option<PathBuf> {
        let name = part.file_name(&record.backup_id, record.encrypted);
        parse_file_name(&name, &record.database_name)?;
        Some(self.folder.join(name))
    }

    /// Whether the file of a record is there and has its size.
    #[must_use]
    pub fn has_file_of(&self, record: &BackupRecord) -> bool {
        matches!(self.size_of(record), Ok(Some(size)) if size == record.size_bytes)
    }

    /// The size of the file of a record; `None` where there is no such file.
    ///
    /// # Errors
    /// The system doesn't tell: that says nothing about the file.
    pub fn size_of(&self, record: &BackupRecord) -> io::Result<Option<u64>> {
        let Some(path) = self.file_of(record) else { return Ok(None) };
        match path.symlink_metadata() {
            Ok(metadata) => Ok(metadata.is_file().then_some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn remedy(error: &FolderError, folder: &Path) -> String {
    match error {
        FolderError::Missing { .. } => folder::to_make(folder),
        FolderError::NotAFolder { .. } | FolderError::NotWritable { .. } => folder::to_own(folder),
    }
}
