//! Files that appear whole or not at all: a temporary file in the same folder, fsync, rename,
//! fsync of the folder.
//!
//! A temporary file never bears a final name. One that a power cut left behind begins with
//! [`TEMPORARY_PREFIX`], so [`orphans`] finds it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};

use crate::ownership::Owner;
use crate::regular_file;

/// What the name of every temporary file begins with.
pub const TEMPORARY_PREFIX: &str = ".ballast-tmp-";

/// The mode of a record: its owner writes, its group reads.
pub const RECORD_MODE: u32 = 0o640;

/// The mode of what only its owner may read: a backup, a key.
pub const PRIVATE_MODE: u32 = 0o600;

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum AtomicFileError {
    /// The temporary file could not be created, written or synced.
    #[error("{} can't be written", path.display())]
    Unwritable {
        /// The final path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a file of that name, and it was not to be replaced.
    #[error("{} exists already", path.display())]
    Exists {
        /// The final path.
        path: PathBuf,
    },
}

/// Writes `bytes` to `path`, which holds either all of them afterwards or what it held before.
///
/// # Errors
/// [`AtomicFileError::Unwritable`]; no temporary file is left.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), AtomicFileError> {
    let mut draft = Draft::create(path, mode)?;
    draft.write_all(bytes).map_err(|source| unwritable(path, source))?;
    draft.publish()
}

/// Writes `bytes` to the file at `path` in place of what it holds. It keeps its owner, its group and its
/// mode exactly; behind a symbolic link it is the file that the link leads to.
///
/// # Errors
/// [`AtomicFileError::Unwritable`], also where there is no file, or no regular one, and where this user
/// can't make a file of that owner and group; no temporary file is left.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), AtomicFileError> {
    let unwritable = |source| unwritable(path, source);
    let target = path.canonicalize().map_err(unwritable)?;
    let (_, metadata) = regular_file::open(&target).map_err(unwritable)?;
    let mut draft = Draft::create(&target, PRIVATE_MODE)?;
    draft.give_to(Owner::of(&metadata))?;
    // After the owner: a change of that may take away from the mode.
    draft.file.set_permissions(metadata.permissions()).map_err(unwritable)?;
    draft.write_all(bytes).map_err(unwritable)?;
    draft.publish()
}

/// A file that is being written under a temporary name. Dropped before it is published, it is
/// removed.
#[derive(Debug)]
pub struct Draft {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
    published: bool,
}

impl Draft {
    /// Creates the temporary file in the folder of `target`. The umask may tighten `mode`. Where root
    /// does, it belongs to whom the file belongs that it replaces, or else to whom the folder belongs.
    ///
    /// # Errors
    /// [`AtomicFileError::Unwritable`] where the folder is missing or not writable.
    pub fn create(target: &Path, mode: u32) -> Result<Self, AtomicFileError> {
        let name = format!("{TEMPORARY_PREFIX}{}", uuid::Uuid::new_v4().simple());
        let temporary = folder_of(target).join(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&temporary)
            .map_err(|source| unwritable(target, source))?;
        let draft = Self { file, temporary, target: target.to_owned(), published: false };
        let owner = Owner::of_new(target).map_err(|source| unwritable(target, source))?;
        owner.map_or(Ok(()), |owner| draft.give_to(owner))?;
        Ok(draft)
    }

    fn give_to(&self, owner: Owner) -> Result<(), AtomicFileError> {
        owner.take(&self.file).map_err(|source| unwritable(&self.target, source))
    }

    /// The file, open for writing and reading.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// The temporary path, for a reader that checks the content before it is published.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// Writes all to the disk, as [`Draft::publish`] does before it renames.
    ///
    /// # Errors
    /// [`AtomicFileError::Unwritable`].
    pub fn sync(&self) -> Result<(), AtomicFileError> {
        self.file.sync_all().map_err(|source| unwritable(&self.target, source))
    }

    /// Gives the file its final name, in place of any file that has it.
    ///
    /// # Errors
    /// [`AtomicFileError::Unwritable`]. The temporary file is gone.
    pub fn publish(self) -> Result<(), AtomicFileError> {
        Ok(self.rename(RenameFlags::empty())?)
    }

    /// Gives the file its final name, unless another file has it.
    ///
    /// # Errors
    /// [`AtomicFileError::Exists`], [`AtomicFileError::Unwritable`]. The file is gone, under either
    /// name.
    pub fn publish_new(self) -> Result<(), AtomicFileError> {
        let target = self.target.clone();
        self.rename(RenameFlags::NOREPLACE).inspect_err(|error| {
            if matches!(error, PublishError::Unsynced(_)) {
                let _ = fs::remove_file(&target);
            }
        })?;
        Ok(())
    }

