//! The raw `.env.production`: read whole and bounded, with who else may read it. What it means is
//! the domain's to say, and none of it is ever shown.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::regular_file;

/// The largest file that is read, in bytes: 1 MiB.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Read, write or execute by everybody.
const OTHERS: u32 = 0o007;

/// What was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw {
    /// The bytes as they are; none where the file is too large.
    pub bytes: Vec<u8>,
    /// Whether the file is larger than [`MAX_BYTES`].
    pub is_too_large: bool,
    /// Whether everybody on the machine may read it, or change it.
    pub is_exposed: bool,
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw")
            .field("is_too_large", &self.is_too_large)
            .field("is_exposed", &self.is_exposed)
            .finish_non_exhaustive()
    }
}

/// Reads the file at `path`. A pipe is not read: nobody knows whether something comes out of it.
///
/// # Errors
/// What the system says: it does not exist, is no file, or may not be read.
pub fn read(path: &Path) -> io::Result<Raw> {
    let (file, metadata) = regular_file::open(path)?;
    whole(file, &metadata)
}

/// Reads what somebody has named at a prompt: a file, or a pipe, as `<(…)` makes one. For the pipe
/// it is waited; nobody else can see what is in it.
///
/// # Errors
/// What the system says: it does not exist, is a folder, or may not be read.
pub fn read_file_or_pipe(path: &Path) -> io::Result<Raw> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    whole(file, &metadata)
}

fn whole(file: File, metadata: &Metadata) -> io::Result<Raw> {
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(MAX_BYTES)).unwrap_or(0));
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    let is_too_large = bytes.len() as u64 > MAX_BYTES;
    if is_too_large {
        bytes.clear();
    }
    let is_exposed = metadata.is_file() && metadata.mode() & OTHERS != 0;
    Ok(Raw { bytes, is_too_large, is_exposed })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn a_file_is_read_whole_up_to_one_mebibyte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        for (size, is_too_large) in [(0, false), (1 << 20, false), ((1 << 20) + 1, true)] {
            fs::write(&path, vec![0xff; size]).unwrap();
            let raw = read(&path).unwrap();
            let kept = if is_too_large { 0 } else { size };
            assert_eq!((raw.bytes.len(), raw.is_too_large), (kept, is_too_large));
        }
    }

    #[test]
    fn who_is_neither_owner_nor_of_the_group_counts_as_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        fs::write(&path, "A=s3cret").unwrap();
        for (mode, is_exposed) in [
            (0o600, false),
            (0o640, false),
            (0o660, false),
            (0o644, true),
            (0o602, true),
            (0o601, true),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let raw = read(&path).unwrap();
            assert_eq!(raw.is_exposed, is_exposed, "{mode:o}");
            assert!(!format!("{raw:?}").contains("s3cret"));
        }
    }

    #[test]
    fn what_is_no_file_is_told_apart_from_one_that_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        for read in [read, read_file_or_pipe] {
            let missing = read(&folder.path().join("env")).unwrap_err();
            assert_eq!(missing.kind(), io::ErrorKind::NotFound);
            assert_eq!(read(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        }
    }
    #[test]
    fn only_who_asks_for_it_waits_for_a_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        let (answer, answered) = std::sync::mpsc::channel();
        let asked = path.clone();
        std::thread::spawn(move || answer.send(read(&asked).map_err(|error| error.kind())));
        let answer = answered.recv_timeout(std::time::Duration::from_secs(10));
        assert_eq!(answer, Ok(Err(io::ErrorKind::InvalidInput)));

        let reader = std::thread::spawn({
            let path = path.clone();
            move || read_file_or_pipe(&path).unwrap().bytes
        });
        fs::write(&path, "A=1").unwrap();
        assert_eq!(reader.join().unwrap(), b"A=1");
    }
}
