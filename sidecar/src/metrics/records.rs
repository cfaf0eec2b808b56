//! The records on disk: Deployment Events, Deployment Artifacts, Backup Records.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::abridged::DURATION_BUCKETS;
use domain::deployment::{EventStatus, EventType, telling};

use super::families::{Families, number, of_milliseconds, seconds, truth};
use super::health::age;
use crate::ledger::{Books, Shelf};

const CONCLUDED: [EventStatus; 3] =
    [EventStatus::Success, EventStatus::Failed, EventStatus::RolledBack];

pub(super) fn add(families: &mut Families, books: &Books, max_age: Duration, now: DateTime<Utc>) {
    readable(families, books);
    deployments(families, books);
    artifacts(families, books);
    backups(families, books, max_age, now);
    newest_backup(families, books, now);
}

fn readable(families: &mut Families, books: &Books) {
    let shelves = [
        ("deployments", of(&books.deployments)),
        ("artifacts", of(&books.artifacts)),
        ("backups", of(&books.backups)),
    ];
    let mut up = families.gauge(
        "ballast_record_readable",
        "Whether the record could be read; one that nobody has begun yet can not.",
    );
    for (record, shelf) in shelves {
        up.set(&[("record", record)], truth(shelf.read_at.is_some() && shelf.error.is_none()));
    }
    drop(up);
    let mut error =
        families.gauge("ballast_record_error", "1 with the code for which it could not be read.");
    for (record, shelf) in shelves {
        if let Some(code) = shelf.error {
            error.set(&[("record", record), ("code", code)], 1.0);
        }
    }
    drop(error);
    let mut read = families.gauge(
        "ballast_record_read_timestamp_seconds",
        "When the record was last read, or last seen unchanged.",
    );
    for (record, shelf) in shelves {
        if let Some(at) = shelf.read_at {
            read.set(&[("record", record)], seconds(at));
        }
    }
}

#[derive(Clone, Copy)]
struct Read {
    read_at: Option<DateTime<Utc>>,
    error: Option<&'static str>,
}

const fn of<T>(shelf: &Shelf<T>) -> Read {
    Read { read_at: shelf.read_at, error: shelf.error_code }
}

fn deployments(families: &mut Families, books: &Books) {
    let totals = &books.deployment_totals;
    // No counters: an event that failed may still become one that was rolled back.
    let mut count = families
        .gauge("ballast_deployments", "How many deployment events of the type have the status.");
    for kind in EventType::ALL {
        for status in CONCLUDED {
            let labels = [("type", kind.as_str()), ("status", status.as_str())];
            count.set(&labels, number(totals.count(kind, status)));
        }
    }
    drop(count);
    let open: u64 =
        EventType::ALL.iter().map(|kind| totals.count(*kind, EventStatus::InProgress)).sum();
    families.value(
        "ballast_deployments_in_progress",
        "How many deployment events are not concluded.",
        number(open),
    );
    families.value(
        "ballast_deployment_oldest_open_started_timestamp_seconds",
        "When the oldest deployment began that is not concluded.",
        totals.oldest_open_at.map(seconds),
    );
    let mut durations = families.histogram(
        "ballast_deployment_duration_seconds",
        "How long deployments took, by their type and by how they ended.",
    );
    for kind in EventType::ALL {
        for status in CONCLUDED {
            let all = totals.durations(kind, status);
            let buckets = DURATION_BUCKETS.into_iter().map(number).zip(all.buckets);
            let sum = (all.count, number(all.sum_seconds));
            let labels = [("type", kind.as_str()), ("status", status.as_str())];
            durations.distribution(&labels, buckets, sum);
        }
    }
    drop(durations);
    families.value(
        "ballast_deployment_last_success_timestamp_seconds",
        "When the newest successful deployment was concluded.",
        totals.newest_success_at.map(seconds),
    );
    newest_deployment(families, books);
}