    fn rename(mut self, flags: RenameFlags) -> Result<(), PublishError> {
        self.sync()?;
        rename_with(&self.temporary, &self.target, flags).map_err(|source| {
            match source.kind() {
                io::ErrorKind::AlreadyExists => {
                    AtomicFileError::Exists { path: self.target.clone() }
                }
                _ => unwritable(&self.target, source),
            }
        })?;
        self.published = true;
        let unsynced = |source| PublishError::Unsynced(unwritable(&self.target, source));
        sync_folder(&self.target).map_err(unsynced)
    }
}

/// How far a file had come that could not be published.
enum PublishError {
    /// It has not got its name.
    Unnamed(AtomicFileError),
    /// It has its name, which may not last past a power cut.
    Unsynced(AtomicFileError),
}

impl From<AtomicFileError> for PublishError {
    fn from(error: AtomicFileError) -> Self {
        Self::Unnamed(error)
    }
}

impl From<PublishError> for AtomicFileError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Unnamed(error) | PublishError::Unsynced(error) => error,
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// The temporary files in `folder`: those being written now, and those a power cut left behind.
/// Only who holds the lock of that folder's work can tell them apart.
///
/// # Errors
/// The folder can't be read.
pub fn orphans(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Gives the file `from` the name `to` in the same folder, unless another file has it, and makes that
/// last past a power cut.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] for a name that is taken.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    rename_with(from, to, RenameFlags::NOREPLACE)?;
    sync_folder(to)
}

fn rename_with(from: &Path, to: &Path, flags: RenameFlags) -> io::Result<()> {
    Ok(rustix::fs::renameat_with(CWD, from, CWD, to, flags)?)
}

/// Removes `path` and makes that last past a power cut. A file that is gone already is no error.
///
/// # Errors
/// The file can't be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) fn sync_folder(file: &Path) -> io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("/"),
    }
}

fn unwritable(path: &Path, source: io::Error) -> AtomicFileError {
    AtomicFileError::Unwritable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

    use super::*;
    use crate::own_process::is_root;

    #[test]
    fn a_file_is_replaced_whole_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record");
        write(&path, b"old", RECORD_MODE).unwrap();
        write(&path, b"new", PRIVATE_MODE).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE_MODE);
        assert_eq!(orphans(folder.path()).unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_file_that_is_replaced_stays_whose_it_was_and_as_closed_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join(".env.production"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        symlink(&path, &link).unwrap();
        let own = fs::metadata(&path).unwrap();
        let owner = if is_root() { (0, 10001) } else { (own.uid(), own.gid()) };
        chown(&path, Some(owner.0), Some(owner.1)).unwrap();
        // The last is wider than a umask lets through.
        for mode in [0o640, 0o600, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            replace(&link, b"new").unwrap();
            let found = fs::symlink_metadata(&path).unwrap();
            assert_eq!((found.uid(), found.gid()), owner);
            assert_eq!((found.is_file(), found.mode() & 0o7777), (true, mode));
            assert_eq!(fs::read(&link).unwrap(), b"new");
        }
        assert!(link.is_symlink() && orphans(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn only_a_file_that_is_there_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let dangling = folder.path().join("dangling");
        symlink(&missing, &dangling).unwrap();
        for path in [&*missing, &dangling, folder.path(), Path::new("/dev/null")] {
            let answer = replace(path, b"new");
            assert!(matches!(answer, Err(AtomicFileError::Unwritable { .. })), "{answer:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(matches!(write(&path, b"x", RECORD_MODE), Err(AtomicFileError::Unwritable { .. })));
        assert!(write(&folder.path().join("missing/record"), b"x", RECORD_MODE).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_draft_is_found_while_it_is_written_and_gone_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft::create(&folder.path().join("backup"), PRIVATE_MODE).unwrap();
        assert_eq!(orphans(folder.path()).unwrap(), [draft.path()]);
        drop(draft);
        assert!(orphans(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn a_new_file_never_replaces_an_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        Draft::create(&path, PRIVATE_MODE).unwrap().publish_new().unwrap();
        let second = Draft::create(&path, PRIVATE_MODE).unwrap().publish_new();
        assert!(matches!(second, Err(AtomicFileError::Exists { .. })));
        assert!(orphans(folder.path()).unwrap().is_empty());
    }
}
