//! Why nothing was recorded, and what a person can do about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use platform::exit::ExitCode;
use platform::folder;
use platform::journal::JournalError;
use platform::lock::LockError;

use super::key::KeyError;

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// A folder of the records is not there.
    #[error("the folder {}, which {variable} names, is missing", folder.display())]
    FolderMissing {
        /// The folder.
        folder: PathBuf,
        /// The variable that names it.
        variable: &'static str,
    },
    /// There is no key for the fingerprint.
    #[error("no fingerprint of the configuration can be made")]
    Key {
        /// The key's folder.
        folder: PathBuf,
        /// What went wrong.
        source: KeyError,
    },
    /// The journal can't be read or written.
    #[error("the deployment event can't be recorded")]
    Journal {
        /// The journal's folder.
        folder: PathBuf,
        /// What went wrong.
        source: JournalError,
    },
}

impl RecordError {
    /// The exit code that it ends the program with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Journal { source: JournalError::Lock(LockError::Held { .. }), .. } => {
                ExitCode::Locked
            }
            Self::Journal { source: JournalError::Unfit { .. }, .. } => ExitCode::Fault,
            _ if self.is_of_the_disk() => ExitCode::Bad,
            _ => ExitCode::Usage,
        }
    }

    /// What to do about it.
    pub(crate) fn remedy(&self) -> String {
        let fixed = match self {
            Self::FolderMissing { folder, .. } => return folder::to_make(folder),
            Self::Key { source: KeyError::Corrupt { .. }, .. } => {
                "bring the file back from a copy, or move it away: the next start then records one \
                 change of configuration"
            }
            Self::Journal { source: JournalError::Corrupt { .. }, .. } => {
                "bring the journal back from a copy, or move it away to begin a new history"
            }
            Self::Journal { source: JournalError::Newer { .. }, .. } => {
                "use the release that wrote the journal, or a newer one"
            }
            Self::Journal { source: JournalError::Lock(LockError::Held { .. }), .. } => {
                "wait for the other process to end, or end it; the lock goes with it"
            }
            _ if self.is_of_the_disk() => "look at the disk; df -h shows whether it is full",
            Self::Key { folder, .. } | Self::Journal { folder, .. } => {
                return folder::to_own(folder);
            }
        };
        fixed.to_owned()
    }

    /// Whether the disk is to blame, rather than how it was set up.
    fn is_of_the_disk(&self) -> bool {
        use io::ErrorKind::{
            IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem,
        };
        let mut cause: Option<&(dyn Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return !matches!(
                    error.kind(),
                    IsADirectory | NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem
                );
            }
            cause = error.source();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use platform::atomic_file::AtomicFileError;

    use super::*;

    fn key(kind: io::ErrorKind) -> RecordError {
        let path = PathBuf::from("/records/configuration.key");
        let error = AtomicFileError::Unwritable { path: path.clone(), source: kind.into() };
        let source = KeyError::Unusable { path, source: error.into() };
        RecordError::Key { folder: "/records".into(), source }
    }

    fn journal(source: JournalError) -> RecordError {
        RecordError::Journal { folder: "/records".into(), source }
    }

    #[test]
    fn set_up_wrongly_is_not_the_same_as_a_full_disk() {
        let denied = key(io::ErrorKind::PermissionDenied);
        assert_eq!(denied.exit_code(), ExitCode::Usage);
        assert!(denied.remedy().contains("chown -R ") && denied.remedy().ends_with(" /records"));
        let full = key(io::ErrorKind::StorageFull);
        assert_eq!(full.exit_code(), ExitCode::Bad);
        assert!(full.remedy().contains("df -h"), "{}", full.remedy());
    }

    #[test]
    fn a_held_lock_has_its_own_exit_code() {
        let path = PathBuf::from("/records/deployments.log");
        let held = JournalError::Lock(LockError::Held { path: path.clone(), holder: None });
        assert_eq!(journal(held).exit_code(), ExitCode::Locked);
        let corrupt = journal(JournalError::Corrupt { path: path.clone() });
        assert_eq!(corrupt.exit_code(), ExitCode::Usage);
        let newer = journal(JournalError::Newer { path, line: 1, found: 2, known: 1 });
        assert!(newer.remedy().contains("release"), "{}", newer.remedy());
    }
}
