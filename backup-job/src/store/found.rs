//! What lies in the folder, by the names of the files and by what the manifests say. Nothing of it is
//! believed here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use domain::backup::{BackupManifest, BackupRecord, Named, Part, parse_file_name};

use super::{Store, manifest};
use crate::failure::Failure;

/// The files of one backup.
#[derive(Debug)]
pub struct Found {
    /// What its name says; the part and whether it is encrypted are those of one of its files.
    pub named: Named,
    /// Its database, where a manifest says it or the name is that of the one that was asked for.
    pub database: Option<String>,
    /// Its manifest; `None` where there is none that is one. An error says nothing about it.
    pub manifest: io::Result<Option<BackupManifest>>,
    /// Its files.
    pub files: Vec<(Named, PathBuf)>,
}

impl Found {
    /// The dump, and whether it is encrypted.
    #[must_use]
    pub fn dump(&self) -> Option<(&PathBuf, bool)> {
        let dump = self.files.iter().find(|(named, _)| named.part == Part::Dump);
        dump.map(|(named, path)| (path, named.encrypted))
    }
}

/// The backups in the folder that none of the records `known` is of, the oldest first. `database`
/// is the one whose names are recognised without a manifest.
///
/// # Errors
/// [`Failure::Scan`].
pub fn unlisted(
    store: &Store,
    known: &[BackupRecord],
    database: Option<&str>,
) -> Result<Vec<Found>, Failure> {
    let known: BTreeSet<&str> = known.iter().map(|record| &*record.backup_id).collect();
    let unreadable = |source| Failure::Scan { path: store.folder().to_owned(), source };
    let mut files: BTreeMap<String, Vec<(Named, PathBuf)>> = BTreeMap::new();
    for entry in fs::read_dir(store.folder()).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Some(named) = parse(&entry.file_name().to_string_lossy()) else { continue };
        if !known.contains(&*named.backup_id) && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            files.entry(named.backup_id.clone()).or_default().push((named, entry.path()));
        }
    }
    let mut found: Vec<Found> =
        files.into_values().filter_map(|files| of(files, database)).collect();
    found.sort_by_key(|found| found.named.created_at);
    Ok(found)
}

fn of(files: Vec<(Named, PathBuf)>, database: Option<&str>) -> Option<Found> {
    let named = files.first()?.0.clone();
    let document = files.iter().find(|(named, _)| named.part == Part::Manifest);
    let manifest = document.map_or(Ok(None), |(_, path)| match manifest::read(path) {
        Ok(manifest) => Ok(is_of(&manifest.backup, &named).then_some(manifest)),
        Err(error) if is_none(&error) => Ok(None),
        Err(error) => Err(error),
    });
    let said = manifest.as_ref().ok().and_then(|manifest| manifest.as_ref());
    let said = said.map(|manifest| manifest.backup.database_name.clone());
    let name = Part::Dump.file_name(&named.backup_id, false);
    let asked = database.filter(|database| parse_file_name(&name, database).is_some());
    Some(Found { database: said.or_else(|| asked.map(str::to_owned)), named, manifest, files })
}

/// What a name says, whichever database it is of: what a name begins with is a database's plain name.
fn parse(name: &str) -> Option<Named> {
    let id = name.split('.').next()?;
    parse_file_name(name, id.rsplitn(3, '-').nth(2)?)
}

/// Whether a manifest's record is the one that the names are of.
fn is_of(record: &BackupRecord, named: &Named) -> bool {
    let name = Part::Dump.file_name(&named.backup_id, record.encrypted);
    let same = parse_file_name(&name, &record.database_name);
    record.backup_id == named.backup_id
        && record.created_at == named.created_at
        && record.backup_type == named.backup_type
        && same.is_some()
}

fn is_none(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}
