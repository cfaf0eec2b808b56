//! When a backup that exists already serves, and none has to be made.

use std::time::Duration;

use crate::backup::{BackupRecord, BackupType, newest_verified};
use chrono::{DateTime, TimeDelta, Utc};

/// A clock that was set right since may have written times that are ahead; by more than this they
/// say nothing about a backup's age.
const CLOCK_SLACK: TimeDelta = TimeDelta::minutes(5);

/// Which existing backup serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reuse {
    /// None.
    Never,
    /// The last one made before a deployment, where it was the same version's and is no older than
    /// this: `up -d` runs its one-shots again each time.
    SameDeployment {
        /// The application's version.
        artifact_id: Option<String>,
        /// The greatest age.
        within: Duration,
    },
    /// Any made since a backup was due, by the schedule or before a deployment or by hand.
    MadeSince(DateTime<Utc>),
}

impl Reuse {
    /// The newest of the good backups of `database` that serves at `now`. That its file is there is
    /// not asked here.
    #[must_use]
    pub fn find<'a>(
        &self,
        records: &'a [BackupRecord],
        database: &str,
        now: DateTime<Utc>,
    ) -> Option<&'a BackupRecord> {
        let past = |record: &BackupRecord| age(record, now).is_some();
        match self {
            Self::Never => None,
            Self::SameDeployment { artifact_id, within } => {
                // Of all versions: what another one has done to the data since is in no backup.
                let last = newest_verified(records, Some(database), |record| {
                    record.backup_type == BackupType::PreDeployment && past(record)
                });
                last.filter(|record| record.artifact_id == *artifact_id)
                    .filter(|record| age(record, now).is_some_and(|age| age < *within))
            }
            Self::MadeSince(due) => newest_verified(records, Some(database), |record| {
                record.created_at >= *due && past(record)
            }),
        }
    }
}

/// How old a backup is at `now`. `None` for one that was made in the future.
#[must_use]
pub fn age(record: &BackupRecord, now: DateTime<Utc>) -> Option<Duration> {
    let age = now - record.created_at;
    (age > -CLOCK_SLACK).then(|| age.to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::backup::{DumpFacts, Proof};

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn made(minutes: i64, backup_type: BackupType, artifact_id: Option<&str>) -> BackupRecord {
        BackupRecord::unproven(DumpFacts {
            created_at: at(minutes),
            backup_type,
            folder: "/backups".into(),
            database_name: "app".to_owned(),
            pg_dump_version: "17.6".to_owned(),
            server_version: "17.6".to_owned(),
            artifact_id: artifact_id.map(str::to_owned),
            size_bytes: 1,
            sha256: "0".repeat(64),
            retention: Duration::from_hours(24),
            encrypted: false,
            dump: None,
        })
        .proven(Proof { at: at(minutes), row_counts_checked: true, restore: None }, Duration::ZERO)
    }

    fn serves(reuse: &Reuse, record: &BackupRecord, now: DateTime<Utc>) -> bool {
        reuse.find(std::slice::from_ref(record), "app", now).is_some()
    }

    #[test]
    fn a_second_deployment_of_the_same_version_needs_no_second_backup() {
        let within = Duration::from_mins(15);
        let same = Reuse::SameDeployment { artifact_id: Some("v1.0.0".to_owned()), within };
        let before = made(0, BackupType::PreDeployment, Some("v1.0.0"));
        assert!(serves(&same, &before, at(14)));
        assert!(!serves(&same, &before, at(15)), "too old");
        assert!(!serves(&same, &before, at(-10)), "made in the future");
        assert!(!serves(&same, &made(0, BackupType::PreDeployment, Some("v1.0.1")), at(1)));
        assert!(!serves(&same, &made(0, BackupType::Scheduled, Some("v1.0.0")), at(1)));
        assert!(!serves(&Reuse::Never, &before, at(0)));
    }

    #[test]
    fn a_deployment_after_another_versions_needs_its_own_backup() {
        let within = Duration::from_mins(15);
        let same = Reuse::SameDeployment { artifact_id: Some("v2".to_owned()), within };
        let of = |minutes, version| made(minutes, BackupType::PreDeployment, Some(version));
        assert_eq!(same.find(&[of(0, "v2"), of(5, "v1")], "app", at(6)), None);
        let scheduled = made(5, BackupType::Scheduled, Some("v1"));
        let records = [of(0, "v2"), scheduled, of(90, "v1")];
        assert_eq!(same.find(&records, "app", at(6)), Some(&records[0]));
        assert_eq!(same.find(&records, "other", at(6)), None);
    }

    #[test]
    fn any_backup_since_the_due_time_serves_the_schedule() {
        let due = Reuse::MadeSince(at(180));
        assert!(serves(&due, &made(180, BackupType::Scheduled, None), at(181)));
        let deployed = made(200, BackupType::PreDeployment, Some("v1.0.0"));
        assert!(serves(&due, &deployed, at(600)));
        assert!(!serves(&due, &made(179, BackupType::Scheduled, None), at(181)));
        assert!(!serves(&due, &made(9000, BackupType::Scheduled, None), at(181)), "the future");
    }

    #[test]
    fn only_what_can_be_relied_on_is_the_newest() {
        let bad = made(9, BackupType::Manual, None).failed("backup_damaged", Duration::ZERO);
        let records = [made(1, BackupType::Manual, None), made(5, BackupType::Manual, None), bad];
        assert_eq!(newest_verified(&records, Some("app"), |_| true), Some(&records[1]));
        assert_eq!(newest_verified(&records, Some("other"), |_| true), None);
        assert_eq!(
            newest_verified(&records, None, |record| record.created_at < at(5)),
            Some(&records[0])
        );
    }
}
