//! Whether a file has changed.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What tells one state of a file from another without reading it. Also who may read it counts: what
/// was forbidden may be allowed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    /// When anything of it changed, in seconds and nanoseconds.
    changed: (i64, i64),
}

impl Stamp {
    /// The state of the file at `path`; `None` while there is none, or none that can be seen.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn each_change_of_a_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut stamps = vec![Stamp::of(&path)];
        fs::write(&path, "one").unwrap();
        stamps.push(Stamp::of(&path));
        assert_eq!(stamps[1], Stamp::of(&path));
        fs::write(&path, "three").unwrap();
        stamps.push(Stamp::of(&path));
        let (tighter, new) = (fs::Permissions::from_mode(0o600), folder.path().join("new"));
        fs::write(&new, "seven").unwrap();
        fs::rename(&new, &path).unwrap();
        stamps.push(Stamp::of(&path));
        // The clock of the file system ticks each few milliseconds.
        let before = Stamp::of(&path);
        while Stamp::of(&path) == before {
            fs::set_permissions(&path, tighter.clone()).unwrap();
        }
        stamps.push(Stamp::of(&path));
        for (place, stamp) in stamps.iter().enumerate() {
            assert!(!stamps[..place].contains(stamp), "{place}");
        }
    }
}
