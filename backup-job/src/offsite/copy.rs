//! One backup from the folder to the bucket, read back and compared.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use domain::backup::{BackupRecord, Part};
use platform::bucket;
use platform::clock::Clock;
use platform::shutdown::Shutdown;

use super::part_size::part_bytes;
use super::{Offsite, OffsiteError};
use crate::archive::{Hashed, Sum};
use crate::failure::Failure;
use crate::store::{Store, manifest};

/// How long giving back the room of an upload that failed may take.
const ABORT_DEADLINE: Duration = Duration::from_secs(10);

/// A file that has to be in the bucket.
struct Source {
    name: String,
    path: PathBuf,
    sum: Sum,
}

/// Copies a published backup, and says in the index that it is off-site. What is there already is
/// not sent again, but read. The caller holds no lock: it may take hours.
///
/// # Errors
/// [`Failure`]; the backup is as good as before, and what was copied so far stays in the bucket.
pub async fn copy(
    offsite: &Offsite,
    store: &Store,
    record: &BackupRecord,
    clock: &dyn Clock,
    shutdown: &Shutdown,
) -> Result<BackupRecord, Failure> {
    let copying = async {
        let (store_folder, of) = (Store::new(store.folder()), record.clone());
        let sources = blocking(move || sources(&store_folder, &of)).await?;
        for source in &sources {
            offsite.place(source).await?;
            let (file, size_bytes) = (&source.name, source.sum.size_bytes);
            tracing::debug!(file, size_bytes, "off-site, and read back");
        }
        Ok(())
    };
    tracing::info!(backup_id = record.backup_id, "copying off-site");
    offsite.within(shutdown, copying).await?;
    let name = Part::Dump.file_name(&record.backup_id, record.encrypted);
    let (uri, at) = (offsite.uri(&name), clock.now());
    let copied = BackupRecord {
        offsite_uri: Some(uri.clone()),
        offsite_verified_at: Some(at),
        ..record.clone()
    };
    store.change(|records| {
        let listed = records.iter_mut().filter(|other| other.backup_id == record.backup_id);
        for other in listed {
            (other.offsite_uri, other.offsite_verified_at) = (Some(uri.clone()), Some(at));
        }
    })?;
    tracing::info!(backup_id = record.backup_id, "off-site, read back and the same");
    Ok(copied)
}

/// The files, in the order in which they go: the manifest last.
fn sources(store: &Store, record: &BackupRecord) -> Result<[Source; 3], OffsiteError> {
    let file = |part: Part| {
        let path = store.part_of(record, part).ok_or(OffsiteError::NoManifest)?;
        let size_bytes = path.metadata().map_err(OffsiteError::Unreadable)?.len();
        Ok::<_, OffsiteError>((
            part.file_name(&record.backup_id, record.encrypted),
            path,
            size_bytes,
        ))
    };
    let (name, path, size_bytes) = file(Part::Manifest)?;
    let manifest = manifest::read(&path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => OffsiteError::NoManifest,
        _ => OffsiteError::Unreadable(error),
    })?;
    let of_record = |record: &BackupRecord| (record.backup_id.clone(), record.sha256.clone());
    if of_record(&manifest.backup) != of_record(record) {
        return Err(OffsiteError::Damaged);
    }
    let mut hashed = Hashed::new(File::open(&path).map_err(OffsiteError::Unreadable)?);
    io::copy(&mut hashed, &mut io::sink()).map_err(OffsiteError::Unreadable)?;
    let last = Source { name, path, sum: Sum { size_bytes, ..hashed.sum() } };
    let (name, path, size_bytes) = file(Part::Roles)?;
    let roles = Source { name, path, sum: Sum { size_bytes, sha256: manifest.roles_sha256 } };
    let (name, path, _) = file(Part::Dump)?;
    let sum = Sum { size_bytes: record.size_bytes, sha256: record.sha256.clone() };
    Ok([Source { name, path, sum }, roles, last])
}

