//! One backup from the bucket back into the folder.
//!
//! Nothing that may be good is written over: what stands there already has to be the same, or its
//! record a failed one. And a manifest in a bucket is not believed: what came is read, as what a run
//! finds unlisted is.

use std::path::PathBuf;

use domain::backup::{BackupManifest, BackupRecord, Part};
use platform::atomic_file::{self, AtomicFileError, Draft};
use platform::catalog::CatalogError;
use platform::clock::Clock;
use platform::shutdown::Shutdown;

use super::{Offsite, OffsiteError};
use crate::archive::Sum;
use crate::dump::DumpError;
use crate::failure::Failure;
use crate::proof::{ProofError, read};
use crate::stop::Stop;
use crate::store::{Store, adopt, manifest};

/// What a file of roles may take at most, in bytes.
const MAX_ROLES_BYTES: u64 = 1024 * 1024 * 1024;

/// What stands where a file is to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    /// The same file.
    Same,
    /// Another, of a backup whose record is a failed one.
    Bad,
}

/// Brings a backup back into the folder, compared with the sums in its manifest and read, and lists
/// it. The caller holds the lock.
///
/// # Errors
/// [`Failure`]; what is in the folder is as it was.
pub async fn fetch(
    offsite: &Offsite,
    store: &Store,
    backup_id: &str,
    clock: &dyn Clock,
    shutdown: &Shutdown,
) -> Result<BackupRecord, Failure> {
    let records = match store.records() {
        Err(Failure::Index(CatalogError::Missing { .. })) => Vec::new(),
        records => records?,
    };
    let listed = records.iter().find(|record| record.backup_id == backup_id);
    let is_bad = listed.is_some_and(|record| !record.is_good());
    let stop = Stop::after(offsite.timeout, shutdown.clone());
    let fetching = async {
        let (manifest, written_at) = offsite.manifest(backup_id).await?;
        let (of, folder, stopping) = (manifest.clone(), store.folder().to_owned(), stop.clone());
        let places = blocking(move || {
            places(&Store::new(&folder), &of, is_bad, &|| stopping.reason().is_some())
        });
        let drafts = offsite.drafts(store, &manifest, places.await?).await?;
        let dump = drafts.iter().find(|(part, ..)| *part == Part::Dump);
        let here = || store.file_of(&manifest.backup).ok_or(OffsiteError::NoManifest);
        let path = dump.map_or_else(here, |(_, _, draft)| Ok(draft.path().to_owned()))?;
        let (record, stopping) = (manifest.backup.clone(), stop.clone());
        let proving = blocking(move || {
            let stopped = || stopping.reason().is_some();
            Ok(adopt::is_what_its_manifest_says(&record, &path, &stopped)?)
        });
        proving.await?;
        publish(store, &manifest.backup, drafts)?;
        let record = adopt::read_again(&manifest.backup, clock.now());
        Ok(offsite.record(record, written_at, store))
    };
    let record = offsite.within(shutdown, fetching).await?;
    store.create_index()?;
    store.change(|records| {
        records.retain(|other| other.backup_id != record.backup_id);
        records.push(record.clone());
        records.sort_by_key(|record| record.created_at);
    })?;
    tracing::info!(backup_id, "back from the bucket, and the same as it was copied");
    Ok(record)
}

/// What stands where the files are to come, in the order in which they get their names.
fn places(
    store: &Store,
    manifest: &BackupManifest,
    is_bad: bool,
    stopped: &dyn Fn() -> bool,
) -> Result<[(Part, Place); 3], Failure> {
    let place = |part: Part| {
        let path = store.part_of(&manifest.backup, part).ok_or(OffsiteError::NoManifest)?;
        let is_free = path
            .symlink_metadata()
            .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
        let sum = |sha256: &str| match read::sum(&path, stopped) {
            Err(ProofError::Stopped) => Err(ProofError::Stopped),
            found => Ok(found.is_ok_and(|found| found.sha256 == sha256)),
        };
        let is_same = match part {
            _ if is_free => false,
            Part::Dump => sum(&manifest.backup.sha256)?,
            Part::Roles => sum(&manifest.roles_sha256)?,
            Part::Manifest => manifest::read(&path).is_ok_and(|here| {
                here.backup.sha256 == manifest.backup.sha256
                    && here.roles_sha256 == manifest.roles_sha256
            }),
        };
        match (is_free, is_same, is_bad) {
            (true, ..) => Ok((part, Place::Free)),
            (_, true, _) => Ok((part, Place::Same)),
            (.., true) => Ok((part, Place::Bad)),
            _ => Err(Failure::from(AtomicFileError::Exists { path })),
        }
    };
    Ok([place(Part::Roles)?, place(Part::Manifest)?, place(Part::Dump)?])
}

/// Gives the files their names. What gets none takes those away that have just got theirs.
fn publish(
    store: &Store,
    record: &BackupRecord,
    drafts: Vec<(Part, Place, Draft)>,
) -> Result<(), Failure> {
    let mut named: Vec<PathBuf> = Vec::new();
    for (part, place, draft) in drafts {
        let published = if place == Place::Bad { draft.publish() } else { draft.publish_new() };
        if let Err(error) = published {
            named.iter().rev().for_each(|path| drop(atomic_file::remove(path)));
            return Err(error.into());
        }
        named.extend(store.part_of(record, part).filter(|_| place == Place::Free));
    }
    Ok(())
}

impl Offsite {
    /// Fetches what is not here already.
    async fn drafts(
        &self,
        store: &Store,
        manifest: &BackupManifest,
        places: [(Part, Place); 3],
    ) -> Result<Vec<(Part, Place, Draft)>, Failure> {
        let mut drafts = Vec::new();
        for (part, place) in places.into_iter().filter(|(_, place)| *place != Place::Same) {
            drafts.push((part, place, self.draft(store, manifest, part).await?));
        }
        Ok(drafts)
    }

    async fn draft(
        &self,
        store: &Store,
        manifest: &BackupManifest,
        part: Part,
    ) -> Result<Draft, Failure> {
        let record = &manifest.backup;
        let (most_bytes, sha256) = match part {
            Part::Dump => (record.size_bytes, &record.sha256),
            Part::Roles => (MAX_ROLES_BYTES, &manifest.roles_sha256),
            Part::Manifest => {
                let mut document = store.draft(part, &record.backup_id, false)?;
                manifest::write(&mut document, manifest).map_err(DumpError::of_file)?;
                return Ok(document);
            }
        };
        let name = part.file_name(&record.backup_id, record.encrypted);
        if part == Part::Dump {
            let (needed_bytes, available_bytes) = (most_bytes, store.check()?.available_bytes);
            if available_bytes < needed_bytes {
                return Err(Failure::NoRoom { needed_bytes, available_bytes });
            }
            tracing::info!(file = name, size_bytes = most_bytes, "fetching from the bucket");
        }
        let draft = store.draft(part, &record.backup_id, record.encrypted)?;
        let (draft, sum): (Draft, Sum) = self.download(&name, draft, most_bytes).await?;
        if sum.sha256 == *sha256 { Ok(draft) } else { Err(OffsiteError::Changed.into()) }
    }
}

/// Reads where a disk that hangs holds up nothing else.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Failure::Proof(ProofError::Stopped)))
}
