//! The daily run. A backup is due when its time has come and no verified backup, of whatever type,
//! was made since: so a missed run is made up, a stack that was deployed a moment ago is left in
//! peace, and a clock that jumps causes one run at the most.
//!
//! Off-site copies are made beside it: a bucket that is slow, or gone, delays no backup.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::backup::{BackupRecord, BackupType};
use domain::reuse::Reuse;
use platform::catalog::CatalogError;
use platform::clock::Clock;
use platform::shutdown::Shutdown;

use crate::config::{Config, Schedule};
use crate::failure::Failure;
use crate::offsite::{self, Offsite};
use crate::run::{self, Order};
use crate::stop::Ended;
use crate::store::Store;

/// Looks at the clock at least so often: it may be set, and a machine may sleep.
const LOOK: Duration = Duration::from_secs(30);
const FIRST_RETRY: Duration = Duration::from_mins(1);
const LAST_RETRY: Duration = Duration::from_hours(1);

/// Makes backups when they are due, and copies them where off-site is configured, until it is asked
/// to stop. It goes on after failures.
pub async fn serve(config: &Config, clock: &dyn Clock, shutdown: &Shutdown) {
    warn_of_a_gap(config, clock.now());
    let store = Store::new(&config.folder);
    tokio::join!(make(config, &store, clock, shutdown), async {
        if let Some(offsite) = &config.offsite {
            copy(offsite, &store, clock, shutdown).await;
        }
    },);
    tracing::info!("stopped");
}

async fn make(config: &Config, store: &Store, clock: &dyn Clock, shutdown: &Shutdown) {
    let mut failures = Failures::default();
    let mut announced = None;
    while !shutdown.is_requested() {
        let now = clock.now();
        let due = due(store, config, now);
        if let (Some(due), true) = (due, failures.may_try(Instant::now())) {
            let reuse = Reuse::MadeSince(due);
            let order = Order { backup_type: BackupType::Scheduled, reuse };
            match run::run(config, &order, clock, shutdown).await {
                Ok(_) => failures = Failures::default(),
                Err(Failure::Ended(Ended::Cancelled)) => break,
                Err(failure) => {
                    failure.log("no backup was made: trying again later");
                    failures.add(Instant::now());
                }
            }
            continue;
        }
        let next = config.schedule.next_start(now);
        if due.is_none() && next != announced {
            tracing::info!(next = next.map(|next| next.to_rfc3339()), "waiting for the next time");
            announced = next;
        }
        let pause = next.and_then(|next| (next - now).to_std().ok()).unwrap_or(LOOK).min(LOOK);
        let pause = pause.min(failures.left(Instant::now()).unwrap_or(LOOK));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.requested() => {}
        }
    }
}

async fn copy(offsite: &Offsite, store: &Store, clock: &dyn Clock, shutdown: &Shutdown) {
    let mut failures = Failures::default();
    while !shutdown.is_requested() {
        match offsite::catch_up(offsite, store, clock, shutdown).await {
            Ok(_) => failures = Failures::default(),
            // Before the first backup there is nothing to copy, and nobody has begun an index.
            Err(Failure::Index(CatalogError::Missing { .. })) => {}
            Err(Failure::Ended(Ended::Cancelled)) => break,
            Err(failure) => {
                failure.log("backups are not off-site: trying again later");
                failures.add(Instant::now());
            }
        }
        tokio::select! {
            () = tokio::time::sleep(failures.left(Instant::now()).unwrap_or(LOOK)) => {}
            () = shutdown.requested() => {}
        }
    }
}

/// A schedule with gaps that are longer than a backup may be old gets unhealthy in each of them.
fn warn_of_a_gap(config: &Config, now: DateTime<Utc>) {
    let gap = config.schedule.longest_gap(now).and_then(|gap| gap.to_std().ok());
    if let Some(gap) = gap.filter(|gap| *gap >= config.max_age) {
        tracing::warn!(
            error_code = "backup_max_age_too_short",
            gap_hours = gap.as_secs() / 3600,
            "BACKUP_SCHEDULE leaves more time between two backups than BACKUP_MAX_AGE_HOURS"
        );
    }
}

/// When the backup was due that is missing at `now`. An index that can't be read is a reason to
/// try: the run says what is wrong with it.
fn due(store: &Store, config: &Config, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let records: Vec<BackupRecord> = store.records().unwrap_or_default();
    let there: Vec<BackupRecord> =
        records.into_iter().filter(|record| store.has_file_of(record)).collect();
    missing(&config.schedule, &there, &config.url.database, now)
}

