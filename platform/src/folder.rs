//! Whether a folder is there, takes files and has room.

use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, Mode, OFlags, access, open, statvfs};
use rustix::io::Errno;

/// A block of a file system: a smaller file may find room where nothing else does.
const PROBE_BYTES: usize = 4096;

/// The room on a folder's file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What this user can still write, in bytes.
    pub available_bytes: u64,
}

/// What came of trying to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// It was written.
    Written,
    /// The file system, or what this user may have of it, is full.
    NoRoom,
}

/// What is wrong with a folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// There is no such folder.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The path asked for.
        path: PathBuf,
    },
    /// There is something, but no folder.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path asked for.
        path: PathBuf,
    },
    /// This user can't put files there, or the file system is read-only.
    #[error("{} is not writable", path.display())]
    NotWritable {
        /// The path asked for.
        path: PathBuf,
    },
}

/// Checks that `path` is a folder that takes files, and tells how much room it has.
///
/// # Errors
/// [`FolderError`].
pub fn check(path: &Path) -> Result<Room, FolderError> {
    let path_again = || path.to_owned();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(FolderError::NotWritable { path: path_again() });
        }
        Err(_) => return Err(FolderError::Missing { path: path_again() }),
        Ok(metadata) if !metadata.is_dir() => {
            return Err(FolderError::NotAFolder { path: path_again() });
        }
        Ok(_) => {}
    }
    let fit = access(path, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from);
    fit.and_then(|()| room(path)).map_err(|_| FolderError::NotWritable { path: path_again() })
}

/// How much room there is at `path`.
///
/// # Errors
/// What the system says: it does not exist, or hangs on a network that is gone.
pub fn room(path: &Path) -> io::Result<Room> {
    let system = statvfs(path)?;
    Ok(Room { available_bytes: system.f_bavail.saturating_mul(system.f_frsize) })
}

/// Whether two folders share the room of one file system.
///
/// # Errors
/// What the system says of either.
pub fn is_same_file_system(one: &Path, other: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(one)?.dev() == std::fs::metadata(other)?.dev())
}

/// Writes into the folder, with a file that has no name: whatever happens meanwhile, nothing of it
/// stays behind. Where the file system knows no such files, [`check`]'s word counts.
///
/// # Errors
/// [`FolderError`].
pub fn try_writing(path: &Path) -> Result<Trial, FolderError> {
    check(path)?;
    let written = match open(path, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR) {
        // An old kernel takes the flag for a folder to be opened for writing.
        Err(Errno::OPNOTSUPP | Errno::ISDIR) => Ok(()),
        Err(errno) => Err(errno.into()),
        Ok(file) => std::fs::File::from(file).write_all(&[0; PROBE_BYTES]),
    };
    match written.map_err(|error| error.kind()) {
        Ok(()) => Ok(Trial::Written),
        Err(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => Ok(Trial::NoRoom),
        Err(_) => Err(FolderError::NotWritable { path: path.to_owned() }),
    }
}

/// What an operator types to make a folder as this program needs it.
#[must_use]
pub fn to_make(folder: &Path) -> String {
    let (user, group) = owner();
    let folder = folder.display();
    format!(
        "on the host, for the folder that is mounted at {folder}: \
         install -d -m 0750 -o {user} -g {group} {folder}"
    )
}

/// What an operator types to give a folder to the user that this program runs as.
#[must_use]
pub fn to_own(folder: &Path) -> String {
    let (user, group) = owner();
    let folder = folder.display();
    format!(
        "on the host, for the folder that is mounted at {folder} (not read-only): \
         chown -R {user}:{group} {folder}"
    )
}

fn owner() -> (u32, u32) {
    // A program's entry in /proc belongs to the user that it runs as.
    Path::new("/proc/self").metadata().map_or((10001, 10001), |own| (own.uid(), own.gid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_room_and_other_things_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let room = check(folder.path()).unwrap();
        assert!(room.available_bytes > 0);
        let path = folder.path().join("x");
        assert_eq!(check(&path), Err(FolderError::Missing { path: path.clone() }));
        std::fs::write(&path, "").unwrap();
        assert_eq!(check(&path), Err(FolderError::NotAFolder { path }));
    }

    #[test]
    fn trying_to_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(try_writing(folder.path()), Ok(Trial::Written));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let path = folder.path().join("x");
        assert_eq!(try_writing(&path), Err(FolderError::Missing { path: path.clone() }));
    }
}
