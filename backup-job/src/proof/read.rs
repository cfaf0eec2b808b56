//! The proof by reading: the file is read back from the disk, to its end, and what it holds is
//! compared with what was written and with what the database held.

use std::io::ErrorKind;
use std::path::Path;

use super::ProofError;
use crate::archive::{self, Key, ReadError, Sum};
use crate::dump::counts::{self, Expected};
use crate::script::{Reader, Script};

const CHUNK_BYTES: usize = 256 * 1024;

/// Reads a file to its end and tells what it is and what it holds. It asks `stopped` now and then.
///
/// # Errors
/// Every [`ProofError`] but those that need something to compare with.
pub fn read(
    path: &Path,
    key: Option<&Key>,
    stopped: &dyn Fn() -> bool,
) -> Result<(Sum, Script), ProofError> {
    archive::read(path, key, |script| {
        let mut reader = Reader::default();
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            if stopped() {
                return Err(ProofError::Stopped);
            }
            match script.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => reader.feed(&chunk[..count])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::from(error).into()),
            }
        }
        Ok(reader.finish()?)
    })
}

/// Proves that the file at `path` is what was `written`, and tells what it holds.
///
/// # Errors
/// [`ProofError`].
pub fn unchanged(
    path: &Path,
    written: &Sum,
    key: Option<&Key>,
    stopped: &dyn Fn() -> bool,
) -> Result<Script, ProofError> {
    let (found, script) = read(path, key, stopped)?;
    if found == *written { Ok(script) } else { Err(ProofError::Changed) }
}

/// Proves that the file at `path` is what was `written`, and that it holds the rows `expected`.
///
/// # Errors
/// [`ProofError`].
pub fn prove(
    path: &Path,
    written: &Sum,
    key: Option<&Key>,
    expected: &[Expected],
    stopped: &dyn Fn() -> bool,
) -> Result<(), ProofError> {
    match counts::differences(expected, &unchanged(path, written, key, stopped)?.rows) {
        0 => Ok(()),
        tables => Err(ProofError::Rows { tables }),
    }
}

#[cfg(test)]
mod tests;
