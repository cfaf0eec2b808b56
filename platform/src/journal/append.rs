//! Writing one line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::{JournalError, MAX_LINE_BYTES};
use crate::atomic_file::{RECORD_MODE, sync_folder};
use crate::lock;

const LOCK_WAIT: Duration = Duration::from_secs(10);

/// What an append found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The last line had no end, as after a power cut; it was given one first.
    pub ended_a_torn_line: bool,
}

/// Appends `record` as one line and syncs it. The file is created where it is missing.
///
/// # Errors
/// [`JournalError::Unfit`], [`JournalError::Lock`] after ten seconds, [`JournalError::Unwritable`].
/// After an error the journal is as it was.
pub fn append<T: Serialize>(path: &Path, record: &T) -> Result<Appended, JournalError> {
    let unfit = || JournalError::Unfit { path: path.to_owned() };
    let mut line = serde_json::to_vec(record).map_err(|_| unfit())?;
    if line.len() >= MAX_LINE_BYTES {
        return Err(unfit());
    }
    line.push(b'\n');
    let _lock = lock::acquire(&lock::beside(path), LOCK_WAIT)?;
    write_line(path, line)
        .map_err(|source| JournalError::Unwritable { path: path.to_owned(), source })
}

fn write_line(path: &Path, mut line: Vec<u8>) -> io::Result<Appended> {
    let mut file =
        OpenOptions::new().read(true).append(true).create(true).mode(RECORD_MODE).open(path)?;
    let length = file.metadata()?.len();
    let ended_a_torn_line = length > 0 && !ends_with_newline(&file, length)?;
    if ended_a_torn_line {
        line.insert(0, b'\n');
    }
    let written = file.write_all(&line).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // A line cut short by a full disk must not stay: the caller will say that it isn't there.
        let _ = file.set_len(length);
        return Err(error);
    }
    if length == 0 {
        sync_folder(path)?;
    }
    Ok(Appended { ended_a_torn_line })
}

fn ends_with_newline(file: &File, length: u64) -> io::Result<bool> {
    let mut last = [0];
    file.read_exact_at(&mut last, length - 1)?;
    Ok(last == *b"\n")
}
