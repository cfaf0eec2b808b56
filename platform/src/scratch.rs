//! A folder for one piece of work, which holds nothing of value and outlives the work in no case:
//! what is left of it when the process is killed, the next one that takes it ends and removes.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use crate::lock::{self, Lock, LockError};
use crate::processes::{self, ProcessesError};

/// From SIGQUIT to SIGKILL, for the processes that were left in it.
const GRACE: Duration = Duration::from_secs(6);

/// Why there is no such folder.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// Somebody works in it, or its lock can't be used.
    #[error("the folder for temporary work can't be had")]
    Lock(#[from] LockError),
    /// What works in it can't be ended.
    #[error("what works in the folder for temporary work can't be ended")]
    Processes(#[from] ProcessesError),
    /// It can't be made, or not be removed.
    #[error("{} can't be made or not be removed", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The folder, which only its owner can enter. Dropped, every process that works in it is ended and
/// it is removed with all that is in it.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    _lock: Lock,
}

impl Scratch {
    /// Makes the folder `name` in `parent`, where nobody holds it. What a process that was killed
    /// has left there goes first, with the processes that still work in it. The lock is a file
    /// beside the folder.
    ///
    /// It blocks the thread, for some seconds where processes were left.
    ///
    /// # Errors
    /// [`ScratchError`].
    pub fn take(parent: &Path, name: &str) -> Result<Self, ScratchError> {
        let lock = lock_of(parent, name)?;
        let path = parent.canonicalize().map_err(|source| unusable(parent, source))?.join(name);
        clear(&path)?;
        DirBuilder::new().mode(0o700).create(&path).map_err(|source| unusable(&path, source))?;
        Ok(Self { path, _lock: lock })
    }

    /// Removes what a killed process has left, and tells whether there was something. It leaves
    /// alone what somebody works in.
    ///
    /// # Errors
    /// [`ScratchError`].
    pub fn clear(parent: &Path, name: &str) -> Result<bool, ScratchError> {
        let Ok(parent) = parent.canonicalize() else { return Ok(false) };
        let path = parent.join(name);
        if path.symlink_metadata().is_err() {
            return Ok(false);
        }
        match lock_of(&parent, name) {
            Ok(_lock) => clear(&path).map(|()| true),
            Err(LockError::Held { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Where it is, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder in it, as private as it is.
    ///
    /// # Errors
    /// What the system says.
    pub fn make(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(path)
    }

    /// Removes it, as dropping it does, and tells what went wrong.
    ///
    /// # Errors
    /// [`ScratchError`].
    pub fn remove(self) -> Result<(), ScratchError> {
        clear(&self.path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = clear(&self.path) {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "a folder of temporary work is left: the next run removes it");
        }
    }
}

fn lock_of(parent: &Path, name: &str) -> Result<Lock, LockError> {
    lock::acquire(&lock::beside(&parent.join(name)), Duration::ZERO)
}

fn clear(path: &Path) -> Result<(), ScratchError> {
    processes::end_those_in(path, Signal::QUIT, GRACE)?;
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(unusable(path, source)),
        _ => Ok(()),
    }
}

fn unusable(path: &Path, source: io::Error) -> ScratchError {
    ScratchError::Unusable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_nothing_is_left_of_it() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::take(parent.path(), "work").unwrap();
        let mode = fs::metadata(scratch.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let second = Scratch::take(parent.path(), "work").unwrap_err();
        assert!(matches!(second, ScratchError::Lock(LockError::Held { .. })), "{second:?}");
        assert!(!Scratch::clear(parent.path(), "work").unwrap());
        let path = scratch.path().to_owned();
        let mut child = Command::new("sleep").arg("60").current_dir(&path).spawn().unwrap();
        fs::create_dir_all(path.join("a/b")).unwrap();
        drop(scratch);
        assert!(!path.exists() && !child.wait().unwrap().success());
    }

    #[test]
    fn what_a_killed_process_left_is_ended_and_removed() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("work");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), "old").unwrap();
        let mut child = Command::new("sleep").arg("60").current_dir(&path).spawn().unwrap();
        let scratch = Scratch::take(parent.path(), "work").unwrap();
        assert!(!child.wait().unwrap().success());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        scratch.remove().unwrap();
        assert!(!Scratch::clear(parent.path(), "work").unwrap());
        fs::create_dir(&path).unwrap();
        assert!(Scratch::clear(parent.path(), "work").unwrap());
        assert!(!path.exists());
    }
}
