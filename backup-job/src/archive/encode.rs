//! A script on its way to the disk. Memory does not grow with it.

use std::io::{self, Read, Write};

use super::blocks::compress;
use super::{Hashed, Key, Recipients, Sum};

/// How files are written.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The level, from 1 (fast) to 12 (small).
    pub level: u8,
    /// Whom they are encrypted for; `None` for everybody's eyes.
    pub recipients: Option<Recipients>,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Of the whole file.
    pub sum: Sum,
    /// What opens it, where it is encrypted.
    pub key: Option<Key>,
}

/// Which end failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The script can't be read.
    #[error("the script can't be read")]
    Read(#[source] io::Error),
    /// The file can't be written.
    #[error("the file can't be written")]
    Write(#[source] io::Error),
}

/// Writes `script` to `file` until its end.
///
/// # Errors
/// [`WriteError`].
pub fn write(
    script: impl Read + Send,
    file: impl Write,
    settings: &Settings,
) -> Result<Written, WriteError> {
    let file = Hashed::new(file);
    let Some(recipients) = &settings.recipients else {
        let file = compress(script, file, settings.level)?;
        return Ok(Written { sum: file.sum(), key: None });
    };
    let key = Key::generate();
    let sealed = recipients.seal(&key, file).map_err(WriteError::Write)?;
    let sealed = compress(script, sealed, settings.level)?;
    let file = sealed.finish().map_err(WriteError::Write)?;
    Ok(Written { sum: file.sum(), key: Some(key) })
}

#[cfg(test)]
mod tests {
    use flate2::read::MultiGzDecoder;

    use super::*;

    const PLAIN: Settings = Settings { level: 1, recipients: None };

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn what_was_written_is_gzip_of_the_size_and_sum_that_are_told() {
        let script = b"select 1;\n".repeat(100_000);
        let mut file = Vec::new();
        let written = write(script.as_slice(), &mut file, &PLAIN).unwrap();
        let mut back = Vec::new();
        MultiGzDecoder::new(file.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == script);
        let mut hashed = Hashed::new(io::sink());
        hashed.write_all(&file).unwrap();
        assert_eq!(written.sum, hashed.sum());
    }

    #[test]
    fn a_disk_that_is_full_is_told_from_a_dump_that_breaks_off() {
        let full = write(b"x".as_slice(), [0; 4].as_mut_slice(), &PLAIN).unwrap_err();
        assert!(matches!(full, WriteError::Write(_)));
        assert!(matches!(write(Broken, io::sink(), &PLAIN).unwrap_err(), WriteError::Read(_)));
    }
}
