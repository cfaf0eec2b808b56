//! A value in a file, as `NAME_FILE` names it: read once, never written or logged.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// The largest file that is read, in bytes: 64 KiB.
pub const MAX_BYTES: u64 = 64 * 1024;

/// Why a secret file gave no value. No variant can hold any of its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The path asked for.
        path: PathBuf,
    },
    /// The file is there, but can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The path asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than [`MAX_BYTES`].
    #[error("{} is larger than 64 KiB", path.display())]
    TooLarge {
        /// The path asked for.
        path: PathBuf,
    },
    /// The file is not UTF-8.
    #[error("{} is not valid UTF-8", path.display())]
    NotUnicode {
        /// The path asked for.
        path: PathBuf,
    },
}

/// Reads the secret at `path` and drops exactly one trailing newline (`\n` or `\r\n`).
///
/// # Errors
/// See [`SecretFileError`].
pub fn read(path: &Path) -> Result<SecretString, SecretFileError> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(
        |source| match source.kind() {
            io::ErrorKind::NotFound => SecretFileError::Missing { path: path.to_owned() },
            _ => SecretFileError::Unreadable { path: path.to_owned(), source },
        },
    )?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SecretFileError::TooLarge { path: path.to_owned() });
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| SecretFileError::NotUnicode { path: path.to_owned() })?;
    let value = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text);
    Ok(SecretString::from(value))
}
