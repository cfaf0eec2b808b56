//! The proof by reading: the file is read back from the disk, every gzip member to its end, and
//! what it holds is compared with what was written and with what the database held.
//!
//! It shows that the file is whole and that no row is missing. It does not show that PostgreSQL
//! takes it: that is the proof by restore.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::counts::{self, Expected};
use crate::encode::{Encoded, Hashed};
use crate::script::{Reader, Script, ScriptError};

const CHUNK_BYTES: usize = 256 * 1024;

/// Why a file is not proven.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The file can't be read.
    #[error("the file can't be read")]
    Unreadable(#[source] io::Error),
    /// The file is no whole gzip file: a member is cut off or damaged, or followed by other bytes.
    #[error("the file is damaged")]
    Damaged,
    /// Size or sum are not those of what was written.
    #[error("the file is not what was written")]
    Changed,
    /// The dump in it is not whole.
    #[error("the dump is not whole")]
    Script(#[from] ScriptError),
    /// Rows are missing or too many.
    #[error("{tables} tables have other row counts than the database had")]
    Rows {
        /// How many tables differ.
        tables: usize,
    },
    /// It was not read to its end, because there was a reason to stop.
    #[error("the file was not read to its end")]
    Stopped,
}

impl ProofError {
    /// The closed code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "backup_unreadable",
            Self::Damaged => "backup_damaged",
            Self::Changed => "backup_changed",
            Self::Script(ScriptError::NotADump) => "dump_unknown",
            Self::Script(ScriptError::Truncated) => "dump_truncated",
            Self::Script(ScriptError::CopyUnterminated) => "dump_copy_unterminated",
            Self::Script(ScriptError::CopyUnreadable) => "dump_copy_unreadable",
            Self::Script(ScriptError::Trailing) => "dump_trailing_content",
            Self::Rows { .. } => "dump_row_counts_differ",
            Self::Stopped => "backup_proof_stopped",
        }
    }
}

/// Reads a file to its end and tells what it is and what it holds. It asks `stopped` now and then.
///
/// # Errors
/// Every [`ProofError`] but those that need something to compare with.
pub fn read(path: &Path, stopped: &dyn Fn() -> bool) -> Result<(Encoded, Script), ProofError> {
    let file = File::open(path).map_err(ProofError::Unreadable)?;
    let hashed = BufReader::with_capacity(CHUNK_BYTES, Hashed::new(file));
    let mut members = MultiGzDecoder::new(hashed);
    let mut script = Reader::default();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        if stopped() {
            return Err(ProofError::Stopped);
        }
        match members.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => script.feed(&chunk[..count])?,
            Err(error) => {
                return Err(match error.kind() {
                    io::ErrorKind::InvalidInput
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::UnexpectedEof => ProofError::Damaged,
                    _ => ProofError::Unreadable(error),
                });
            }
        }
    }
    let (size_bytes, sha256) = members.into_inner().into_inner().sum();
    Ok((Encoded { size_bytes, sha256 }, script.finish()?))
}

/// Proves that the file at `path` is what was `written`, and tells what it holds.
///
/// # Errors
/// [`ProofError`].
pub fn unchanged(
    path: &Path,
    written: &Encoded,
    stopped: &dyn Fn() -> bool,
) -> Result<Script, ProofError> {
    let (found, script) = read(path, stopped)?;
    if found == *written { Ok(script) } else { Err(ProofError::Changed) }
}

/// Proves that the file at `path` is what was `written`, and that it holds the rows `expected`.
///
/// # Errors
/// [`ProofError`].
pub fn prove(
    path: &Path,
    written: &Encoded,
    expected: &[Expected],
    stopped: &dyn Fn() -> bool,
) -> Result<(), ProofError> {
    match counts::differences(expected, &unchanged(path, written, stopped)?.rows) {
        0 => Ok(()),
        tables => Err(ProofError::Rows { tables }),
    }
}

#[cfg(test)]
mod tests;
