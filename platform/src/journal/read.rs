//! Reading a journal whole.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::{Follower, Item, JournalError};

/// A journal as it was read.
#[derive(Debug)]
pub struct Journal<T> {
    /// Every record that could be read, oldest first.
    pub records: Vec<T>,
    /// The lines that could not, to be reported.
    pub faults: Vec<Fault>,
}

/// A line that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It ends in the middle of a record: a power cut, or a writer at work this moment.
    Torn,
    /// It is longer than [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES).
    TooLong,
    /// It is no JSON, or not the record that is kept here.
    Invalid,
}

/// Reads every record of the journal at `path`, whose lines may have a `schema_version` up to
/// `known`. No lock is needed.
///
/// # Errors
/// [`JournalError::Missing`], [`JournalError::Unreadable`], [`JournalError::Corrupt`],
/// [`JournalError::Newer`]. A line that can't be read is a [`Fault`], not an error.
pub fn read<T: DeserializeOwned>(path: &Path, known: u64) -> Result<Journal<T>, JournalError> {
    let (mut records, mut faults) = (Vec::new(), Vec::new());
    Follower::new(path, known).read_on(u64::MAX, &mut |item| match item {
        Item::Restart => {}
        Item::Record(record) => records.push(record),
        Item::Fault(fault) | Item::Unended(fault) => faults.push(fault),
    })?;
    Ok(Journal { records, faults })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::journal::{MAX_LINE_BYTES, update};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Line {
        schema_version: u64,
        note: String,
    }

    fn line(note: &str) -> Line {
        Line { schema_version: 1, note: note.to_owned() }
    }

    fn append(path: &Path, note: &str) -> Result<Vec<Line>, JournalError> {
        update(path, 1, |_| vec![line(note)])
    }

    fn notes(path: &Path) -> Vec<String> {
        read::<Line>(path, 1).unwrap().records.into_iter().map(|line| line.note).collect()
    }

    #[test]
    fn a_torn_line_is_reported_kept_and_never_glued_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        append(&path, "one").unwrap();
        let torn = r#"{"schema_version":1,"no"#;
        let content = fs::read_to_string(&path).unwrap() + torn;
        fs::write(&path, &content).unwrap();
        let before: Journal<Line> = read(&path, 1).unwrap();
        assert_eq!(before.faults, [Fault { line: 2, kind: FaultKind::Torn }]);

        append(&path, "two").unwrap();
        append(&path, "three").unwrap();
        let after: Journal<Line> = read(&path, 1).unwrap();
        assert_eq!(after.records, [line("one"), line("two"), line("three")]);
        assert_eq!(after.faults, [Fault { line: 2, kind: FaultKind::Torn }]);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(&(content + "\n")) && text.lines().count() == 4, "{text}");
    }

    #[test]
    fn a_whole_record_that_lost_only_its_newline_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        fs::write(&path, r#"{"schema_version":1,"note":"one"}"#).unwrap();
        assert_eq!(notes(&path), ["one"]);
        append(&path, "two").unwrap();
        assert_eq!(notes(&path), ["one", "two"]);
    }

    #[test]
    fn two_writers_at_once_lose_and_double_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::thread::scope(|scope| {
            for writer in 0..2 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..20 {
                        append(path, &format!("{writer}-{number:02}")).unwrap();
                    }
                });
            }
        });
        let mut found = notes(&path);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 40);
    }

    #[test]
    fn missing_unreadable_corrupt_and_newer_are_four_answers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let answer = || read::<Line>(&path, 1).unwrap_err();
        assert!(matches!(answer(), JournalError::Missing { .. }));
        fs::write(&path, "hello\n").unwrap();
        assert!(matches!(answer(), JournalError::Corrupt { .. }));
        fs::write(&path, "{\"schema_version\":1,\"note\":\"one\"}\n{\"schema_version\":2}\n")
            .unwrap();
        assert!(matches!(answer(), JournalError::Newer { line: 2, found: 2, known: 1, .. }));
        let unreadable = read::<Line>(folder.path(), 1).unwrap_err();
        assert!(matches!(unreadable, JournalError::Unreadable { .. }));
    }

    #[test]
    fn a_line_past_the_bound_is_skipped_and_its_neighbours_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        append(&path, "one").unwrap();
        let long = "x".repeat(MAX_LINE_BYTES + 10);
        fs::write(&path, fs::read_to_string(&path).unwrap() + &long + "\n").unwrap();
        append(&path, "two").unwrap();
        let journal: Journal<Line> = read(&path, 1).unwrap();
        assert_eq!(journal.records, [line("one"), line("two")]);
        assert_eq!(journal.faults, [Fault { line: 2, kind: FaultKind::TooLong }]);
        assert!(matches!(append(&path, &long), Err(JournalError::Unfit { .. })));
    }
}