fn newest_deployment(families: &mut Families, books: &Books) {
    let Some(event) = telling(&books.deployments.records) else { return };
    let labels = [("type", event.event_type.as_str()), ("status", event.status.as_str())];
    families
        .gauge(
            "ballast_deployment_newest_status",
            "1 with the status of the newest deployment; an automatic rollback is told by what it undid.",
        )
        .set(&labels, 1.0);
    families.value(
        "ballast_deployment_newest_started_timestamp_seconds",
        "When the newest deployment began.",
        seconds(event.started_at),
    );
}

fn artifacts(families: &mut Families, books: &Books) {
    let shelf = &books.artifacts;
    let total = u64::try_from(shelf.total).unwrap_or(u64::MAX);
    let known = shelf.read_at.is_some();
    families.value(
        "ballast_artifacts",
        "How many artifacts are recorded.",
        known.then(|| number(total)),
    );
    let Some(deployed) = shelf.records.iter().find(|artifact| artifact.deployed) else { return };
    let (artifact, digest) =
        (deployed.artifact_id.to_string(), deployed.docker_image_digest.as_str());
    families
        .gauge("ballast_artifact_deployed_info", "The artifact that is deployed.")
        .set(&[("artifact", &artifact), ("digest", digest)], 1.0);
    families.value(
        "ballast_artifact_deployed_timestamp_seconds",
        "When it was deployed.",
        deployed.deployed_at.map(seconds),
    );
}

fn backups(families: &mut Families, books: &Books, max_age: Duration, now: DateTime<Utc>) {
    let totals = &books.backup_totals;
    let mut count = families.gauge("ballast_backups", "How many kept backups have the status.");
    for (status, backups) in [
        ("verified", totals.verified),
        ("unverified", totals.unverified),
        ("failed", totals.failed),
    ] {
        count.set(&[("status", status)], number(backups));
    }
    drop(count);
    let known = books.backups.read_at.is_some();
    families.value(
        "ballast_backup_failures_in_a_row",
        "How many backups have failed since the newest one that is proven to restore.",
        known.then(|| number(totals.failed_since)),
    );
    families.value(
        "ballast_backup_newest_failure_timestamp_seconds",
        "When the newest backup was tried that failed, as far back as failures are kept.",
        totals.newest_failed_at.map(seconds),
    );
    families.value(
        "ballast_backup_newest_offsite_timestamp_seconds",
        "When the newest backup was made whose off-site copy was read back.",
        totals.newest_offsite_at.map(seconds),
    );
    families.value(
        "ballast_backup_newest_offsite_age_seconds",
        "How old it is.",
        totals.newest_offsite_at.map(|created_at| age(created_at, now)),
    );
    families.value(
        "ballast_backup_max_age_seconds",
        "How old the newest backup that is proven to restore may be: BACKUP_MAX_AGE_HOURS.",
        max_age.as_secs_f64(),
    );
}

fn newest_backup(families: &mut Families, books: &Books, now: DateTime<Utc>) {
    let newest = books.backup_totals.newest_verified.as_ref();
    families.value(
        "ballast_backup_newest_verified_timestamp_seconds",
        "When the newest backup was made that is proven to restore.",
        newest.map(|backup| seconds(backup.created_at)),
    );
    families.value(
        "ballast_backup_newest_verified_age_seconds",
        "How old it is.",
        newest.map(|backup| age(backup.created_at, now)),
    );
    families.value(
        "ballast_backup_newest_verified_size_bytes",
        "The size of its file.",
        newest.map(|backup| number(backup.size_bytes)),
    );
    families.value(
        "ballast_backup_newest_verified_duration_seconds",
        "How long it took, its proof included.",
        newest.map(|backup| of_milliseconds(backup.duration_ms)),
    );
    families.value(
        "ballast_backup_newest_verified_restore_seconds",
        "How long it took to restore it, where its proof was a restore.",
        newest.and_then(|backup| backup.restore_ms).map(of_milliseconds),
    );
}
