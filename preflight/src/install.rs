//! `install DIR`: the program puts itself into a volume that other containers share.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use platform::atomic_file::{AtomicFileError, Draft};

const OWN_PROGRAM: &str = "/proc/self/exe";
const FILE_NAME: &str = "preflight";

/// Every container's user runs it, none but its owner changes it.
const MODE: u32 = 0o755;

/// What `install` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installed {
    /// The program is there now.
    Written,
    /// It was there already.
    Unchanged,
}

/// Why the program is not installed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallError {
    /// The program can't read its own file.
    #[error("the program can't read itself")]
    NoSource(#[source] io::Error),
    /// There is no such folder.
    #[error("the folder {} is missing", path.display())]
    FolderMissing {
        /// The folder.
        path: PathBuf,
    },
    /// The folder takes no file.
    #[error("the program can't be installed")]
    Unwritable(#[from] AtomicFileError),
}

/// Copies the running program to `folder`/preflight: whole or not at all, also over one that runs
/// at the moment.
///
/// # Errors
/// See [`InstallError`]. What was there stays.
pub(crate) fn install(folder: &Path) -> Result<Installed, InstallError> {
    copy(Path::new(OWN_PROGRAM), folder)
}

fn copy(source: &Path, folder: &Path) -> Result<Installed, InstallError> {
    if !folder.is_dir() {
        return Err(InstallError::FolderMissing { path: folder.to_owned() });
    }
    let program = fs::read(source).map_err(InstallError::NoSource)?;
    let target = folder.join(FILE_NAME);
    if is_installed(&target, &program) {
        return Ok(Installed::Unchanged);
    }
    let unwritable = |source| AtomicFileError::Unwritable { path: target.clone(), source };
    let mut draft = Draft::create(&target, MODE)?;
    draft.write_all(&program).map_err(unwritable)?;
    // The umask may have taken from the mode what the other containers need.
    draft.file().set_permissions(Permissions::from_mode(MODE)).map_err(unwritable)?;
    draft.publish()?;
    Ok(Installed::Written)
}

fn is_installed(target: &Path, program: &[u8]) -> bool {
    let same = |file: File| -> io::Result<bool> {
        let metadata = file.metadata()?;
        if metadata.len() != program.len() as u64 || metadata.permissions().mode() & 0o777 != MODE {
            return Ok(false);
        }
        let mut content = Vec::with_capacity(program.len());
        file.take(program.len() as u64 + 1).read_to_end(&mut content)?;
        Ok(content == program)
    };
    let is_plain = fs::symlink_metadata(target).is_ok_and(|metadata| metadata.is_file());
    is_plain && File::open(target).and_then(same).unwrap_or(false)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests lay files out as a volume has them")]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn it_is_written_once_with_its_mode_and_again_when_it_differs() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join(FILE_NAME);
        assert_eq!(install(folder.path()).unwrap(), Installed::Written);
        let written = fs::metadata(&target).unwrap();
        assert_eq!(written.mode() & 0o777, MODE);
        assert_eq!(install(folder.path()).unwrap(), Installed::Unchanged);
        assert_eq!(fs::metadata(&target).unwrap().ino(), written.ino());

        fs::set_permissions(&target, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(install(folder.path()).unwrap(), Installed::Written);
        fs::write(&target, "an older release").unwrap();
        assert_eq!(install(folder.path()).unwrap(), Installed::Written);
        assert_eq!(fs::read(&target).unwrap(), fs::read(OWN_PROGRAM).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_replaced_and_what_it_points_to_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(FILE_NAME)).unwrap();
        assert_eq!(install(folder.path()).unwrap(), Installed::Written);
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[test]
    fn a_missing_folder_and_a_missing_program_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");
        assert!(matches!(install(&missing), Err(InstallError::FolderMissing { .. })));
        let source = copy(&missing, folder.path());
        assert!(matches!(source, Err(InstallError::NoSource(_))));
        fs::create_dir(folder.path().join(FILE_NAME)).unwrap();
        assert!(matches!(install(folder.path()), Err(InstallError::Unwritable(_))));
    }
}
