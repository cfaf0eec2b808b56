//! Reading a journal from its end, as far as somebody likes, in bounded memory.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::line::{Line, TooNew};
use super::{FaultKind, JournalError, MAX_LINE_BYTES, unreadable};
use crate::regular_file;

const CHUNK_BYTES: u64 = 64 * 1024;

/// How far a journal was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The file's beginning.
    Beginning,
    /// A line that was enough.
    Enough,
}

/// Reads the journal at `path`, whose lines may have a `schema_version` up to `known`, from its last line
/// on backwards. Each record, or what is wrong with a line, is handed to `each` until that breaks off. No
/// lock is needed: what others add meanwhile is not read.
///
/// # Errors
/// As [`read`](super::read()), as far as the file was read: [`JournalError::Newer`] for a line among
/// those that were read, [`JournalError::Corrupt`] where there is no record up to the file's beginning.
pub fn read_back<T: DeserializeOwned>(
    path: &Path,
    known: u64,
    mut each: impl FnMut(Result<T, FaultKind>) -> ControlFlow<()>,
) -> Result<Reached, JournalError> {
    let unreadable = |source| unreadable(path, source);
    let (file, metadata) = regular_file::open(path).map_err(unreadable)?;
    let mut lines = Backwards::new(&file, metadata.len());
    let (mut any_record, mut any_foul) = (false, false);
    while let Some(line) = lines.next().map_err(unreadable)? {
        let judged = match line.as_line().judge(known) {
            Ok(judged) => judged,
            Err(TooNew(found)) => {
                let line = 1 + newlines(&file, line.begin).map_err(unreadable)?;
                return Err(JournalError::Newer { path: path.to_owned(), line, found, known });
            }
        };
        any_record |= matches!(judged, Some(Ok(_)));
        any_foul |= judged
            .as_ref()
            .is_some_and(|judged| matches!(judged, Err(kind) if *kind != FaultKind::Torn));
        if judged.map_or(ControlFlow::Continue(()), &mut each).is_break() {
            return Ok(Reached::Enough);
        }
    }
    if any_foul && !any_record {
        return Err(JournalError::Corrupt { path: path.to_owned() });
    }
    Ok(Reached::Beginning)
}

/// The lines of a file, the last one first.
struct Backwards<'a> {
    file: &'a File,
    /// Where in the file `kept` begins.
    begin: u64,
    /// What was read and is on no line yet that was handed out: less than a line and a chunk.
    kept: Vec<u8>,
    /// Whether the line that ends with `kept` has an end.
    ended: bool,
    done: bool,
}

struct Found {
    /// Where in the file the line begins.
    begin: u64,
    text: Vec<u8>,
    ended: bool,
    too_long: bool,
}

impl Found {
    fn as_line(&self) -> Line<'_> {
        Line { text: &self.text, ended: self.ended, too_long: self.too_long }
    }
}

impl<'a> Backwards<'a> {
    const fn new(file: &'a File, length: u64) -> Self {
        Self { file, begin: length, kept: Vec::new(), ended: false, done: false }
    }

    /// The line before; `None` before the first.
    fn next(&mut self) -> io::Result<Option<Found>> {
        let (mut searched, mut too_long) = (0, false);
        while !self.done {
            let unsearched = self.kept.len() - searched;
            let newline = self.kept[..unsearched].iter().rposition(|byte| *byte == b'\n');
            let text = match newline {
                Some(place) => {
                    let text = self.kept.split_off(place + 1);
                    self.kept.truncate(place);
                    text
                }
                None if self.begin > 0 => {
                    if self.kept.len() >= MAX_LINE_BYTES {
                        too_long = true;
                        self.kept.clear();
                    }
                    searched = self.kept.len();
                    self.read_chunk()?;
                    continue;
                }
                None => {
                    self.done = true;
                    std::mem::take(&mut self.kept)
                }
            };
            let end = self.begin + self.kept.len() as u64;
            let begin = if self.done { 0 } else { end + 1 };
            let ended = std::mem::replace(&mut self.ended, true);
            let too_long = too_long || text.len() >= MAX_LINE_BYTES;
            return Ok(Some(Found { begin, text, ended, too_long }));
        }
        Ok(None)
    }

