//! The document beside each backup.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use domain::backup::BackupManifest;

/// The version of the documents that this program writes, and the newest that it reads.
pub const SCHEMA_VERSION: u64 = 1;

/// The longest document that is read, in bytes: more than a million tables.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Writes the document.
///
/// # Errors
/// What the system says.
pub fn write(file: &mut impl Write, manifest: &BackupManifest) -> io::Result<()> {
    let mut document = serde_json::to_vec(manifest)?;
    document.push(b'\n');
    file.write_all(&document)
}

/// Reads the document at `path`.
///
/// # Errors
/// What the system says; [`io::ErrorKind::InvalidData`] for what is none, or a newer one.
pub fn read(path: &Path) -> io::Result<BackupManifest> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    let manifest: BackupManifest = serde_json::from_slice(&bytes)?;
    let known = manifest.schema_version <= SCHEMA_VERSION;
    known.then_some(manifest).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
