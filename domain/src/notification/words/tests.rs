//! What a person reads.

use uuid::Uuid;

use super::*;
use crate::backup::BackupType;
use crate::deployment::{EventStatus, EventType, Trigger};
use crate::notification::deployment::{Concluded, Rollback};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("a time")
}

fn notice(news: News) -> Notice {
    Notice {
        notice_id: Uuid::nil(),
        at: at(300),
        service_name: "bot".into(),
        version: Some("v1.2.3".into()),
        news,
    }
}

fn failing() -> Vec<Failing> {
    vec![Failing { check: "redis".into(), error_code: Some("redis_refused".into()), since: at(0) }]
}

#[test]
fn a_change_names_what_fails_and_since_when() {
    let down = notice(News::StatusChanged(StatusChange {
        from: Some(OverallStatus::Healthy),
        overall_status: OverallStatus::Degraded,
        since: at(2),
        unwell_seconds: None,
        failing: failing(),
        stale: false,
    }));
    assert_eq!(down.title(), "bot is degraded: redis");
    let expected = "Status: healthy → degraded\nSince: 2023-11-14T22:13:22Z\n\
         Failing: redis (redis_refused) since 2023-11-14T22:13:20Z\nVersion: v1.2.3\n\
         Told at: 2023-11-14T22:18:20Z";
    assert_eq!(down.text(), expected);
}

#[test]
fn a_recovery_says_how_long_it_took() {
    for (seconds, expected) in
        [(59, "59 s"), (754, "12 min 34 s"), (3600, "1 h 0 min"), (90_000, "25 h 0 min")]
    {
        let up = notice(News::StatusChanged(StatusChange {
            from: Some(OverallStatus::Degraded),
            overall_status: OverallStatus::Healthy,
            since: at(2),
            unwell_seconds: Some(seconds),
            failing: Vec::new(),
            stale: false,
        }));
        assert_eq!(up.title(), format!("bot is healthy again after {expected}"));
    }
}

fn concluded(status: EventStatus) -> Concluded {
    let error = "health gate: not stable within 600 s";
    Concluded {
        event_id: Uuid::nil(),
        event_type: EventType::Deploy,
        status,
        artifact_id: "v1.3.0".into(),
        previous_artifact_id: Some("v1.2.3".into()),
        started_at: at(0),
        completed_at: Some(at(61)),
        duration_seconds: Some(61),
        triggered_by: Trigger::GithubAction,
        operator: "mary".into(),
        error_message: (status != EventStatus::Success).then(|| error.into()),
        backup_created: true,
        backup_id: Some("shop-20231114T221320Z-pre_deployment".into()),
        migration_applied: false,
        rollback: None,
    }
}

fn rollback(status: EventStatus, error_message: Option<&str>) -> Rollback {
    Rollback {
        event_id: Uuid::nil(),
        artifact_id: "v1.2.3".into(),
        status,
        duration_seconds: Some(12),
        error_message: error_message.map(str::to_owned),
    }
}

fn told(event: Concluded) -> (String, String) {
    let notice = notice(News::DeploymentConcluded(event));
    (notice.title(), notice.text())
}

#[test]
fn a_deployment_says_what_and_how_it_ended() {
    let (title, text) = told(concluded(EventStatus::Failed));
    assert_eq!(title, "bot: deployment of v1.3.0 failed");
    let restore = "docker compose -f docker-compose.prod.yml exec -T backup backup-job restore \
                   shop-20231114T221320Z-pre_deployment --into shop --swap";
    for line in [
        "Operation: deploy, failed",
        "Previous artifact: v1.2.3",
        "Reason: health gate: not stable within 600 s",
        "Took: 1 min 1 s",
        "By: mary (GitHub Actions)",
        "Migration: none",
        "Backup before it: shop-20231114T221320Z-pre_deployment, proven",
        "Restore, first: docker compose -f docker-compose.prod.yml stop bot",
        &format!("Restore, then: {restore}"),
        "Restore, last: docker compose -f docker-compose.prod.yml start bot",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}: {text}");
    }
    let (title, text) = told(concluded(EventStatus::Success));
    assert_eq!(title, "bot: deployment of v1.3.0 succeeded");
    assert!(text.contains("pre_deployment, proven") && !text.contains("Restore"), "{text}");
}

#[test]
fn a_rollback_says_what_runs_again_and_what_it_has_not_undone() {
    let event = Concluded {
        migration_applied: true,
        rollback: Some(rollback(EventStatus::Success, None).into()),
        ..concluded(EventStatus::RolledBack)
    };
    let (title, text) = told(event);
    assert_eq!(title, "bot: deployment of v1.3.0 failed and was rolled back to v1.2.3");
    for line in [
        "Rollback: v1.2.3 runs again and is healthy, after 12 s",
        "Migration: applied, and it stays so after the rollback: v1.2.3 runs on the new schema",
    ] {
        assert!(text.lines().any(|said| said == line), "{line}: {text}");
    }
    assert!(text.contains("--into shop --swap") && !text.contains("Next: "), "{text}");
}

