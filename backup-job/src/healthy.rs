//! The container's health check: is there a backup that can be relied on, and is it young enough?

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::backup::newest_verified;
use domain::reuse::age;
use serde::Serialize;

use crate::code::Code;
use crate::config::FolderConfig;
use crate::failure::Failure;
use crate::store::Store;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Whether the newest verified backup is young enough.
    pub healthy: bool,
    /// The newest verified backup whose file is there.
    pub backup_id: Option<String>,
    /// Its age.
    pub age_seconds: Option<u64>,
    /// The age that it must not reach.
    pub max_age_seconds: u64,
    /// Why it is not healthy: a closed code.
    pub error_code: Option<Code>,
}

/// Looks at the index and at the file of the newest verified backup.
#[must_use]
pub fn look(config: &FolderConfig, now: DateTime<Utc>) -> Health {
    let store = Store::new(&config.folder);
    let found = store.records().map(|records| {
        let present = |record: &_| store.has_file_of(record) && age(record, now).is_some();
        newest_verified(&records, config.database.as_deref(), present)
            .map(|record| (record.backup_id.clone(), age(record, now).unwrap_or_default()))
    });
    judge(found, config.max_age)
}

fn judge(found: Result<Option<(String, Duration)>, Failure>, max_age: Duration) -> Health {
    let (newest, error_code) = match found {
        Ok(Some((id, age))) => {
            let late = (age >= max_age).then_some(Code::TOO_OLD);
            (Some((id, age)), late)
        }
        Ok(None) => (None, Some(Code::NONE_VERIFIED)),
        Err(failure) => (None, Some(failure.code())),
    };
    Health {
        healthy: error_code.is_none(),
        age_seconds: newest.as_ref().map(|(_, age)| age.as_secs()),
        backup_id: newest.map(|(id, _)| id),
        max_age_seconds: max_age.as_secs(),
        error_code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_young_backup_is_healthy() {
        let hours = Duration::from_hours;
        let code = |found| judge(found, hours(26)).error_code;
        assert_eq!(code(Ok(Some(("a".to_owned(), hours(25))))), None);
        assert_eq!(code(Ok(Some(("a".to_owned(), hours(26))))), Some(Code::TOO_OLD));
        assert_eq!(code(Ok(None)), Some(Code::NONE_VERIFIED));
        let missing = platform::catalog::CatalogError::Missing { path: "/x".into() };
        assert_eq!(code(Err(missing.into())), Some(Code::INDEX_MISSING));
        assert!(!judge(Ok(None), hours(26)).healthy);
    }
}
