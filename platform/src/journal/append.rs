//! Writing whole lines.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Follower, Item, Journal, JournalError, MAX_LINE_BYTES, read};
use crate::atomic_file::{RECORD_MODE, sync_folder};
use crate::{lock, ownership};

const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Reads the journal, lets `decide` say what to add, and appends that, all under one lock: between
/// the reading and the writing nobody else writes. A missing journal is read as an empty one.
/// The new records are written together or not at all; they are the answer.
///
/// # Errors
/// As [`read()`] but for [`JournalError::Missing`]; [`JournalError::Unfit`],
/// [`JournalError::Lock`] after ten seconds, [`JournalError::Unwritable`]. After an error the
/// journal is as it was.
pub fn update<T: Serialize + DeserializeOwned>(
    path: &Path,
    known: u64,
    decide: impl FnOnce(Journal<T>) -> Vec<T>,
) -> Result<Vec<T>, JournalError> {
    let _lock = lock::acquire(&lock::beside(path), LOCK_WAIT)?;
    let journal = match read(path, known) {
        Err(JournalError::Missing { .. }) => Journal { records: Vec::new(), faults: Vec::new() },
        answer => answer?,
    };
    let records = decide(journal);
    if !records.is_empty() {
        write_lines(path, &records)?;
    }
    Ok(records)
}

/// Like [`update`], by somebody who follows the journal: only what is new is read, and handed to `each`
/// with the `state` that `decide` then sees.
///
/// # Errors
/// As [`update`].
pub fn update_followed<S, T: Serialize + DeserializeOwned>(
    follower: &mut Follower<T>,
    state: &mut S,
    mut each: impl FnMut(&mut S, Item<T>),
    decide: impl FnOnce(&S) -> Vec<T>,
) -> Result<Vec<T>, JournalError> {
    let path = follower.path().to_owned();
    let _lock = lock::acquire(&lock::beside(&path), LOCK_WAIT)?;
    match follower.read_on(u64::MAX, &mut |item| each(state, item)) {
        Err(JournalError::Missing { .. }) => each(state, Item::Restart),
        read => drop(read?),
    }
    let records = decide(state);
    if !records.is_empty() {
        write_lines(&path, &records)?;
    }
    Ok(records)
}

fn write_lines<T: Serialize>(path: &Path, records: &[T]) -> Result<(), JournalError> {
    let mut lines = Vec::new();
    for record in records {
        let line = serde_json::to_vec(record).ok().filter(|line| line.len() < MAX_LINE_BYTES);
        lines.extend(line.ok_or_else(|| JournalError::Unfit { path: path.to_owned() })?);
        lines.push(b'\n');
    }
    write(path, lines).map_err(|source| JournalError::Unwritable { path: path.to_owned(), source })
}

fn write(path: &Path, mut lines: Vec<u8>) -> io::Result<()> {
    let mut file = ownership::open_or_create(OpenOptions::new().append(true), path, RECORD_MODE)?;
    let length = file.metadata()?.len();
    if length > 0 && !ends_with_newline(&file, length)? {
        lines.insert(0, b'\n');
    }
    let written = file.write_all(&lines).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // A line cut short by a full disk must not stay: the caller will say that it isn't there.
        let _ = file.set_len(length);
        return Err(error);
    }
    if length == 0 {
        sync_folder(path)?;
    }
    Ok(())
}

fn ends_with_newline(file: &File, length: u64) -> io::Result<bool> {
    let mut last = [0];
    file.read_exact_at(&mut last, length - 1)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_decided_under_the_lock_is_decided_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    update::<Value>(&path, 1, |journal| match journal.records.len() {
                        0 => vec![json!({"n": 1}), json!({"n": 2})],
                        _ => vec![],
                    })
                    .unwrap();
                });
            }
        });
        let journal: Journal<Value> = read(&path, 1).unwrap();
        assert_eq!(journal.records, [json!({"n": 1}), json!({"n": 2})]);
    }

    #[test]
    fn a_journal_that_cannot_be_read_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, "hello\n").unwrap();
        let answer = update::<Value>(&path, 1, |_| vec![json!({})]);
        assert!(matches!(answer, Err(JournalError::Corrupt { .. })));
        std::fs::write(&path, "{\"schema_version\":2}\n").unwrap();
        let answer = update::<Value>(&path, 1, |_| panic!("decided on what it does not know"));
        assert!(matches!(answer, Err(JournalError::Newer { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"schema_version\":2}\n");
    }
}
