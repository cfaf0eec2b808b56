//! One kind of record.

use chrono::{DateTime, Utc};
use platform::catalog::CatalogError;
use platform::journal::JournalError;

/// One kind of record, newest first and bounded in number.
#[derive(Debug, Clone)]
pub struct Shelf<T> {
    /// The newest records.
    pub records: Vec<T>,
    /// How many there are on disk.
    pub total: usize,
    /// When they were last read; `None` before the first time.
    pub read_at: Option<DateTime<Utc>>,
    /// Why they can't be read now: `missing`, `unreadable`, `corrupt` or `newer`. What was read before
    /// stays.
    pub error_code: Option<&'static str>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { records: Vec::new(), total: 0, read_at: None, error_code: None }
    }
}

/// Why a catalog can't be read.
pub(super) const fn code_of_catalog(error: &CatalogError) -> &'static str {
    match error {
        CatalogError::Missing { .. } => "missing",
        CatalogError::Corrupt { .. } => "corrupt",
        CatalogError::Newer { .. } => "newer",
        CatalogError::Unreadable { .. } | CatalogError::Unwritable(_) | CatalogError::Lock(_) => {
            "unreadable"
        }
    }
}

/// Why the journal can't be read.
pub(super) const fn code_of_journal(error: &JournalError) -> &'static str {
    match error {
        JournalError::Missing { .. } => "missing",
        JournalError::Corrupt { .. } => "corrupt",
        JournalError::Newer { .. } => "newer",
        JournalError::Unreadable { .. }
        | JournalError::Unwritable { .. }
        | JournalError::Unfit { .. }
        | JournalError::Lock(_) => "unreadable",
    }
}
