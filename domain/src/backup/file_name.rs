//! How the files of a backup are named: by its id, which holds the database, the time and the type.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::BackupType;

const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// What [age](https://age-encryption.org) puts after the name of what it has encrypted.
const ENCRYPTED: &str = ".age";

/// The files that a backup consists of, side by side in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The database: plain SQL, compressed.
    Dump,
    /// The roles of the server: plain SQL, compressed.
    Roles,
    /// What is known of it, as JSON: [`super::BackupManifest`]. Never encrypted.
    Manifest,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Dump, Self::Roles, Self::Manifest];

    /// The file's name.
    #[must_use]
    pub fn file_name(self, backup_id: &str, encrypted: bool) -> String {
        let age = if encrypted { ENCRYPTED } else { "" };
        match self {
            Self::Dump => format!("{backup_id}.sql.gz{age}"),
            Self::Roles => format!("{backup_id}.roles.sql.gz{age}"),
            Self::Manifest => format!("{backup_id}.json"),
        }
    }
}

/// What the name of a backup's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The backup.
    pub backup_id: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Its type.
    pub backup_type: BackupType,
    /// Which of its files.
    pub part: Part,
    /// Whether the file is encrypted.
    pub encrypted: bool,
}

/// The record's id, and what the names of its files begin with: `DATABASE-YYYYMMDDTHHMMSSZ-TYPE`.
#[must_use]
pub fn backup_id(database: &str, created_at: DateTime<Utc>, backup_type: BackupType) -> String {
    // A database may be named with a slash or a quote; a file's name keeps to plain characters.
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let database: String = database.chars().map(plain).collect();
    format!("{database}-{}-{}", created_at.format(TIME_FORMAT), backup_type.as_str())
}

/// The database whose backup it is, where its id tells for certain: a `_` may stand for another
/// character.
#[must_use]
pub fn database_of(backup_id: &str) -> Option<&str> {
    let mut parts = backup_id.rsplitn(3, '-');
    let (word, time, database) = (parts.next()?, parts.next()?, parts.next()?);
    let is_type = BackupType::ALL.into_iter().any(|known| known.as_str() == word);
    let is_time = NaiveDateTime::parse_from_str(time, TIME_FORMAT).is_ok();
    let is_certain = !database.is_empty() && database.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_type && is_time && is_certain).then_some(database)
}

/// What a file of this name is to a backup of `database`. `None` for a name that [`Part::file_name`]
/// would not have given it.
#[must_use]
pub fn parse_file_name(name: &str, database: &str) -> Option<Named> {
    let id = name.split('.').next()?;
    let mut parts = id.rsplitn(3, '-');
    let (word, time) = (parts.next()?, parts.next()?);
    let backup_type = BackupType::ALL.into_iter().find(|known| known.as_str() == word)?;
    let created_at = NaiveDateTime::parse_from_str(time, TIME_FORMAT).ok()?.and_utc();
    if backup_id(database, created_at, backup_type) != id {
        return None;
    }
    let choices = Part::ALL.into_iter().flat_map(|part| [(part, false), (part, true)]);
    let (part, encrypted) =
        choices.into_iter().find(|(part, encrypted)| part.file_name(id, *encrypted) == name)?;
    Some(Named { backup_id: id.to_owned(), created_at, backup_type, part, encrypted })
}
