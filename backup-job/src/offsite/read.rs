//! Objects that are read and compared with what they should be.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use platform::atomic_file::Draft;

use super::{Offsite, OffsiteError};
use crate::archive::{Hashed, Sum};
use crate::dump::DumpError;
use crate::failure::Failure;

/// So much is written to the disk at a time.
const WRITE_BYTES: usize = 1024 * 1024;
/// The longest manifest that is fetched, in bytes: a hundred thousand tables and more.
const MAX_MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

impl Offsite {
    /// Reads the object back and compares it with `wanted`.
    pub(super) async fn compare(&self, file_name: &str, wanted: &Sum) -> Result<(), OffsiteError> {
        let mut object = self.bucket.read(&self.key(file_name)).await?;
        let mut hashed = Hashed::new(io::sink());
        let mut left = wanted.size_bytes;
        while let Some(bytes) = object.next().await? {
            left = left.checked_sub(bytes.len() as u64).ok_or(OffsiteError::Changed)?;
            hashed.write_all(&bytes).map_err(OffsiteError::Unreadable)?;
        }
        if hashed.sum() == *wanted { Ok(()) } else { Err(OffsiteError::Changed) }
    }

    /// Fetches the object into `draft`, and tells its sum. It is never longer than `most_bytes`.
    pub(super) async fn download(
        &self,
        file_name: &str,
        mut draft: Draft,
        most_bytes: u64,
    ) -> Result<(Draft, Sum), Failure> {
        let of_bucket = |code| Failure::from(OffsiteError::from(code));
        let mut object = self.bucket.read(&self.key(file_name)).await.map_err(of_bucket)?;
        let mut hashed = Hashed::new(io::sink());
        let (mut left, mut buffer) = (most_bytes, Vec::with_capacity(WRITE_BYTES));
        loop {
            let bytes = object.next().await.map_err(of_bucket)?;
            let is_end = bytes.is_none();
            let bytes = bytes.unwrap_or_default();
            left = left.checked_sub(bytes.len() as u64).ok_or(OffsiteError::Changed)?;
            hashed.write_all(&bytes).map_err(OffsiteError::Unreadable)?;
            buffer.extend_from_slice(&bytes);
            if is_end || buffer.len() >= WRITE_BYTES {
                (draft, buffer) = write(draft, buffer).await?;
            }
            if is_end {
                return Ok((draft, hashed.sum()));
            }
        }
    }

    /// Reads a small object into memory, and tells when it was written.
    pub(super) async fn document(
        &self,
        file_name: &str,
    ) -> Result<(Vec<u8>, DateTime<Utc>), OffsiteError> {
        let mut object = self.bucket.read(&self.key(file_name)).await?;
        let written_at = object.written_at();
        let mut document = Vec::new();
        while let Some(bytes) = object.next().await? {
            document.extend_from_slice(&bytes);
            if document.len() as u64 > MAX_MANIFEST_BYTES {
                return Err(OffsiteError::NoManifest);
            }
        }
        Ok((document, written_at))
    }
}

/// Writes where a disk that hangs holds up nothing else.
async fn write(mut draft: Draft, mut buffer: Vec<u8>) -> Result<(Draft, Vec<u8>), Failure> {
    let writing = tokio::task::spawn_blocking(move || {
        let written = draft.write_all(&buffer);
        buffer.clear();
        written.map(|()| (draft, buffer))
    });
    let written = writing.await.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
    Ok(written.map_err(DumpError::of_file)?)
}
