//! What a person reads.

use uuid::Uuid;

use super::*;
use crate::backup::BackupType;
use crate::deployment::Trigger;

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

#[test]
fn a_deployment_says_what_and_how_it_ended() {
    let text = notice(News::DeploymentConcluded(Concluded {
        event_id: Uuid::nil(),
        event_type: EventType::Deploy,
        status: EventStatus::Failed,
        artifact_id: "v1.3.0".into(),
        previous_artifact_id: Some("v1.2.3".into()),
        started_at: at(0),
        completed_at: Some(at(61)),
        duration_seconds: Some(61),
        triggered_by: Trigger::GithubAction,
        operator: "mary".into(),
        error_message: Some("health gate: not stable within 600 s".into()),
        backup_created: true,
    }));
    assert_eq!(text.title(), "bot: deployment of v1.3.0 failed");
    for line in [
        "Operation: deploy, failed",
        "Previous artifact: v1.2.3",
        "Reason: health gate: not stable within 600 s",
        "Took: 1 min 1 s",
        "By: mary (GitHub Actions)",
        "Backup before it: made and proven",
    ] {
        assert!(text.text().lines().any(|said| said == line), "{line}: {}", text.text());
    }
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
    for news in [News::Test {}, restless, failed(1), recovered(), late(None, None)] {
        let notice = notice(news);
        let json = serde_json::to_value(&notice).expect("it can be kept");
        assert_eq!(json["kind"], notice.kind());
        assert!(json["facts"].is_object(), "{json}");
        assert_eq!(serde_json::from_value::<Notice>(json).expect("and read"), notice);
    }
}
