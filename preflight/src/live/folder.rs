//! The folders of the records: whether files can be put there, and room for the next backup.

use std::path::Path;

use domain::backup;
use platform::folder::{self, FolderError, Trial};
use platform::records;

use crate::registry::LiveFault;

/// What the records and a first small backup take: a volume with less is as good as full.
const LEAST_BYTES: u64 = 16 * 1024 * 1024;

/// Looks at a folder, by writing into it. Nothing stays there.
pub(super) fn look(folder: &Path) -> Vec<LiveFault> {
    match folder::try_writing(folder) {
        Ok(Trial::Written) => vec![],
        Ok(Trial::NoRoom) => vec![LiveFault::FolderRoom],
        Err(FolderError::Missing { .. } | FolderError::NotAFolder { .. }) => {
            vec![LiveFault::FolderMissing]
        }
        Err(FolderError::NotWritable { .. }) => vec![LiveFault::FolderUnwritable],
    }
}

/// Looks at the folder of the backups. It lacks room where less is free than twice the newest
/// verified backup of `database`: that is what backup-job asks for before it dumps, and a deployment
/// stops without its backup. Before there is one, [`LEAST_BYTES`] are asked for.
pub(super) fn backups(folder: &Path, database: Option<&str>) -> Vec<LiveFault> {
    let mut faults = look(folder);
    if faults.is_empty() || faults == [LiveFault::FolderUnwritable] {
        let room = folder::room(folder);
        if room.is_ok_and(|room| room.available_bytes < needed_bytes(folder, database)) {
            faults.push(LiveFault::FolderRoom);
        }
    }
    faults
}

/// An index that can't be read says nothing about room; backup-job tells what is wrong with it.
fn needed_bytes(folder: &Path, database: Option<&str>) -> u64 {
    let records = records::backups(folder).read().unwrap_or_default();
    let last = backup::newest_verified(&records, database, |_| true);
    last.map_or(0, |last| last.size_bytes.saturating_mul(2)).max(LEAST_BYTES)
}
