//! Which backups the bucket holds, by the manifests in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::backup::{BackupManifest, BackupRecord, Part, parse_file_name};
use platform::shutdown::Shutdown;

use super::{Offsite, OffsiteError};
use crate::failure::Failure;
use crate::store::{Store, manifest};

/// The newest backup of the database that is off-site only.
#[must_use]
pub fn newest<'a>(records: &'a [BackupRecord], database: Option<&str>) -> Option<&'a BackupRecord> {
    let is_wanted = |record: &&BackupRecord| {
        record.is_only_offsite() && database.is_none_or(|name| record.database_name == name)
    };
    records.iter().filter(is_wanted).max_by_key(|record| record.created_at)
}

/// The backups that the bucket holds whole, of `database` or of any, as their manifests say and as
/// good as they were when they were copied; the oldest first.
///
/// # Errors
/// [`Failure`] where the bucket can't be listed or read. A manifest that is none is told and left out.
pub async fn records(
    offsite: &Offsite,
    store: &Store,
    database: Option<&str>,
    shutdown: &Shutdown,
) -> Result<Vec<BackupRecord>, Failure> {
    let listing = async {
        let folder = offsite.prefix.strip_suffix('/');
        let listed = offsite.bucket.list(folder).await.map_err(OffsiteError::from)?;
        let names = listed.into_iter().filter_map(|object| {
            let name = object.key.strip_prefix(&offsite.prefix)?.to_owned();
            Some((name, object.size_bytes))
        });
        let objects: Objects = names.collect();
        let mut records = Vec::new();
        for (name, backup_id) in objects.keys().filter_map(|name| Some((name, manifest_of(name)?)))
        {
            match offsite.manifest(backup_id).await {
                Ok((manifest, written_at)) => {
                    let of_database = |name| manifest.backup.database_name == name;
                    if database.is_none_or(of_database) && is_whole(&manifest, &objects) {
                        records.push(offsite.record(manifest.backup, written_at, store));
                    }
                }
                Err(OffsiteError::NoManifest) => {
                    tracing::warn!(file = name, "an object in the bucket is no manifest");
                }
                Err(error) => return Err(error.into()),
            }
        }
        records.sort_by_key(|record| record.created_at);
        Ok(records)
    };
    offsite.within(shutdown, listing).await
}

/// The sizes of the objects in bytes, by their names in the folder.
type Objects = BTreeMap<String, u64>;

/// The backup whose manifest has this name: nobody else's documents are read.
fn manifest_of(name: &str) -> Option<&str> {
    let backup_id = name.strip_suffix(".json")?;
    let database = backup_id.rsplitn(3, '-').nth(2)?;
    parse_file_name(name, database).map(|_| backup_id)
}

/// A bucket's own rules may have removed one file and not the other.
fn is_whole(manifest: &BackupManifest, objects: &Objects) -> bool {
    let record = &manifest.backup;
    let object = |part: Part| objects.get(&part.file_name(&record.backup_id, record.encrypted));
    let has_dump = object(Part::Dump).is_some_and(|size| *size == record.size_bytes);
    let is_whole = has_dump && object(Part::Roles).is_some();
    if !is_whole {
        tracing::warn!(backup_id = record.backup_id, "a backup in the bucket is not whole");
    }
    is_whole
}

impl Offsite {
    /// The manifest of a backup, and when it was written.
    pub(super) async fn manifest(
        &self,
        backup_id: &str,
    ) -> Result<(BackupManifest, DateTime<Utc>), OffsiteError> {
        let name = Part::Manifest.file_name(backup_id, false);
        let (document, written_at) = self.document(&name).await?;
        let manifest: Option<BackupManifest> = serde_json::from_slice(&document).ok();
        let is_of_it = |manifest: &BackupManifest| {
            let record = &manifest.backup;
            let named = parse_file_name(&name, &record.database_name);
            let is_known = manifest.schema_version <= manifest::SCHEMA_VERSION;
            is_known && record.is_good() && record.backup_id == backup_id && named.is_some()
        };
        let manifest = manifest.filter(is_of_it).ok_or(OffsiteError::NoManifest)?;
        Ok((manifest, written_at))
    }

    /// The record of a backup in the bucket. Its manifest was written when the others had been read
    /// back and compared.
    pub(super) fn record(
        &self,
        record: BackupRecord,
        written_at: DateTime<Utc>,
        store: &Store,
    ) -> BackupRecord {
        let name = Part::Dump.file_name(&record.backup_id, record.encrypted);
        BackupRecord {
            file_path: store.folder().join(&name),
            offsite_uri: Some(self.uri(&name)),
            offsite_verified_at: Some(written_at),
            ..record
        }
    }
}
