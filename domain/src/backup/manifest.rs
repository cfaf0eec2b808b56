//! What stands beside each backup: all that is needed to list it again, to restore it and to judge
//! the restore, without the index and without the server that it came from.

use serde::{Deserialize, Serialize};

use super::BackupRecord;

/// The document beside a backup's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// The version of the document.
    pub schema_version: u64,
    /// The record, as it was when the backup was published.
    pub backup: BackupRecord,
    /// What a new database has to be like.
    pub origin: Origin,
    /// The rows of every table, as the snapshot had them.
    pub tables: Vec<TableRows>,
    /// SHA-256 of the file of the roles, as 64 hex digits.
    pub roles_sha256: String,
}

/// The database that a backup is of, as far as a dump does not say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its encoding, such as `UTF8`.
    pub encoding: String,
    /// `c` for the operating system's locales, `i` for ICU's, `b` for PostgreSQL's own.
    pub locale_provider: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// The locale of ICU or of PostgreSQL's own.
    pub locale: Option<String>,
    /// The table spaces besides the server's own.
    pub tablespaces: Vec<String>,
    /// What the database took on the server's disk, in bytes.
    pub size_bytes: u64,
}

/// The rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRows {
    /// Schema and name, quoted as in SQL.
    pub table: String,
    /// The partitioned table at the top, where it is a part of one, quoted as in SQL.
    pub root: Option<String>,
    /// How many.
    pub rows: u64,
}
