//! The proof by reading: the file is read back from the disk, to its end, and what it holds is
//! compared with what was written and with what the database held.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::ProofError;
use crate::archive::{self, Hashed, Key, ReadError, Sum};
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
    pass(path, key, &|_| (), &mut |_| Ok(()), stopped)
}

/// The same, and gives every piece of the script to `each` once it was judged, and `watch` the
/// number of further bytes of the file that have been read.
///
/// # Errors
/// As [`read`], and what `each` says.
pub fn pass(
    path: &Path,
    key: Option<&Key>,
    watch: &dyn Fn(usize),
    each: &mut dyn FnMut(&[u8]) -> Result<(), ProofError>,
    stopped: &dyn Fn() -> bool,
) -> Result<(Sum, Script), ProofError> {
    archive::read_watched(path, key, watch, |script| {
        let mut reader = Reader::default();
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            if stopped() {
                return Err(ProofError::Stopped);
            }
            match script.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => {
                    reader.feed(&chunk[..count])?;
                    each(&chunk[..count])?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::from(error).into()),
            }
        }
        Ok(reader.finish()?)
    })
}

/// The sum of a file as it lies there, whatever it holds. It asks `stopped` now and then.
///
/// # Errors
/// [`ReadError::Unreadable`], [`ProofError::Stopped`].
pub fn sum(path: &Path, stopped: &dyn Fn() -> bool) -> Result<Sum, ProofError> {
    let unreadable = |error| ProofError::File(ReadError::Unreadable(error));
    let mut file = Hashed::new(File::open(path).map_err(unreadable)?);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        if stopped() {
            return Err(ProofError::Stopped);
        }
        match file.read(&mut chunk) {
            Ok(0) => return Ok(file.sum()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
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
