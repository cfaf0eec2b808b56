//! Reading a small file that somebody names, whatever it turns out to be.
//!
//! Opening a pipe waits until somebody writes into it, which may be never: so nothing is waited for,
//! and what is no regular file is not read.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// The first `max_bytes` of the file at `path` and one byte more, where it has more.
///
/// # Errors
/// What the system says, and [`io::ErrorKind::InvalidInput`] for a pipe, a device or a socket.
pub fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let (file, _) = open(path)?;
    let mut bytes = Vec::new();
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The file at `path`, opened, and what the system says of it.
///
/// # Errors
/// Those of [`read`].
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !kind.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok((file, metadata))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn a_file_is_read_as_far_as_was_asked_and_one_byte_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (written, read_bytes) in [(0, 0), (4, 4), (5, 5), (9, 5)] {
            fs::write(&path, vec![b'x'; written]).unwrap();
            assert_eq!(read(&path, 4).unwrap().len(), read_bytes, "{written}");
        }
        let missing = read(&folder.path().join("missing"), 4).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_no_file_is_refused_and_never_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();
        for path in [pipe, socket, folder.path().to_owned(), "/dev/zero".into()] {
            let (answer, answered) = channel();
            let asked = path.clone();
            std::thread::spawn(move || answer.send(read(&asked, 4).is_err()));
            let refused = answered.recv_timeout(Duration::from_secs(10));
            assert_eq!(refused, Ok(true), "{}", path.display());
        }
    }
}
