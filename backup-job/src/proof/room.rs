//! Whether there is room for a dump and for a restored copy, told before anything is written.
//!
//! A guess that is wrong ends in a full disk, which is a failure like any other.

use std::path::Path;

use domain::backup::Origin;
use platform::folder;

use super::server::MAX_WAL_BYTES;
use super::{ProofError, ServerError};

/// What an empty server takes.
const EMPTY_SERVER_BYTES: u64 = 96 * 1024 * 1024;

/// What a restored copy takes: what the database took with all its indexes, and the log of changes,
/// which has about twice its bound while it is written fast, but no more than was changed.
#[must_use]
pub fn needed_by_a_copy(origin: &Origin) -> u64 {
    let log = origin.size_bytes.min(2 * MAX_WAL_BYTES);
    origin.size_bytes.saturating_add(log).saturating_add(EMPTY_SERVER_BYTES)
}

/// Checks that `scratch` has room for a copy of the database.
///
/// # Errors
/// [`ProofError::NoRoom`].
pub fn for_a_copy(scratch: &Path, origin: &Origin) -> Result<(), ProofError> {
    beside(scratch, 0, origin)
}

/// Checks that `scratch` has room for a copy of the database where a dump of `dump_bytes` goes to
/// `store`.
///
/// # Errors
/// [`ProofError::NoRoom`].
pub fn for_both(
    store: &Path,
    dump_bytes: u64,
    scratch: &Path,
    origin: &Origin,
) -> Result<(), ProofError> {
    let shared = folder::is_same_file_system(store, scratch).map_err(ServerError::Folder)?;
    beside(scratch, if shared { dump_bytes } else { 0 }, origin)
}

fn beside(scratch: &Path, others_bytes: u64, origin: &Origin) -> Result<(), ProofError> {
    let needed_bytes = needed_by_a_copy(origin).saturating_add(others_bytes);
    let available_bytes = folder::room(scratch).map_err(ServerError::Folder)?.available_bytes;
    if available_bytes < needed_bytes {
        return Err(ProofError::NoRoom { needed_bytes, available_bytes });
    }
    Ok(())
}
