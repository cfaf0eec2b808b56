//! Reads the file of a backup: decrypts, decompresses every member, sums.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use age::{DecryptError, Decryptor};
use flate2::bufread::MultiGzDecoder;

use super::{Hashed, Key, Sum};

const CHUNK_BYTES: usize = 256 * 1024;

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system doesn't let it be read.
    #[error("the file can't be read")]
    Unreadable(#[source] io::Error),
    /// It is no whole file of its kind: cut off, damaged, or followed by other bytes.
    #[error("the file is damaged")]
    Damaged,
    /// It is not encrypted for this key.
    #[error("the file is not encrypted for this key")]
    WrongKey,
}

/// Gives the script in the file at `path` to `consume`, and tells the sum of the whole file, of every
/// byte of it.
///
/// An error of the reader that `consume` gets is one of the file: [`ReadError::from`].
///
/// # Errors
/// [`ReadError`], and what `consume` says.
pub fn read<T, E: From<ReadError>>(
    path: &Path,
    key: Option<&Key>,
    consume: impl FnOnce(&mut dyn Read) -> Result<T, E>,
) -> Result<(Sum, T), E> {
    read_watched(path, key, &|_| (), consume)
}

/// The same, and tells `watch` how many more bytes of the file have been read, again and again.
///
/// # Errors
/// As [`read`].
pub fn read_watched<T, E: From<ReadError>>(
    path: &Path,
    key: Option<&Key>,
    watch: &dyn Fn(usize),
    consume: impl FnOnce(&mut dyn Read) -> Result<T, E>,
) -> Result<(Sum, T), E> {
    let unreadable = |error| E::from(ReadError::Unreadable(error));
    let file = File::open(path).map_err(unreadable)?;
    let mut file = Hashed::new(Watched { file, watch });
    let told = match key {
        None => {
            let file = BufReader::with_capacity(CHUNK_BYTES, &mut file);
            consume(&mut MultiGzDecoder::new(file))
        }
        Some(key) => {
            let opened = Decryptor::new(BufReader::with_capacity(CHUNK_BYTES, &mut file));
            let opened = opened.and_then(|opened| opened.decrypt(key.identities()));
            let opened = opened.map_err(|error| E::from(error.into()))?;
            consume(&mut MultiGzDecoder::new(BufReader::with_capacity(CHUNK_BYTES, opened)))
        }
    }?;
    io::copy(&mut file, &mut io::sink()).map_err(unreadable)?;
    Ok((file.sum(), told))
}

struct Watched<'a> {
    file: File,
    watch: &'a dyn Fn(usize),
}

impl Read for Watched<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(bytes)?;
        (self.watch)(count);
        Ok(count)
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof => Self::Damaged,
            _ => Self::Unreadable(error),
        }
    }
}

impl From<DecryptError> for ReadError {
    fn from(error: DecryptError) -> Self {
        match error {
            DecryptError::NoMatchingKeys => Self::WrongKey,
            DecryptError::Io(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}

#[cfg(test)]
mod tests;
