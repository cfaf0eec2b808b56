//! `configuration.key`: the random key of the fingerprint, made once.

use std::path::{Path, PathBuf};

use platform::secret_file;
use secrecy::ExposeSecret;

const FILE_NAME: &str = "configuration.key";

/// A key's size in bytes.
const BYTES: usize = 32;

/// The key of the fingerprint.
pub(super) struct Key([u8; BYTES]);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// It can't be read or made.
    #[error("{} gives no key", path.display())]
    Unusable {
        /// The key's file.
        path: PathBuf,
        /// What went wrong.
        source: secret_file::KeyError,
    },
    /// The file is not what was once written into it.
    #[error("{} is not a key of 64 hexadecimal digits", path.display())]
    Corrupt {
        /// The key's file.
        path: PathBuf,
    },
}

impl Key {
    #[cfg(test)]
    pub(super) const fn of(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        if text.len() != 2 * BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// Reads the key in `folder`, or makes it where there is none. A key that can't be read is never
/// replaced: every configuration would look changed.
pub(super) fn read_or_make(folder: &Path) -> Result<Key, KeyError> {
    let path = folder.join(FILE_NAME);
    let text = secret_file::key(&path)
        .map_err(|source| KeyError::Unusable { path: path.clone(), source })?;
    Key::parse(text.expose_secret()).ok_or(KeyError::Corrupt { path })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let makers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| read_or_make(folder.path()).unwrap().0)).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]) && keys[0] != [0; BYTES]);
        let mode = fs::metadata(folder.path().join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test damages the file")]
    fn a_damaged_key_is_refused_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let long = "0".repeat(65);
        for content in ["", "\n", "short", long.as_str(), &"é".repeat(32), &"+0".repeat(32)] {
            fs::write(&path, content).unwrap();
            assert!(matches!(read_or_make(folder.path()), Err(KeyError::Corrupt { .. })));
            assert_eq!(fs::read(&path).unwrap(), content.as_bytes());
        }
    }
}
