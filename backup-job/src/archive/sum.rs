//! Size and SHA-256 of what passes through.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

/// What a file is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Its SHA-256, as 64 hex digits.
    pub sha256: String,
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

    /// Of what has passed.
    #[must_use]
    pub fn sum(self) -> Sum {
        let digest = self.hash.finalize();
        let sha256 = digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Sum { size_bytes: self.bytes, sha256 }
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
    use super::*;

    #[test]
    fn the_sum_is_sha_256() {
        let mut hashed = Hashed::new(io::sink());
        hashed.write_all(b"abc").unwrap();
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hashed.sum(), Sum { size_bytes: 3, sha256: sum.to_owned() });
    }
}
