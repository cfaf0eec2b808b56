//! Retention: which backups may be deleted. The newest verified backup of a database never may.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Utc};

use crate::backup::{BackupRecord, newest_verified};
use crate::reuse::age;

/// For how many days, weeks and months the newest verified backup of each is kept beyond its
/// `retention_until`. Only days, weeks and months that have one count, and all are UTC's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// Days.
    pub daily: usize,
    /// Weeks of ISO 8601, from Monday on.
    pub weekly: usize,
    /// Months of the calendar.
    pub monthly: usize,
}

/// What becomes of a backup, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It may be deleted: it is past its `retention_until`, and nothing else keeps it.
    Goes,
    /// Its `retention_until` has not come.
    NotYet,
    /// It is the newest verified backup of its database.
    Newest,
    /// Nothing of its database is verified: an unproven file may be all there is.
    NoneVerified,
    /// It is the newest verified one of a day that is kept.
    Daily,
    /// It is the newest verified one of a week that is kept.
    Weekly,
    /// It is the newest verified one of a month that is kept.
    Monthly,
}

impl Fate {
    /// Whether it may be deleted.
    #[must_use]
    pub const fn goes(self) -> bool {
        matches!(self, Self::Goes)
    }

    /// Why, in a few words.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Goes => "past its retention",
            Self::NotYet => "its retention has not ended",
            Self::Newest => "the newest verified one",
            Self::NoneVerified => "no backup of this database is verified",
            Self::Daily => "the newest of a day that is kept",
            Self::Weekly => "the newest of a week that is kept",
            Self::Monthly => "the newest of a month that is kept",
        }
    }
}

/// What becomes of each record at `now`, in their order.
///
/// Two of a database never go, whatever their age: the newest verified one, and the newest verified
/// one that was not made in the future: a clock that was ahead once must not cost what was made
/// since. Without any verified backup of a database nothing of it goes.
#[must_use]
pub fn judge(records: &[BackupRecord], keep: Keep, now: DateTime<Utc>) -> Vec<Fate> {
    let names: BTreeSet<&str> = records.iter().map(|record| &*record.database_name).collect();
    let kept: BTreeMap<&str, Option<Kept<'_>>> =
        names.into_iter().map(|name| (name, Kept::of(records, name, keep, now))).collect();
    let fate = |record: &BackupRecord| match kept.get(&*record.database_name) {
        _ if record.retention_until > now => Fate::NotYet,
        Some(Some(kept)) => kept.by_id.get(&*record.backup_id).copied().unwrap_or(Fate::Goes),
        Some(None) | None => Fate::NoneVerified,
    };
    records.iter().map(fate).collect()
}

/// The records of those that may be deleted at `now`.
#[must_use]
pub fn expired(records: &[BackupRecord], keep: Keep, now: DateTime<Utc>) -> Vec<&BackupRecord> {
    let fates = judge(records, keep, now);
    records.iter().zip(fates).filter(|(_, fate)| fate.goes()).map(|(record, _)| record).collect()
}

/// What never goes of a database that has a verified backup, whatever its age.
struct Kept<'a> {
    by_id: BTreeMap<&'a str, Fate>,
}

impl<'a> Kept<'a> {
    fn of(
        records: &'a [BackupRecord],
        database: &str,
        keep: Keep,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let past = |record: &BackupRecord| age(record, now).is_some();
        let newest = newest_verified(records, Some(database), |_| true)?;
        let mut kept = Self { by_id: BTreeMap::from([(&*newest.backup_id, Fate::Newest)]) };
        if let Some(today) = newest_verified(records, Some(database), past) {
            kept.add(today, Fate::Newest);
        }
        // One from the future would take the place of one that has its time.
        let good = records.iter().filter(|record| record.is_good() && past(record));
        let mut good: Vec<&BackupRecord> =
            good.filter(|record| record.database_name == database).collect();
        good.sort_by_key(|record| std::cmp::Reverse(record.created_at));
        kept.add_newest_of_each(&good, keep.daily, Fate::Daily, |day| (day.year(), day.ordinal()));
        kept.add_newest_of_each(&good, keep.weekly, Fate::Weekly, |day| {
            (day.iso_week().year(), day.iso_week().week())
        });
        kept.add_newest_of_each(&good, keep.monthly, Fate::Monthly, |day| {
            (day.year(), day.month())
        });
        Some(kept)
    }

    /// The first reason is the one that is told.
    fn add(&mut self, record: &'a BackupRecord, fate: Fate) {
        self.by_id.entry(&record.backup_id).or_insert(fate);
    }

    fn add_newest_of_each(
        &mut self,
        newest_first: &[&'a BackupRecord],
        count: usize,
        fate: Fate,
        period: impl Fn(DateTime<Utc>) -> (i32, u32),
    ) {
        let mut periods = BTreeSet::new();
        for record in newest_first {
            if periods.len() < count && periods.insert(period(record.created_at)) {
                self.add(record, fate);
            }
        }
    }
}

/// Whether `now` is so long after the newest of the backups made `before` that all of them have
/// expired at once. The clock may have jumped ahead, or nobody may have looked at failures for long:
/// both are worth a look before anything is deleted.
///
/// Where the backup before the newest had expired by then as well, backups are made as seldom as
/// that, and this is no news.
#[must_use]
pub fn is_in_doubt(before: &[BackupRecord], now: DateTime<Utc>) -> bool {
    let Some(newest) = newest_verified(before, None, |record| age(record, now).is_some()) else {
        return false;
    };
    let earlier = newest_verified(before, None, |record| record.created_at < newest.created_at);
    newest.retention_until <= now
        && earlier.is_none_or(|record| record.retention_until > newest.created_at)
}
