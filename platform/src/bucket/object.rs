//! One object: written in parts or at once, and read from its beginning to its end.

use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use hyper::body::Bytes;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{MultipartId, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};

use super::{Bucket, Code, path};

/// A body is handed on in slices of so many bytes, of which the connection copies one at a time.
const SLICE_BYTES: usize = 64 * 1024;
/// How often a conditional write is begun again whose end nobody knows.
const TRIES: u32 = 3;

/// An object that is being written in parts. There is nothing to see of it in the bucket before
/// [`Upload::complete`]; one that is dropped takes room until the bucket's own rules remove it.
#[derive(Debug)]
pub struct Upload<'a> {
    bucket: &'a Bucket,
    path: Path,
    id: MultipartId,
    parts: Vec<PartId>,
}

/// An object that is being read.
pub struct Object<'a> {
    bucket: &'a Bucket,
    size_bytes: u64,
    written_at: DateTime<Utc>,
    chunks: BoxStream<'static, object_store::Result<Bytes>>,
}

impl Bucket {
    /// Writes an object at once, unless there is one of that name. A store that knows no such
    /// condition writes it all the same.
    ///
    /// # Errors
    /// [`Code::Exists`], or another.
    pub async fn put_new(&self, key: &str, bytes: Vec<u8>) -> Result<(), Code> {
        let (path, payload) = (path(key)?, payload(bytes));
        let mut tries = 0;
        loop {
            tries += 1;
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            let put = self.store.put_opts(&path, payload.clone(), options).await;
            match put.map_err(|error| self.of_bucket(&error)) {
                // It may have been written: then the next one finds it, and says so.
                Err(Code::Timeout | Code::Closed) if tries < TRIES => {}
                Err(Code::Rejected) => break,
                done => return done.map(drop),
            }
        }
        let put = self.store.put(&path, payload).await;
        put.map(drop).map_err(|error| self.of_bucket(&error))
    }

    /// Begins an object that is written in parts.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn upload(&self, key: &str) -> Result<Upload<'_>, Code> {
        let path = path(key)?;
        let id = self.store.create_multipart(&path).await;
        let id = id.map_err(|error| self.of_bucket(&error))?;
        Ok(Upload { bucket: self, path, id, parts: Vec::new() })
    }

    /// Begins to read an object.
    ///
    /// # Errors
    /// [`Code::ObjectMissing`], or another.
    pub async fn read(&self, key: &str) -> Result<Object<'_>, Code> {
        let object = self.store.get(&path(key)?).await.map_err(|error| self.code(&error))?;
        let (size_bytes, written_at) = (object.meta.size, object.meta.last_modified);
        Ok(Object { bucket: self, size_bytes, written_at, chunks: object.into_stream() })
    }
}

impl Upload<'_> {
    /// Writes the next part. All but the last have at least 5 MiB, and there are 10,000 at most.
    ///
    /// # Errors
    /// A [`Code`], after it was tried several times.
    pub async fn part(&mut self, bytes: Vec<u8>) -> Result<(), Code> {
        let store = &self.bucket.store;
        let part = store.put_part(&self.path, &self.id, self.parts.len(), payload(bytes)).await;
        self.parts.push(part.map_err(|error| self.bucket.code(&error))?);
        Ok(())
    }

    /// Makes the object of its parts.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn complete(self) -> Result<(), Code> {
        let completed = self.bucket.store.complete_multipart(&self.path, &self.id, self.parts);
        completed.await.map(drop).map_err(|error| self.bucket.code(&error))
    }

    /// Gives back the room that the parts take, where that is allowed.
    ///
    /// # Errors
    /// A [`Code`].
    pub async fn abort(self) -> Result<(), Code> {
        let aborted = self.bucket.store.abort_multipart(&self.path, &self.id).await;
        aborted.map_err(|error| self.bucket.code(&error))
    }
}

impl Object<'_> {
    /// Its size in bytes, as the store says.
    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// When it was written, by the store's clock.
    #[must_use]
    pub const fn written_at(&self) -> DateTime<Utc> {
        self.written_at
    }

    /// The next bytes of it; `None` at its end.
    ///
    /// # Errors
    /// A [`Code`], after the rest was asked for several times.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Code> {
        let chunk = self.chunks.next().await.transpose();
        chunk.map_err(|error| self.bucket.code(&error))
    }
}

fn payload(bytes: Vec<u8>) -> PutPayload {
    let bytes = Bytes::from(bytes);
    let starts = (0..bytes.len()).step_by(SLICE_BYTES);
    starts.map(|start| bytes.slice(start..bytes.len().min(start + SLICE_BYTES))).collect()
}
