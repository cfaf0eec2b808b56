//! A dump on its way to the disk: gzip, SHA-256, count. Memory does not grow with the dump.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

const CHUNK_BYTES: usize = 256 * 1024;

/// As gzip(1) counts. The next level takes half as much time again, and saves less than a hundredth.
const LEVEL: u32 = 5;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Size of the file in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the file, as 64 hex digits.
    pub sha256: String,
}

/// Which end failed.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The dump can't be read.
    #[error("the dump can't be read")]
    Read(#[source] io::Error),
    /// The file can't be written.
    #[error("the backup file can't be written")]
    Write(#[source] io::Error),
}

/// Writes `dump` to `file` as gzip, until its end.
///
/// # Errors
/// [`EncodeError`].
pub fn encode(mut dump: impl Read, file: impl Write) -> Result<Encoded, EncodeError> {
    let mut encoder = GzEncoder::new(Hashed::new(file), Compression::new(LEVEL));
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match dump.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => encoder.write_all(&chunk[..count]).map_err(EncodeError::Write)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(EncodeError::Read(error)),
        }
    }
    let mut hashed = encoder.finish().map_err(EncodeError::Write)?;
    hashed.flush().map_err(EncodeError::Write)?;
    let (size_bytes, sha256) = hashed.sum();
    Ok(Encoded { size_bytes, sha256 })
}

/// Counts and hashes what passes through, in either direction.
#[derive(Debug)]
pub struct Hashed<S> {
    inner: S,
    bytes: u64,
    hash: Sha256,
}

impl<S> Hashed<S> {
    /// Watches `inner`, of which nothing has passed yet.
    pub fn new(inner: S) -> Self {
        Self { inner, bytes: 0, hash: Sha256::new() }
    }

    /// How many bytes have passed, and their SHA-256 as hex digits.
    #[must_use]
    pub fn sum(self) -> (u64, String) {
        let digest = self.hash.finalize();
        let hex = digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        (self.bytes, hex)
    }

    fn passed(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.passed(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.passed(&bytes[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;

    use super::*;

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn what_was_written_is_gzip_of_the_size_and_sum_that_are_told() {
        let dump = b"select 1;\n".repeat(100_000);
        let mut file = Vec::new();
        let encoded = encode(dump.as_slice(), &mut file).unwrap();
        let mut back = Vec::new();
        GzDecoder::new(file.as_slice()).read_to_end(&mut back).unwrap();
        assert_eq!(back, dump);
        let mut hashed = Hashed::new(io::sink());
        hashed.write_all(&file).unwrap();
        assert_eq!((encoded.size_bytes, encoded.sha256), hashed.sum());
    }

    #[test]
    fn the_sum_is_sha_256() {
        let mut hashed = Hashed::new(io::sink());
        hashed.write_all(b"abc").unwrap();
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hashed.sum(), (3, sum.to_owned()));
    }

    #[test]
    fn a_disk_that_is_full_is_told_from_a_dump_that_breaks_off() {
        let full = encode(b"x".as_slice(), [0; 4].as_mut_slice()).unwrap_err();
        assert!(matches!(full, EncodeError::Write(_)));
        assert!(matches!(encode(Broken, io::sink()).unwrap_err(), EncodeError::Read(_)));
    }
}