#[test]
fn a_rollback_that_failed_is_not_to_be_overlooked() {
    let event = Concluded {
        rollback: Some(rollback(EventStatus::Failed, Some("deploy was interrupted")).into()),
        ..concluded(EventStatus::Failed)
    };
    let (title, text) = told(event);
    let expected =
        "bot: ROLLBACK FAILED: deployment of v1.3.0 failed, and v1.2.3 did not come back";
    assert_eq!(title, expected);
    let line = "Rollback: FAILED, v1.2.3 did not come back: deploy was interrupted";
    assert!(text.lines().any(|said| said == line) && text.contains("\nNext: "), "{text}");
    let by_hand = Concluded { event_type: EventType::Rollback, ..concluded(EventStatus::Failed) };
    assert_eq!(told(by_hand).0, "bot: ROLLBACK FAILED: v1.3.0 did not come back");
}

#[test]
fn a_command_is_told_only_for_a_backup_that_it_can_name() {
    for (backup_id, expected) in [
        ("my_shop-20231114T221320Z-pre_deployment", Some("DATABASE")),
        ("b003", Some("DATABASE")),
        ("shop-20231114T221320Z-manual", Some("shop")),
        ("shop; reboot", None),
        ("--into", None),
        ("", None),
    ] {
        let event =
            Concluded { backup_id: Some(backup_id.into()), ..concluded(EventStatus::Failed) };
        let (_, text) = told(event);
        let command = text.lines().find_map(|line| line.strip_prefix("Restore, then: "));
        let database = command.and_then(|command| command.rsplit(' ').nth(1));
        assert_eq!(database, expected, "{backup_id}: {text}");
        assert_eq!(text.contains("\nDATABASE: "), expected == Some("DATABASE"), "{text}");
    }
}

#[test]
fn what_an_earlier_version_left_to_be_told_is_still_read() {
    let event = concluded(EventStatus::Failed);
    let mut json = serde_json::to_value(notice(News::DeploymentConcluded(event.clone()))).unwrap();
    let facts = json["facts"].as_object_mut().unwrap();
    for key in ["backup_id", "migration_applied", "rollback"] {
        assert!(facts.remove(key).is_some(), "{key}");
    }
    let read: Notice = serde_json::from_value(json).expect("it can be read");
    let expected = Concluded { backup_id: None, ..event };
    assert_eq!(read.news, News::DeploymentConcluded(expected));
    assert!(read.text().contains("Backup before it: made and proven"));
}

fn backup() -> ToldBackup {
    ToldBackup {
        backup_id: "shop-20231114T221320Z-scheduled".into(),
        backup_type: BackupType::Scheduled,
        database_name: "shop".into(),
        created_at: at(0),
    }
}

fn failed(failures: u64) -> News {
    News::BackupFailed(Failed {
        backup: backup(),
        error_code: Some("pg_dump_failed".into()),
        failures,
        failing_since: at(0),
        newest_verified_at: None,
    })
}

fn recovered() -> News {
    News::BackupRecovered(Recovered {
        backup: backup(),
        failures: 2,
        without_seconds: Some(90_000),
        restore_ms: Some(12_001),
    })
}

fn late(age_seconds: Option<u64>, error_code: Option<&str>) -> News {
    News::BackupLate(Late {
        newest_verified_at: age_seconds.map(|_| at(0)),
        age_seconds,
        max_age_seconds: 93_600,
        error_code: error_code.map(str::to_owned),
    })
}

#[test]
fn a_backup_says_what_is_wrong_and_what_there_is() {
    for (news, title, lines) in [
        (
            failed(1),
            "bot: the backup of shop failed",
            &["Type: scheduled", "Reason: pg_dump_failed", "Newest verified backup: none"][..],
        ),
        (failed(3), "bot: the backup of shop failed, 3 in a row", &[]),
        (
            recovered(),
            "bot: there is a verified backup of shop again",
            &["Restored in: 13 s", "After the one before it: 25 h 0 min", "Failed before it: 2"],
        ),
        (
            late(Some(97_200), None),
            "bot: no verified backup for 27 h 0 min",
            &["Greatest age: 26 h 0 min", "Newest verified backup: 2023-11-14T22:13:20Z"],
        ),
        (late(None, None), "bot: there is no verified backup", &["Newest verified backup: none"]),
        (
            late(Some(60), Some("corrupt")),
            "bot: the index of the backups can't be read",
            &["backup_index.json: corrupt"],
        ),
    ] {
        let notice = notice(news);
        assert_eq!(notice.title(), title);
        for line in lines {
            assert!(notice.text().lines().any(|said| said == *line), "{line}: {}", notice.text());
        }
    }
}

#[test]
fn a_notice_is_kept_and_read_as_it_was() {
    let restless =
        KeepsChanging { overall_status: OverallStatus::Healthy, since: at(0), failing: failing() };
    let restless = News::StatusKeepsChanging(restless);
    let rolled_back = Concluded {
        rollback: Some(rollback(EventStatus::Success, None).into()),
        ..concluded(EventStatus::RolledBack)
    };
    let rolled_back = News::DeploymentConcluded(rolled_back);
    for news in [News::Test {}, restless, failed(1), recovered(), late(None, None), rolled_back] {
        let notice = notice(news);
        let json = serde_json::to_value(&notice).expect("it can be kept");
        assert_eq!(json["kind"], notice.kind());
        assert!(json["facts"].is_object(), "{json}");
        assert_eq!(serde_json::from_value::<Notice>(json).expect("and read"), notice);
    }
}
