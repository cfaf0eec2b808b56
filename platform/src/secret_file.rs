//! A secret in a file: a value that `NAME_FILE` names, or a key of our own. It is never logged.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::atomic_file::{AtomicFileError, Draft, PRIVATE_MODE};
use crate::regular_file;

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
    /// Something is there, but no file that can be read.
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

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key is there, but can't be read.
    #[error("the key can't be read")]
    Unreadable(#[from] SecretFileError),
    /// The key is not there, and can't be written.
    #[error("the key can't be written")]
    Unwritable(#[from] AtomicFileError),
}

/// The random key at `path`, 64 hex digits; where there is no file, a new key is made (0600). An
/// old key is never replaced, and of two processes that make one at once both get the same.
///
/// # Errors
/// [`KeyError`].
pub fn key(path: &Path) -> Result<SecretString, KeyError> {
    match read(path) {
        Err(SecretFileError::Missing { .. }) => {}
        found => return Ok(found?),
    }
    let mut draft = Draft::create(path, PRIVATE_MODE)?;
    let [one, two] = [uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple()];
    writeln!(draft, "{one}{two}")
        .map_err(|source| AtomicFileError::Unwritable { path: path.to_owned(), source })?;
    match draft.publish_new() {
        Ok(()) | Err(AtomicFileError::Exists { .. }) => Ok(read(path)?),
        Err(error) => Err(error.into()),
    }
}

/// Reads the secret at `path` and drops exactly one trailing newline (`\n` or `\r\n`). A pipe is
/// not read: nobody knows whether something comes out of it.
///
/// # Errors
/// See [`SecretFileError`].
pub fn read(path: &Path) -> Result<SecretString, SecretFileError> {
    let bytes = regular_file::read(path, MAX_BYTES).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SecretFileError::Missing { path: path.to_owned() },
        _ => SecretFileError::Unreadable { path: path.to_owned(), source },
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SecretFileError::TooLarge { path: path.to_owned() });
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| SecretFileError::NotUnicode { path: path.to_owned() })?;
    let value = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text);
    Ok(SecretString::from(value))
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, Mode, mkfifoat};
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_pipe_is_no_secret_and_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        let (answer, answered) = std::sync::mpsc::channel();
        std::thread::spawn(move || answer.send(read(&path)));
        let answer = answered.recv_timeout(std::time::Duration::from_secs(10));
        assert!(matches!(answer, Ok(Err(SecretFileError::Unreadable { .. }))));
    }

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("configuration.key");
        let made = key(&path).unwrap();
        assert_eq!(made.expose_secret().len(), 64);
        assert_eq!(key(&path).unwrap().expose_secret(), made.expose_secret());
        assert!(matches!(key(&folder.path().join("no/key")), Err(KeyError::Unwritable(_))));
        assert!(matches!(key(folder.path()), Err(KeyError::Unreadable(_))));
    }
}
