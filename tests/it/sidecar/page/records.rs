//! The records of a made-up stack: six hours after its newest deployment, with a backup each night.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::backup::{BackupRecord, BackupTotals, BackupType, DumpFacts, NewestVerified, Proof};
use domain::deployment::{
    DeploymentEvent, EventState, EventType, InProgress, Opener, Opening, Trigger,
};
use sidecar::ledger::{Books, Shelf};

use super::facts::{HOUR, MINUTE, ago};

pub(super) fn books() -> Books {
    let mut books = Books::default();
    let success = |seconds, id, kind, trigger| {
        let opening = Opening { event_type: kind, triggered_by: trigger, ..opening(seconds, id) };
        finish(opening, |event, at| event.with_backup(Some(backup_before(seconds))).succeed(at))
    };
    let deployments = vec![
        success(6 * HOUR, "v1.4.0", EventType::Deploy, Trigger::GithubAction),
        success(30 * HOUR, "v1.3.2", EventType::ConfigUpdate, Trigger::Manual),
        rollback(53 * HOUR - 2 * MINUTE, "v1.3.9"),
        rolled_back(53 * HOUR, "v1.3.9"),
        success(75 * HOUR, "v1.3.2", EventType::Deploy, Trigger::GithubAction),
    ];
    books.deployments = shelf(deployments, 41);
    let good = |seconds, kind| {
        let took = Duration::from_millis(41_300);
        let restore = Some(Duration::from_secs(12));
        let proof = Proof { at: ago(seconds - 60), row_counts_checked: true, restore };
        backup(seconds, kind).proven(proof, took)
    };
    let backups = vec![
        good(6 * HOUR + 60, BackupType::PreDeployment),
        offsite(good(12 * HOUR + 9 * MINUTE, BackupType::Scheduled)),
        offsite(good(36 * HOUR + 9 * MINUTE, BackupType::Scheduled)),
        good(60 * HOUR + 9 * MINUTE, BackupType::Scheduled),
        good(84 * HOUR + 9 * MINUTE, BackupType::Scheduled),
    ];
    books.backups = shelf(backups, 9);
    books.backup_totals = BackupTotals {
        verified: 9,
        newest_verified: Some(newest_verified(6 * HOUR + 60)),
        ..BackupTotals::default()
    };
    books
}

fn offsite(record: BackupRecord) -> BackupRecord {
    let read_back = Some(record.created_at + TimeDelta::minutes(4));
    BackupRecord { encrypted: true, offsite_verified_at: read_back, ..record }
}

fn shelf<T>(records: Vec<T>, total: usize) -> Shelf<T> {
    Shelf { records, total, read_at: Some(ago(3)), error_code: None }
}

pub(super) fn opening(seconds: i64, artifact: &str) -> Opening {
    Opening {
        event_id: uuid::Uuid::from_u128(7),
        event_type: EventType::Deploy,
        started_at: ago(seconds),
        triggered_by: Trigger::GithubAction,
        operator: "ada".to_owned(),
        artifact_id: artifact.to_owned(),
        previous_artifact_id: Some("v1.3.2".to_owned()),
        configuration_fingerprint: None,
        opened_by: Opener::Deploy,
    }
}

/// The backup that was made a minute before.
fn backup_before(seconds: i64) -> String {
    backup(seconds + MINUTE, BackupType::PreDeployment).backup_id
}

/// A deployment whose migration ran, and that was undone.
fn rolled_back(seconds: i64, artifact: &str) -> DeploymentEvent {
    finish(opening(seconds, artifact), |event, at| {
        let event = event.with_backup(Some(backup_before(seconds))).with_migration_applied();
        event
            .fail(at, "the gate's deadline passed: bot: bot_unhealthy", Some(false))
            .rolled_back(at)
    })
}

/// The automatic rollback of `artifact`.
fn rollback(seconds: i64, artifact: &str) -> DeploymentEvent {
    let opening = Opening {
        event_type: EventType::Rollback,
        triggered_by: Trigger::Automated,
        operator: "deploy".to_owned(),
        previous_artifact_id: Some(artifact.to_owned()),
        ..opening(seconds, "v1.3.2")
    };
    finish(opening, InProgress::succeed)
}

pub(super) fn failed_deployment(why: &str) -> DeploymentEvent {
    fail(opening(9 * MINUTE, "v1.5.0-rc.1"), why)
}

pub(super) fn fail(opening: Opening, why: &str) -> DeploymentEvent {
    finish(opening, |event, at| event.fail(at, why, Some(false)).into())
}

fn finish(
    opening: Opening,
    end: impl FnOnce(InProgress, DateTime<Utc>) -> DeploymentEvent,
) -> DeploymentEvent {
    let at = opening.started_at + TimeDelta::seconds(73);
    match DeploymentEvent::from(InProgress::open(opening)).state() {
        EventState::InProgress(event) => end(event, at),
        _ => unreachable!("an event begins open"),
    }
}

pub(super) fn backup(seconds: i64, backup_type: BackupType) -> BackupRecord {
    BackupRecord::unproven(DumpFacts {
        created_at: ago(seconds),
        backup_type,
        folder: "/opt/backups/postgres".into(),
        database_name: "toogoodtogo".to_owned(),
        pg_dump_version: "16.4".to_owned(),
        server_version: "16.4".to_owned(),
        artifact_id: Some("v1.4.0".to_owned()),
        size_bytes: 184_000_000,
        sha256: "0".repeat(64),
        retention: Duration::from_hours(168),
        encrypted: false,
        dump: None,
    })
}

pub(super) fn newest_verified(seconds: i64) -> NewestVerified {
    NewestVerified {
        created_at: ago(seconds),
        size_bytes: 184_000_000,
        duration_ms: 41_300,
        restore_ms: Some(12_000),
    }
}
