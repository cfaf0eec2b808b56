//! Reading on where the last reading stopped, so that a long journal is read once.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::marker::PhantomData;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use super::line::{Line, TooNew};
use super::{Fault, FaultKind, JournalError, MAX_LINE_BYTES, unreadable};
use crate::regular_file;

/// So many of the bytes that were read last are compared: whoever writes the file anew, instead of
/// adding to it, changes them.
const TAIL_BYTES: u64 = 1024;

/// What a reading comes upon.
#[derive(Debug)]
pub enum Item<T> {
    /// What was read before is not this journal: it begins anew.
    Restart,
    /// The next record.
    Record(T),
    /// A line that can't be read.
    Fault(Fault),
    /// The last line, which has no end, can't be read: it may be that somebody is writing it. It will be
    /// read again.
    Unended(Fault),
}

/// A journal, and how far it has been read.
#[derive(Debug)]
pub struct Follower<T> {
    path: PathBuf,
    known: u64,
    place: Option<Place>,
    records: PhantomData<fn() -> T>,
}

/// Where reading stopped.
#[derive(Debug, Default)]
struct Place {
    device: u64,
    inode: u64,
    modified: Option<SystemTime>,
    offset: u64,
    /// The bytes before the offset.
    tail: Vec<u8>,
    /// How many lines are read.
    lines: usize,
    /// The last of them had no end yet, and was a whole record all the same.
    unended: bool,
    any_record: bool,
    any_foul: bool,
}

impl<T: DeserializeOwned> Follower<T> {
    /// A follower of the journal at `path`, whose lines may have a `schema_version` up to `known`, that
    /// has read nothing yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, known: u64) -> Self {
        Self { path: path.into(), known, place: None, records: PhantomData }
    }

    /// Where the journal is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads on, and hands what it comes upon to `each`; true when there is more than about
    /// `most_bytes` to read. No lock is needed. After an error the next reading begins anew.
    ///
    /// # Errors
    /// As [`read`](super::read()).
    pub fn read_on(
        &mut self,
        most_bytes: u64,
        each: &mut impl FnMut(Item<T>),
    ) -> Result<bool, JournalError> {
        let place = self.place.take();
        let (file, metadata) = regular_file::open(&self.path).map_err(|e| self.unreadable(e))?;
        let continued = place.filter(|place| place.is_of(&file, &metadata));
        let mut place = continued.unwrap_or_else(|| {
            each(Item::Restart);
            Place { device: metadata.dev(), inode: metadata.ino(), ..Place::default() }
        });
        place.modified = metadata.modified().ok();
        let more = self.read_lines(&file, &mut place, most_bytes, each)?;
        if !more && !place.any_record && place.any_foul {
            return Err(JournalError::Corrupt { path: self.path.clone() });
        }
        place.note_tail(&file).map_err(|error| self.unreadable(error))?;
        self.place = Some(place);
        Ok(more)
    }

    fn read_lines(
        &self,
        file: &File,
        place: &mut Place,
        most_bytes: u64,
        each: &mut impl FnMut(Item<T>),
    ) -> Result<bool, JournalError> {
        let begin = place.offset;
        let mut reader = BufReader::new(file);
        reader.seek(SeekFrom::Start(begin)).map_err(|error| self.unreadable(error))?;
        let mut buffer = Vec::new();
        while place.offset - begin < most_bytes {
            let next = next_line(&mut reader, &mut buffer).map_err(|e| self.unreadable(e))?;
            let Some(next) = next else { return Ok(false) };
            let is_rest = std::mem::take(&mut place.unended);
            let line = place.lines + usize::from(!is_rest);
            let text = Line { text: &buffer, ended: next.ended, too_long: next.too_long };
            let judged = text.judge(self.known).map_err(|TooNew(found)| JournalError::Newer {
                path: self.path.clone(),
                line,
                found,
                known: self.known,
            })?;
            if !next.ended && !matches!(judged, Some(Ok(_))) {
                place.unended = is_rest;
                if let Some(Err(kind)) = judged {
                    place.any_foul |= kind != FaultKind::Torn;
                    each(Item::Unended(Fault { line, kind }));
                }
                return Ok(false);
            }
            place.offset += next.bytes;
            place.lines = line;
            place.unended = !next.ended;
            match judged {
                None => {}
                Some(Ok(record)) => {
                    place.any_record = true;
                    each(Item::Record(record));
                }
                Some(Err(kind)) => {
                    place.any_foul |= kind != FaultKind::Torn;
                    each(Item::Fault(Fault { line, kind }));
                }
            }
        }
        Ok(true)
    }

    fn unreadable(&self, source: io::Error) -> JournalError {
        unreadable(&self.path, source)
    }
}