    /// Reads the chunk before `kept`.
    fn read_chunk(&mut self) -> io::Result<()> {
        let bytes = self.begin.min(CHUNK_BYTES);
        self.begin -= bytes;
        let mut chunk = vec![0; usize::try_from(bytes).unwrap_or(0)];
        self.file.read_exact_at(&mut chunk, self.begin)?;
        chunk.append(&mut self.kept);
        self.kept = chunk;
        Ok(())
    }
}

/// How many lines end before `end`.
fn newlines(file: &File, end: u64) -> io::Result<usize> {
    let mut rest = Backwards::new(file, end);
    let mut count = 0;
    while rest.begin > 0 {
        rest.kept.clear();
        rest.read_chunk()?;
        count += rest.kept.split(|byte| *byte == b'\n').count() - 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::journal::{Journal, read};

    /// All that a journal has to say, from its last line on.
    fn backwards(path: &Path) -> Result<(Vec<Value>, Vec<FaultKind>), JournalError> {
        let (mut records, mut faults) = (Vec::new(), Vec::new());
        let reached = read_back(path, 1, |line| {
            match line {
                Ok(record) => records.push(record),
                Err(kind) => faults.push(kind),
            }
            ControlFlow::Continue(())
        })?;
        assert_eq!(reached, Reached::Beginning);
        Ok((records, faults))
    }

    fn check(path: &Path, text: &[u8]) {
        fs::write(path, text).unwrap();
        match (read::<Value>(path, 1), backwards(path)) {
            (Ok(Journal { mut records, faults }), Ok(back)) => {
                records.reverse();
                let faults = faults.iter().rev().map(|fault| fault.kind).collect();
                assert_eq!((records, faults), back);
            }
            (Err(JournalError::Corrupt { .. }), Err(JournalError::Corrupt { .. })) => {}
            (
                Err(JournalError::Newer { line: first, .. }),
                Err(JournalError::Newer { line: last, found: 2, known: 1, .. }),
            ) => assert!(first <= last),
            (forwards, back) => panic!("{forwards:?}, but {back:?}"),
        }
    }

    fn pieces() -> impl Strategy<Value = Vec<String>> {
        let record = (0_u8..9, 0_usize..3).prop_map(|(number, long)| {
            format!("{{\"n\":{number},\"pad\":\"{}\"}}", "p".repeat(long * 40_000))
        });
        let piece = prop_oneof![
            8 => record,
            8 => Just("\n".to_owned()),
            2 => Just("\r\n".to_owned()),
            1 => Just("{\"n\":".to_owned()),
            1 => Just("x".to_owned()),
            1 => Just(" ".repeat(70_000)),
        ];
        prop::collection::vec(piece, 0..24)
    }

    proptest! {
        #[test]
        fn each_line_is_what_it_is_forwards(pieces in pieces(), newer in 0_usize..60) {
            let folder = tempfile::tempdir().unwrap();
            let mut pieces = pieces;
            if newer < pieces.len() {
                pieces[newer] = "\n{\"schema_version\":2}\n".to_owned();
            }
            check(&folder.path().join("journal"), pieces.concat().as_bytes());
        }
    }

    #[test]
    fn a_line_is_as_long_as_it_may_be_and_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let chunk = usize::try_from(CHUNK_BYTES).unwrap();
        for length in [
            chunk - 2,
            chunk - 1,
            chunk,
            MAX_LINE_BYTES - 1,
            MAX_LINE_BYTES,
            MAX_LINE_BYTES + 1,
            MAX_LINE_BYTES + chunk,
            2 * MAX_LINE_BYTES + 7,
        ] {
            let line = format!("7{}", " ".repeat(length - 1));
            for (before, after) in [("", ""), ("", "\n"), ("1\n", "\n2"), ("1\n2\n", "\n")] {
                check(&path, format!("{before}{line}{after}").as_bytes());
            }
        }
    }

    #[test]
    fn the_line_of_a_newer_version_is_told_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let text = "{}\n".repeat(50_000) + "{\"schema_version\":2}\n{}\n";
        fs::write(&path, text).unwrap();
        let answer = backwards(&path);
        assert!(matches!(answer, Err(JournalError::Newer { line: 50_001, .. })), "{answer:?}");
    }

    #[test]
    fn what_is_not_there_or_no_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = backwards(&folder.path().join("missing"));
        assert!(matches!(missing, Err(JournalError::Missing { .. })));
        assert!(matches!(backwards(folder.path()), Err(JournalError::Unreadable { .. })));
    }
}
