//! A few bytes that one run of a program leaves to the next, kept in place in a folder that others
//! may write to as well, such as `/tmp`.
//!
//! It is written over, never replaced: a file system that is full takes it as long as it exists. It
//! is not synced: it is worth nothing after a restart of the machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::atomic_file::PRIVATE_MODE;

/// What a slot holds, in bytes.
pub const BYTES: usize = 256;

const LOCK_WAIT: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(10);

/// Why a slot can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// It can't be opened, locked, read or written.
    #[error("{} can't be used", path.display())]
    Unusable {
        /// The slot's file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is something of that name which this user did not make: a link, a folder, a file of
    /// somebody else's.
    #[error("{} is not a file of this user's own", path.display())]
    Foreign {
        /// The slot's file.
        path: PathBuf,
    },
}

/// An open slot. No other process has it open until it is dropped.
#[derive(Debug)]
pub struct Slot {
    file: File,
    path: PathBuf,
}

impl Slot {
    /// Opens the slot at `path`, which is made where it is missing. Blocks up to a second while
    /// another process has it.
    ///
    /// # Errors
    /// See [`SlotError`].
    pub fn open(path: &Path) -> Result<Self, SlotError> {
        let unusable = |source| SlotError::Unusable { path: path.to_owned(), source };
        let foreign = || SlotError::Foreign { path: path.to_owned() };
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(PRIVATE_MODE)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
            .map_err(|error| match Errno::from_io_error(&error) {
                Some(Errno::LOOP | Errno::ISDIR) => foreign(),
                _ => unusable(error),
            })?;
        let metadata = file.metadata().map_err(unusable)?;
        let own = metadata.uid() == geteuid().as_raw() && metadata.nlink() == 1;
        if !metadata.is_file() || !own {
            return Err(foreign());
        }
        let end = Instant::now() + LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file, path: path.to_owned() }),
                Err(TryLockError::WouldBlock) if Instant::now() < end => sleep(POLL),
                Err(TryLockError::WouldBlock) => {
                    return Err(unusable(io::ErrorKind::WouldBlock.into()));
                }
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
            }
        }
    }

    /// What was written last, or nothing. Anybody's rubbish is given back as it is, up to
    /// [`BYTES`] of it.
    ///
    /// # Errors
    /// [`SlotError::Unusable`].
    pub fn read(&self) -> Result<Vec<u8>, SlotError> {
        let mut bytes = vec![0; BYTES];
        let mut length = 0;
        while length < BYTES {
            match self.file.read_at(&mut bytes[length..], length as u64) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.unusable(error)),
            }
        }
        bytes.truncate(length);
        bytes.truncate(bytes.trim_ascii_end().len());
        Ok(bytes)
    }

    /// Puts `bytes` in the place of what was there. White space at their end is lost.
    ///
    /// # Errors
    /// [`SlotError::Unusable`], also for more than [`BYTES`].
    pub fn write(&self, bytes: &[u8]) -> Result<(), SlotError> {
        let mut content = [b' '; BYTES];
        let room = content.get_mut(..bytes.len());
        let room = room.ok_or_else(|| self.unusable(io::ErrorKind::FileTooLarge.into()))?;
        room.copy_from_slice(bytes);
        self.file.write_all_at(&content, 0).map_err(|error| self.unusable(error))
    }

    fn unusable(&self, source: io::Error) -> SlotError {
        SlotError::Unusable { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn it_holds_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slot");
        assert_eq!(Slot::open(&path).unwrap().read().unwrap(), b"");
        for text in ["a longer text", "short", ""] {
            Slot::open(&path).unwrap().write(text.as_bytes()).unwrap();
            assert_eq!(Slot::open(&path).unwrap().read().unwrap(), text.as_bytes());
        }
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (256, 0o600));
        let too_much = Slot::open(&path).unwrap().write(&[b'x'; BYTES + 1]);
        assert!(matches!(too_much, Err(SlotError::Unusable { .. })));
    }

    #[test]
    fn rubbish_is_read_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slot");
        fs::write(&path, vec![0xff; 1 << 20]).unwrap();
        assert_eq!(Slot::open(&path).unwrap().read().unwrap(), [0xff; BYTES]);
    }

    #[test]
    fn a_link_or_a_folder_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let (soft, hard) = (folder.path().join("soft"), folder.path().join("hard"));
        symlink(&victim, &soft).unwrap();
        fs::hard_link(&victim, &hard).unwrap();
        for path in [&soft, &hard, &folder.path().to_owned()] {
            assert!(matches!(Slot::open(path), Err(SlotError::Foreign { .. })), "{path:?}");
        }
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slot");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        let slot = Slot::open(&path).unwrap();
                        let text = String::from_utf8(slot.read().unwrap()).unwrap();
                        let count = text.parse::<u32>().unwrap_or(0) + 1;
                        slot.write(count.to_string().as_bytes()).unwrap();
                    }
                });
            }
        });
        assert_eq!(Slot::open(&path).unwrap().read().unwrap(), b"100");
    }
}