impl Place {
    /// Whether the file is the one that was read, with nothing but new lines behind.
    fn is_of(&self, file: &File, metadata: &Metadata) -> bool {
        let same_file = (metadata.dev(), metadata.ino()) == (self.device, self.inode);
        let grown = metadata.len() > self.offset
            || metadata.len() == self.offset && metadata.modified().ok() == self.modified;
        let mut tail = vec![0; self.tail.len()];
        let tail_begin = self.offset - self.tail.len() as u64;
        same_file && grown && file.read_exact_at(&mut tail, tail_begin).is_ok() && tail == self.tail
    }

    fn note_tail(&mut self, file: &File) -> io::Result<()> {
        let bytes = self.offset.min(TAIL_BYTES);
        self.tail.resize(usize::try_from(bytes).unwrap_or(0), 0);
        file.read_exact_at(&mut self.tail, self.offset - bytes)
    }
}

/// How the next line stands in the file.
struct Next {
    /// With its end.
    bytes: u64,
    /// Whether it has an end.
    ended: bool,
    too_long: bool,
}

/// Reads a line into `buffer`, as far as it may be; `None` behind the last one.
fn next_line(reader: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Option<Next>> {
    buffer.clear();
    let read = reader.by_ref().take(MAX_LINE_BYTES as u64).read_until(b'\n', buffer)?;
    if read == 0 {
        return Ok(None);
    }
    let ended = buffer.pop_if(|last| *last == b'\n').is_some();
    if ended || read < MAX_LINE_BYTES {
        return Ok(Some(Next { bytes: read as u64, ended, too_long: false }));
    }
    let (skipped, ended) = skip_line(reader)?;
    Ok(Some(Next { bytes: read as u64 + skipped, ended, too_long: true }))
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<(u64, bool)> {
    let mut skipped = 0;
    loop {
        let bytes = reader.fill_buf()?;
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(bytes.len(), |end| end + 1);
        reader.consume(length);
        skipped += length as u64;
        if end.is_some() || length == 0 {
            return Ok((skipped, end.is_some()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;

    /// What a follower has come upon since it last began: the records' numbers, and lines with faults.
    #[derive(Debug, Default, PartialEq)]
    struct Seen {
        restarts: usize,
        numbers: Vec<u64>,
        faults: Vec<(usize, FaultKind)>,
    }

    struct Scene {
        folder: tempfile::TempDir,
        follower: Follower<Value>,
        seen: Seen,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let follower = Follower::new(folder.path().join("journal"), 1);
            Self { folder, follower, seen: Seen::default() }
        }

        fn write(&self, text: &str) {
            fs::write(self.folder.path().join("journal"), text).unwrap();
        }

        fn add(&self, text: &str) {
            let path = self.folder.path().join("journal");
            let before = fs::read_to_string(&path).unwrap_or_default();
            let mut file = fs::OpenOptions::new().append(true).create(true).open(&path).unwrap();
            io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            assert!(fs::read_to_string(&path).unwrap().starts_with(&before));
        }

        fn read(&mut self, most_bytes: u64) -> Result<bool, JournalError> {
            let seen = &mut self.seen;
            seen.faults.clear();
            self.follower.read_on(most_bytes, &mut |item| match item {
                Item::Restart => {
                    seen.restarts += 1;
                    seen.numbers.clear();
                }
                Item::Record(record) => seen.numbers.extend(record["n"].as_u64()),
                Item::Fault(fault) | Item::Unended(fault) => {
                    seen.faults.push((fault.line, fault.kind));
                }
            })
        }

        fn expect(&mut self, restarts: usize, numbers: &[u64], faults: &[(usize, FaultKind)]) {
            assert!(!self.read(u64::MAX).unwrap());
            let (numbers, faults) = (numbers.to_vec(), faults.to_vec());
            assert_eq!(self.seen, Seen { restarts, numbers, faults });
        }
    }

    fn line(number: u64) -> String {
        json!({"schema_version": 1, "n": number}).to_string() + "\n"
    }

    #[test]
    fn only_what_is_new_is_read() {
        let mut scene = Scene::new();
        scene.write(&(line(1) + &line(2)));
        scene.expect(1, &[1, 2], &[]);
        scene.expect(1, &[1, 2], &[]);
        scene.add(&line(3));
        scene.expect(1, &[1, 2, 3], &[]);
    }

    #[test]
    fn a_journal_is_read_in_as_many_pieces_as_one_likes() {
        let mut scene = Scene::new();
        scene.write(&(0..100).map(line).collect::<String>());
        let mut pieces = 1;
        while scene.read(256).unwrap() {
            pieces += 1;
        }
        assert!(pieces > 5, "{pieces}");
        assert_eq!((scene.seen.restarts, &scene.seen.numbers), (1, &(0..100).collect()));
    }

    #[test]
    fn a_line_without_its_end_is_waited_for_and_never_counts_twice() {
        use FaultKind::{Invalid, Torn};
        let mut scene = Scene::new();
        let (second, third) = (line(2), line(3));
        scene.write(&(line(1) + &second[..10]));
        scene.expect(1, &[1], &[(2, Torn)]);
        scene.add(second[10..].trim_end());
        scene.expect(1, &[1, 2], &[]);
        scene.add("\n");
        scene.expect(1, &[1, 2], &[]);
        scene.add(&third[..10]);
        scene.expect(1, &[1, 2], &[(3, Torn)]);
        scene.add(&("\n".to_owned() + &line(4) + "\n" + &line(5) + "x\n" + &line(6)));
        scene.expect(1, &[1, 2, 4, 5, 6], &[(3, Torn), (7, Invalid)]);
    }

    #[test]
    fn a_file_that_was_written_anew_is_read_anew() {
        let mut scene = Scene::new();
        scene.write(&(line(1) + &line(2)));
        scene.expect(1, &[1, 2], &[]);
        scene.write(&line(7));
        scene.expect(2, &[7], &[]);
        scene.write(&(line(8) + &line(9) + &line(10)));
        scene.expect(3, &[8, 9, 10], &[]);
        let (path, new) = (scene.folder.path().join("journal"), scene.folder.path().join("new"));
        fs::write(&new, line(8) + &line(9) + &line(10) + &line(11)).unwrap();
        fs::rename(new, path).unwrap();
        scene.expect(4, &[8, 9, 10, 11], &[]);
    }

    #[test]
    fn after_an_error_everything_is_read_anew() {
        let mut scene = Scene::new();
        scene.write(&line(1));
        scene.expect(1, &[1], &[]);
        scene.add("{\"schema_version\":2}\n");
        assert!(matches!(scene.read(u64::MAX), Err(JournalError::Newer { line: 2, .. })));
        scene.write(&(line(1) + &line(2)));
        scene.expect(2, &[1, 2], &[]);
        fs::remove_file(scene.folder.path().join("journal")).unwrap();
        assert!(matches!(scene.read(u64::MAX), Err(JournalError::Missing { .. })));
    }
}