fn missing(
    schedule: &Schedule,
    records: &[BackupRecord],
    database: &str,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let due = schedule.last_due(now)?;
    Reuse::MadeSince(due).find(records, database, now).is_none().then_some(due)
}

/// Failures in a row, and when to try again: after a minute, then twice as long each time, at last
/// every hour until a backup is there.
#[derive(Debug, Default)]
struct Failures {
    count: u32,
    last: Option<Instant>,
}

impl Failures {
    fn add(&mut self, now: Instant) {
        self.count += 1;
        self.last = Some(now);
    }

    fn left(&self, now: Instant) -> Option<Duration> {
        let doubled = FIRST_RETRY.saturating_mul(1 << self.count.saturating_sub(1).min(16));
        let again = self.last? + doubled.min(LAST_RETRY);
        Some(again.saturating_duration_since(now))
    }

    fn may_try(&self, now: Instant) -> bool {
        self.left(now).is_none_or(|left| left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use domain::backup::{DumpFacts, Proof};

    use super::*;
    use crate::config::{self, Jitter};

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}:00Z").parse().unwrap()
    }

    fn made(time: &str, backup_type: BackupType) -> BackupRecord {
        BackupRecord::unproven(DumpFacts {
            created_at: at(time),
            backup_type,
            folder: "/backups".into(),
            database_name: "app".to_owned(),
            pg_dump_version: String::new(),
            server_version: String::new(),
            artifact_id: None,
            size_bytes: 1,
            sha256: String::new(),
            retention: Duration::from_hours(24),
            encrypted: false,
            dump: None,
        })
        .proven(Proof { at: at(time), row_counts_checked: true, restore: None }, Duration::ZERO)
    }

    fn missing_at(now: &str, records: &[BackupRecord]) -> Option<DateTime<Utc>> {
        let cron = config::cron("0 3 * * *").unwrap();
        let schedule = Schedule::new(cron, config::zone("UTC").unwrap(), Jitter::default());
        missing(&schedule, records, "app", at(now))
    }

    #[test]
    fn a_missed_run_is_made_up_and_one_that_was_made_is_not_repeated() {
        let last_night = [made("2026-11-22T03:00", BackupType::Scheduled)];
        assert_eq!(missing_at("2026-11-22T03:00", &last_night), None);
        assert_eq!(missing_at("2026-11-23T02:59", &last_night), None);
        let due = Some(at("2026-11-23T03:00"));
        assert_eq!(missing_at("2026-11-23T03:00", &last_night), due);
        assert_eq!(missing_at("2026-11-23T20:00", &last_night), due, "the machine was off");
        assert_eq!(missing_at("2026-11-23T20:00", &[]), due, "the first start");
    }

    #[test]
    fn a_stack_that_was_just_deployed_is_left_in_peace_until_the_next_time() {
        let before = [made("2026-11-22T14:59", BackupType::PreDeployment)];
        assert_eq!(missing_at("2026-11-22T15:00", &before), None);
        assert_eq!(missing_at("2026-11-23T03:00", &before), Some(at("2026-11-23T03:00")));
    }

    #[test]
    fn a_clock_that_jumps_causes_one_run_at_the_most() {
        let one = [made("2026-11-22T03:00", BackupType::Scheduled)];
        assert_eq!(missing_at("2026-11-22T02:00", &one), Some(at("2026-11-21T03:00")));
        let two = [one[0].clone(), made("2026-11-22T02:00", BackupType::Scheduled)];
        assert_eq!(missing_at("2026-11-22T02:00", &two), None);
        // A year ahead by mistake: what was made then hides nothing once the clock is right.
        let ahead = [made("2027-11-22T03:00", BackupType::Scheduled)];
        assert_eq!(missing_at("2026-11-22T03:00", &ahead), Some(at("2026-11-22T03:00")));
    }

    #[test]
    fn a_failed_backup_does_not_count() {
        let failed = made("2026-11-22T03:00", BackupType::Scheduled).failed("x", Duration::ZERO);
        assert_eq!(missing_at("2026-11-22T04:00", &[failed]), Some(at("2026-11-22T03:00")));
    }

    #[test]
    fn retries_come_later_and_later_but_come() {
        let now = Instant::now();
        let mut failures = Failures::default();
        assert!(failures.may_try(now));
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            failures.add(now);
            assert_eq!(failures.left(now), Some(Duration::from_mins(minutes)));
            assert!(failures.may_try(now + Duration::from_mins(minutes)));
        }
    }
}