impl Offsite {
    /// Sees to it that the bucket has the file.
    async fn place(&self, source: &Source) -> Result<(), OffsiteError> {
        let there = self.bucket.size(&self.key(&source.name)).await?;
        match there {
            None => {
                let is_ours = self.send(source).await?;
                self.compare(&source.name, &source.sum).await.map_err(|error| match error {
                    OffsiteError::Changed if !is_ours => OffsiteError::Occupied,
                    error => error,
                })
            }
            Some(size_bytes) if size_bytes == source.sum.size_bytes => {
                self.compare(&source.name, &source.sum).await
            }
            Some(_) => Err(OffsiteError::Occupied),
        }
    }

    /// Sends it; `false` where another has just put an object there.
    async fn send(&self, source: &Source) -> Result<bool, OffsiteError> {
        let part_bytes = part_bytes(source.sum.size_bytes).ok_or(OffsiteError::TooLarge)?;
        let mut file = Pieces::open(source.path.clone()).await?;
        if source.sum.size_bytes > part_bytes as u64 {
            self.send_in_parts(source, part_bytes, file).await?;
            return Ok(true);
        }
        let bytes;
        (bytes, file) = file.next(part_bytes).await?;
        let is_whole = file.finish().await? == source.sum;
        if !is_whole {
            return Err(OffsiteError::Damaged);
        }
        match self.bucket.put_new(&self.key(&source.name), bytes).await {
            Ok(()) => Ok(true),
            Err(bucket::Code::Exists) => Ok(false),
            Err(code) => Err(code.into()),
        }
    }

    async fn send_in_parts(
        &self,
        source: &Source,
        part_bytes: usize,
        file: Pieces,
    ) -> Result<(), OffsiteError> {
        let mut upload = self.bucket.upload(&self.key(&source.name)).await?;
        let sent = send_all(&mut upload, part_bytes, file).await;
        // Before it becomes an object: one that is wrong could not be taken away again.
        let sent = sent
            .and_then(|sum| if sum == source.sum { Ok(()) } else { Err(OffsiteError::Damaged) });
        if let Err(error) = sent {
            let aborted = tokio::time::timeout(ABORT_DEADLINE, upload.abort()).await;
            if !matches!(aborted, Ok(Ok(()))) {
                tracing::debug!("the parts stay in the bucket until its own rules remove them");
            }
            return Err(error);
        }
        match upload.complete().await {
            Ok(()) => Ok(()),
            // The answer may be what was lost, and asking again fails once it is done: what is there
            // is read and compared anyway.
            Err(code) => match self.bucket.size(&self.key(&source.name)).await {
                Ok(Some(size_bytes)) if size_bytes == source.sum.size_bytes => Ok(()),
                _ => Err(code.into()),
            },
        }
    }
}

async fn send_all(
    upload: &mut bucket::Upload<'_>,
    part_bytes: usize,
    mut file: Pieces,
) -> Result<Sum, OffsiteError> {
    loop {
        let bytes;
        (bytes, file) = file.next(part_bytes).await?;
        if bytes.is_empty() {
            return file.finish().await;
        }
        upload.part(bytes).await?;
    }
}

/// A file that is read in pieces, each where a disk that hangs holds up nothing else.
struct Pieces(Hashed<File>);

impl Pieces {
    async fn open(path: PathBuf) -> Result<Self, OffsiteError> {
        blocking(move || File::open(path).map_err(OffsiteError::Unreadable))
            .await
            .map(|file| Self(Hashed::new(file)))
    }

    /// The next piece; shorter than asked for at the end of the file, and empty past it.
    async fn next(mut self, most_bytes: usize) -> Result<(Vec<u8>, Self), OffsiteError> {
        blocking(move || {
            let mut bytes = Vec::with_capacity(most_bytes);
            let piece = self.0.by_ref().take(most_bytes as u64).read_to_end(&mut bytes);
            piece.map(|_| (bytes, self)).map_err(OffsiteError::Unreadable)
        })
        .await
    }

    /// The sum of all, once there is no more.
    async fn finish(self) -> Result<Sum, OffsiteError> {
        let (more, file) = self.next(1).await?;
        if more.is_empty() { Ok(file.0.sum()) } else { Err(OffsiteError::Damaged) }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OffsiteError> + Send + 'static,
) -> Result<T, OffsiteError> {
    let ended = || OffsiteError::Unreadable(io::ErrorKind::Other.into());
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(ended()))
}
