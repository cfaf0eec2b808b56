//! A JSON document that is replaced atomically under a lock:
//! `{"schema_version":1,"<key>":[record…]}`.
//!
//! A catalog is never begun by accident: reading or updating one that is missing is an error, and
//! only [`Catalog::create`] makes an empty one.

use std::fs::File;
use std::io::{self, Read};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::atomic_file::{self, AtomicFileError, RECORD_MODE};
use crate::lock::{self, Lock, LockError};

/// The version of the documents that this program writes, and the newest that it reads.
pub const SCHEMA_VERSION: u64 = 1;

/// The largest document that is read, in bytes: 64 MiB.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Why a catalog gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The document.
        path: PathBuf,
    },
    /// The file is there, but can't be read, or is larger than [`MAX_BYTES`].
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The document.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not the document that is kept here.
    #[error("{} is corrupt", path.display())]
    Corrupt {
        /// The document.
        path: PathBuf,
        /// Where the JSON goes wrong.
        source: serde_json::Error,
    },
    /// The document was written by a newer version of the program.
    #[error("{} has schema version {found}, newer than {SCHEMA_VERSION}", path.display())]
    Newer {
        /// The document.
        path: PathBuf,
        /// The document's version.
        found: u64,
    },
    /// The document can't be replaced; it is as it was.
    #[error("the catalog can't be replaced")]
    Unwritable(#[from] AtomicFileError),
    /// The lock was not to be had.
    #[error("the catalog can't be locked")]
    Lock(#[from] LockError),
}

/// The catalog of one kind of record.
#[derive(Debug, Clone)]
pub struct Catalog<T> {
    path: PathBuf,
    key: &'static str,
    records: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Catalog<T> {
    /// The catalog at `path`, whose records stand under `key`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, key: &'static str) -> Self {
        Self { path: path.into(), key, records: PhantomData }
    }

    /// Where the document is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes an empty document where there is none; `false` where there is one, whatever it holds.
    ///
    /// # Errors
    /// [`CatalogError::Lock`], [`CatalogError::Unwritable`].
    pub fn create(&self) -> Result<bool, CatalogError> {
        self.begin(&[])
    }

    /// Makes a document of `records` where there is none; `false` where there is one, whatever it
    /// holds.
    ///
    /// # Errors
    /// [`CatalogError::Lock`], [`CatalogError::Unwritable`].
    pub fn begin(&self, records: &[T]) -> Result<bool, CatalogError> {
        let _lock = self.lock()?;
        if self.path.symlink_metadata().is_ok() {
            return Ok(false);
        }
        self.replace(records)?;
        Ok(true)
    }

    /// The records. No lock is needed: the document is always whole.
    ///
    /// # Errors
    /// [`CatalogError::Missing`], [`CatalogError::Unreadable`], [`CatalogError::Corrupt`],
    /// [`CatalogError::Newer`].
    pub fn read(&self) -> Result<Vec<T>, CatalogError> {
        let path = || self.path.clone();
        let corrupt = |source| CatalogError::Corrupt { path: path(), source };
        let bytes = read_bounded(&self.path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => CatalogError::Missing { path: path() },
            _ => CatalogError::Unreadable { path: path(), source },
        })?;
        let mut document: Map<String, Value> = serde_json::from_slice(&bytes).map_err(corrupt)?;
        let version = document.get("schema_version").and_then(Value::as_u64);
        if let Some(found) = version.filter(|version| *version > SCHEMA_VERSION) {
            return Err(CatalogError::Newer { path: path(), found });
        }
        let records = document.remove(self.key).filter(|_| version.is_some());
        serde_json::from_value(records.unwrap_or_default()).map_err(corrupt)
    }

    /// Changes the records under the lock: read, change, replace. When `change` fails, the document
    /// stays as it was.
    ///
    /// # Errors
    /// What `change` says, and every [`CatalogError`].
    pub fn update<R, E: From<CatalogError>>(
        &self,
        change: impl FnOnce(&mut Vec<T>) -> Result<R, E>,
    ) -> Result<R, E> {
        let _lock = self.lock()?;
        let mut records = self.read()?;
        let answer = change(&mut records)?;
        self.replace(&records)?;
        Ok(answer)
    }

    fn lock(&self) -> Result<Lock, CatalogError> {
        Ok(lock::acquire(&lock::beside(&self.path), LOCK_WAIT)?)
    }

    fn replace(&self, records: &[T]) -> Result<(), CatalogError> {
        let document = Document { key: self.key, records };
        let mut bytes = serde_json::to_vec_pretty(&document)
            .map_err(|source| CatalogError::Corrupt { path: self.path.clone(), source })?;
        bytes.push(b'\n');
        Ok(atomic_file::write(&self.path, &bytes, RECORD_MODE)?)
    }
}

struct Document<'a, T> {
    key: &'static str,
    records: &'a [T],
}

impl<T: Serialize> Serialize for Document<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("schema_version", &SCHEMA_VERSION)?;
        map.serialize_entry(self.key, self.records)?;
        map.end()
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn catalog(folder: &tempfile::TempDir) -> Catalog<u32> {
        Catalog::new(folder.path().join("numbers.json"), "numbers")
    }

    fn push(catalog: &Catalog<u32>, number: u32) -> Result<(), CatalogError> {
        catalog.update(|numbers| {
            numbers.push(number);
            Ok(())
        })
    }

    #[test]
    fn only_create_begins_a_catalog() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = catalog(&folder);
        assert!(matches!(push(&catalog, 1), Err(CatalogError::Missing { .. })));
        assert!(catalog.create().unwrap());
        push(&catalog, 1).unwrap();
        assert!(!catalog.create().unwrap());
        assert_eq!(catalog.read().unwrap(), [1]);
        let text = fs::read_to_string(catalog.path()).unwrap();
        assert_eq!(text, "{\n  \"schema_version\": 1,\n  \"numbers\": [\n    1\n  ]\n}\n");
    }

    #[test]
    fn unreadable_corrupt_and_newer_are_different_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = catalog(&folder);
        for content in ["", "{", "[]", "{}", r#"{"schema_version":1}"#, r#"{"numbers":[]}"#] {
            fs::write(catalog.path(), content).unwrap();
            assert!(matches!(push(&catalog, 1), Err(CatalogError::Corrupt { .. })), "{content}");
            assert_eq!(fs::read_to_string(catalog.path()).unwrap(), content);
        }
        fs::write(catalog.path(), r#"{"schema_version":2,"numbers":{}}"#).unwrap();
        assert!(matches!(push(&catalog, 1), Err(CatalogError::Newer { found: 2, .. })));
        fs::remove_file(catalog.path()).unwrap();
        fs::create_dir(catalog.path()).unwrap();
        assert!(matches!(push(&catalog, 1), Err(CatalogError::Unreadable { .. })));
        assert!(!catalog.create().unwrap());
    }

    #[test]
    fn a_change_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = catalog(&folder);
        catalog.create().unwrap();
        let refused: Result<(), CatalogError> = catalog.update(|numbers| {
            numbers.push(7);
            Err(CatalogError::Missing { path: PathBuf::new() })
        });
        assert!(refused.is_err());
        assert!(catalog.read().unwrap().is_empty());
    }

    #[test]
    fn two_writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = catalog(&folder);
        catalog.create().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..2 {
                let catalog = &catalog;
                scope.spawn(move || (0..10).for_each(|n| push(catalog, writer * 10 + n).unwrap()));
            }
        });
        let mut numbers = catalog.read().unwrap();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    }
}
