//! Whose the files are that root makes in somebody else's folder.
//!
//! `deploy` runs as root on the host, and writes where the programs in the stack read and write as
//! another user. What it is the first to make there is theirs, as if they had made it, before anybody
//! can see it under its name. Who is not root makes files of its own, as ever.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::{getegid, geteuid};

use crate::atomic_file::{AtomicFileError, Draft, folder_of};
use crate::own_process::is_root;

/// A user and a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// Whose `file` has to be that is to bear the name `target`: of whom the file is that it replaces;
    /// where there is none, of whom the folder is. `None` where this process is not root.
    pub(crate) fn of_new(target: &Path) -> io::Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        let replaced = fs::symlink_metadata(target).ok().filter(fs::Metadata::is_file);
        let model = replaced.map_or_else(|| fs::metadata(folder_of(target)), Ok)?;
        Ok(Some(Self::of(&model)))
    }

    pub(crate) fn of(metadata: &fs::Metadata) -> Self {
        Self { user: metadata.uid(), group: metadata.gid() }
    }

    fn of_this_process() -> Self {
        Self { user: geteuid().as_raw(), group: getegid().as_raw() }
    }

    /// Gives `file` to this owner, where it is not its own already.
    pub(crate) fn take(self, file: &File) -> io::Result<()> {
        if Self::of(&file.metadata()?) == self {
            return Ok(());
        }
        fchown(file, Some(self.user), Some(self.group))
    }
}

/// Opens `path` for reading and as `options` say, and makes it where it is missing.
///
/// In a folder of somebody else root follows no link: it could lead to a file that only root may write.
///
/// # Errors
/// What the system says.
pub(crate) fn open_or_create(
    options: &mut OpenOptions,
    path: &Path,
    mode: u32,
) -> io::Result<File> {
    options.read(true).mode(mode);
    let folder = Owner::of(&fs::metadata(folder_of(path))?);
    if !is_root() || folder == Owner::of_this_process() {
        return options.create(true).open(path);
    }
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    match Draft::create(path, mode).and_then(Draft::publish_new) {
        Ok(()) | Err(AtomicFileError::Exists { .. }) => options.open(path),
        Err(AtomicFileError::Unwritable { source, .. }) => Err(source),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::atomic_file::{self, PRIVATE_MODE, RECORD_MODE};
    use crate::catalog::Catalog;
    use crate::{journal, lock};

    /// Who has the folders of the records on a host.
    const STACK: Owner = Owner { user: 10001, group: 10002 };

    fn owner_of(path: &Path) -> Owner {
        Owner::of(&fs::symlink_metadata(path).unwrap())
    }

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    /// A folder of the stack's user, where a test may give it one: it says whose files in it have to be.
    fn folder() -> (tempfile::TempDir, Owner) {
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            chown(folder.path(), Some(STACK.user), Some(STACK.group)).unwrap();
        }
        let owner = owner_of(folder.path());
        assert_eq!(owner == STACK, is_root());
        (folder, owner)
    }

    #[test]
    fn all_that_is_made_beside_the_records_belongs_to_whom_the_folder_belongs() {
        let (folder, owner) = folder();
        let path = |name| folder.path().join(name);
        Catalog::<Value>::new(path("artifacts.json"), "artifacts").create().unwrap();
        journal::update(&path("deployments.log"), 1, |_| vec![json!({"n": 1})]).unwrap();
        drop(lock::acquire(&path("deploy.lock"), Duration::ZERO).unwrap());
        let draft = Draft::create(&path("backup"), PRIVATE_MODE).unwrap();
        let mut found = Vec::new();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(owner_of(&entry.path()), owner, "{}", entry.path().display());
            let is_draft = entry.path() == draft.path();
            let mode = if is_draft { PRIVATE_MODE } else { RECORD_MODE };
            assert_eq!(mode_of(&entry.path()) & !mode, 0);
            found.push(entry.file_name());
        }
        assert_eq!(found.len(), 6, "{found:?}");
    }

    #[test]
    fn what_is_there_already_keeps_its_owner() {
        let (folder, own) = folder();
        let (journal, document) = (folder.path().join("log"), folder.path().join("document"));
        let (user, group) = if is_root() { (4242, 4243) } else { (own.user, own.group) };
        for path in [&journal, &lock::beside(&journal), &document] {
            fs::write(path, "").unwrap();
            chown(path, Some(user), Some(group)).unwrap();
        }
        journal::update(&journal, 1, |_| vec![json!({"n": 1})]).unwrap();
        atomic_file::write(&document, b"new", RECORD_MODE).unwrap();
        for path in [&journal, &lock::beside(&journal), &document] {
            assert_eq!(owner_of(path), Owner { user, group }, "{}", path.display());
        }
    }

    #[test]
    fn root_follows_no_link_out_of_somebody_elses_folder() {
        let (folder, _) = folder();
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("target");
        for name in ["there", "missing"] {
            let link = folder.path().join(name);
            symlink(&target, &link).unwrap();
            fs::write(&target, "kept").unwrap();
            if name == "missing" {
                fs::remove_file(&target).unwrap();
            }
            // Who is not root may write only what is its own: for it a link is as good as the file.
            assert_eq!(lock::acquire(&link, Duration::ZERO).is_err(), is_root(), "{name}");
            let kept = fs::read_to_string(&target).ok();
            assert!(!is_root() || kept == (name == "there").then(|| "kept".to_owned()), "{kept:?}");
        }
    }
}
