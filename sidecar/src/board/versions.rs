//! Which version of the application there was when.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

/// More than a day of changes, at the worst of times.
const MOST_CHANGES: usize = 200;

/// The versions of the last while, oldest first. That there is none is a version as well.
#[derive(Debug, Clone, Default)]
pub(super) struct Versions(VecDeque<(DateTime<Utc>, Option<String>)>);

impl Versions {
    /// Takes the version as of `at`. Whether it is another one than before.
    pub(super) fn note(&mut self, at: DateTime<Utc>, version: Option<&str>) -> bool {
        let newest = self.0.back().and_then(|(_, newest)| newest.as_deref());
        if newest == version {
            return false;
        }
        if self.0.len() == MOST_CHANGES {
            self.0.pop_front();
        }
        self.0.push_back((at, version.map(str::to_owned)));
        true
    }

    /// The version at `time`.
    pub(super) fn at(&self, time: DateTime<Utc>) -> Option<String> {
        let mut newest_first = self.0.iter().rev();
        newest_first.find(|(since, _)| *since <= time).and_then(|(_, version)| version.clone())
    }

    /// The version now.
    pub(super) fn newest(&self) -> Option<String> {
        self.0.back().and_then(|(_, version)| version.clone())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn each_time_has_the_version_of_then() {
        let mut versions = Versions::default();
        assert_eq!((versions.newest(), versions.at(at(0))), (None, None));
        assert!(!versions.note(at(0), None));
        assert!(versions.note(at(1), Some("v1.0.0")));
        assert!(!versions.note(at(2), Some("v1.0.0")));
        assert!(versions.note(at(3), Some("v2.0.0")));
        assert!(versions.note(at(5), None));
        let told: Vec<_> = (0..6).map(|second| versions.at(at(second))).collect();
        let told: Vec<_> = told.iter().map(Option::as_deref).collect();
        let (one, two) = (Some("v1.0.0"), Some("v2.0.0"));
        assert_eq!(told, [None, one, one, two, two, None]);
        assert_eq!(versions.newest(), None);
    }

    #[test]
    fn the_oldest_of_too_many_is_forgotten() {
        let mut versions = Versions::default();
        for number in 0..=MOST_CHANGES {
            assert!(versions.note(at(i64::try_from(number).unwrap()), Some(&number.to_string())));
        }
        assert_eq!((versions.0.len(), versions.at(at(0))), (MOST_CHANGES, None));
        assert_eq!(versions.newest().as_deref(), Some("200"));
    }
}
