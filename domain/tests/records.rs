//! Artifacts, backups and retention, service instances: what must hold over any sequence.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::artifact::{Artifacts, DeploymentArtifact, ImageDigest};
use domain::backup::{
    BackupRecord, BackupType, DumpFacts, Part, Proof, newest_verified, parse_file_name,
};
use domain::retention::is_in_doubt;
use domain::service::ServiceStatus;
use domain::version::DeploymentTag;
use proptest::prelude::*;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a valid time") + TimeDelta::hours(hours)
}

fn artifact(id: &str) -> DeploymentArtifact {
    let tag = DeploymentTag::parse(id).expect("a tag");
    DeploymentArtifact {
        created_at: Some(at(0)),
        git_commit_sha: tag.git_commit_sha(),
        git_tag: tag.git_tag(),
        artifact_id: tag,
        docker_image_uri: "localhost/app:1".into(),
        docker_image_digest: ImageDigest::parse(&format!("sha256:{}", "a".repeat(64)))
            .expect("a digest"),
        docker_image_id: None,
        size_mb: 5,
        changelog: None,
        deployed: false,
        deployed_at: None,
        rollback_from: None,
    }
}

fn backup(hours: i64, database: u8, verified: bool) -> BackupRecord {
    let record = BackupRecord::unproven(DumpFacts {
        created_at: at(hours),
        backup_type: BackupType::Scheduled,
        folder: PathBuf::from("/opt/backups/postgres"),
        database_name: format!("db{database}"),
        pg_dump_version: "17.0".into(),
        server_version: "17.0".into(),
        artifact_id: None,
        size_bytes: 1,
        sha256: "0".repeat(64),
        retention: Duration::from_hours(7 * 24),
        encrypted: false,
        dump: None,
    });
    let proof = Proof { at: at(hours), row_counts_checked: false, restore: None };
    if verified { record.proven(proof, Duration::from_secs(1)) } else { record }
}

#[test]
fn a_digest_is_a_sha256() {
    for bad in [
        "",
        "sha256:",
        &format!("sha256:{}", "A".repeat(64)),
        &"a".repeat(64),
        &format!("sha1:{}", "a".repeat(64)),
    ] {
        assert!(ImageDigest::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_list_with_two_deployed_artifacts_is_refused() {
    let mut list: Vec<DeploymentArtifact> = ["v1.0.0", "v2.0.0"].map(artifact).into();
    for artifact in &mut list {
        artifact.deployed = true;
    }
    let json = serde_json::to_string(&list).expect("JSON");
    assert!(serde_json::from_str::<Artifacts>(&json).is_err());
    let twice: Vec<DeploymentArtifact> = vec![artifact("v1.0.0"), artifact("v1.0.0")];
    assert!(Artifacts::try_from(twice).is_err());
}

#[test]
fn a_backup_is_named_after_database_time_and_type() {
    let record = backup(0, 1, false);
    assert_eq!(record.backup_id, "db1-20231114T221320Z-scheduled");
    assert_eq!(
        record.file_path,
        PathBuf::from("/opt/backups/postgres/db1-20231114T221320Z-scheduled.sql.gz")
    );
    assert_eq!(record.retention_until - record.created_at, TimeDelta::days(7));
    assert!(!record.verified && record.verified_at.is_none());
    let odd = domain::backup::backup_id("../a b\"", record.created_at, BackupType::Manual);
    assert_eq!(odd, "___a_b_-20231114T221320Z-manual");
}

#[test]
fn a_file_name_gives_back_what_it_was_made_of_and_nothing_else() {
    let record = backup(0, 1, false);
    for (part, encrypted) in
        Part::ALL.into_iter().flat_map(|part| [(part, false), (part, part != Part::Manifest)])
    {
        let name = part.file_name(&record.backup_id, encrypted);
        let named = parse_file_name(&name, "db1").expect("it is one of its names");
        assert_eq!((named.part, named.encrypted), (part, encrypted), "{name}");
        assert_eq!(named.backup_id, record.backup_id);
        assert_eq!(
            (named.created_at, named.backup_type),
            (record.created_at, BackupType::Scheduled)
        );
    }
    for other in [
        "db1-20231114T221320Z-scheduled.sql",
        "db1-20231114T221320Z-weekly.sql.gz",
        "db1-20231314T221320Z-scheduled.sql.gz",
        "db2-20231114T221320Z-scheduled.sql.gz",
        ".db1-20231114T221320Z-scheduled.sql.gz",
        "db1-20231114-scheduled.sql.gz",
        "db1-20231114T221320Z-scheduled.json.age",
        "db1-20231114T221320Z-scheduled.sql.gz.age.age",
    ] {
        assert_eq!(parse_file_name(other, "db1"), None, "{other}");
    }
}

#[test]
fn a_history_that_has_expired_at_once_is_in_doubt() {
    let day = 24;
    let daily: Vec<BackupRecord> = (0..7).map(|n| backup(n * day, 1, true)).collect();
    assert!(!is_in_doubt(&daily, at(7 * day)));
    assert!(is_in_doubt(&daily, at(300 * day)), "the clock may have jumped");
    let mut later = daily.clone();
    later.push(backup(300 * day, 2, true));
    assert!(!is_in_doubt(&later, at(301 * day)), "the next run prunes");
    assert!(is_in_doubt(&later, at(20 * day)), "a backup from the future says nothing");
    let monthly = [backup(0, 1, true), backup(30 * day, 1, true)];
    assert!(!is_in_doubt(&monthly, at(60 * day)), "backups are as seldom as that");
    assert!(!is_in_doubt(&[backup(0, 1, false)], at(60 * day)));
}

#[test]
fn a_failed_backup_is_never_good() {
    let record = backup(0, 1, true).failed("disk_full", Duration::from_secs(2));
    assert!(!record.is_good() && !record.verified && record.verified_at.is_none());
    assert_eq!((record.error_code.as_deref(), record.duration_ms), (Some("disk_full"), 2000));
    assert_eq!(newest_verified(&[record], None, |_| true), None);
}

#[test]
fn a_backup_that_nobody_proved_is_overdue_after_a_day() {
    let record = backup(0, 1, false);
    assert!(!record.verification_overdue(at(24)));
    assert!(record.verification_overdue(at(25)));
    assert!(!backup(0, 1, true).verification_overdue(at(25)));
}

#[test]
fn a_failed_health_check_never_passes_straight_to_unhealthy() {
    use ServiceStatus::{Degraded, Healthy, Starting, Stopped, Unhealthy};
    assert_eq!(Healthy.path_to(Unhealthy), [Degraded, Unhealthy]);
    assert_eq!(Stopped.path_to(Healthy), [Starting, Healthy]);
    assert_eq!(Healthy.path_to(Healthy), []);
    assert_eq!(Unhealthy.path_to(Stopped), [Stopped]);
}

#[test]
fn a_deployment_counts_the_backup_made_for_it_or_just_before_it() {
    use domain::backup::pre_deployment;
    let made = |minutes: i64, artifact: &str, verified: bool| BackupRecord {
        backup_type: BackupType::PreDeployment,
        artifact_id: Some(artifact.into()),
        created_at: at(0) + TimeDelta::minutes(minutes),
        ..backup(0, 0, verified)
    };
    for (record, counts) in [
        (made(1, "v1.0.0", true), true),
        (made(1, "v0.9.0", true), true),
        (made(1, "v1.0.0", false), false),
        (made(-15, "v1.0.0", true), true),
        (made(-15, "v0.9.0", true), false),
        (made(-16, "v1.0.0", true), false),
        (backup(1, 0, true), false),
    ] {
        let found = pre_deployment(std::slice::from_ref(&record), "v1.0.0", at(0));
        assert_eq!(found.is_some(), counts, "{record:?}");
    }
}

fn any_status() -> impl Strategy<Value = ServiceStatus> {
    use ServiceStatus::{Degraded, Healthy, Starting, Stopped, Unhealthy};
    proptest::sample::select(vec![Stopped, Starting, Healthy, Degraded, Unhealthy])
}

#[test]
fn what_only_the_earlier_record_of_an_artifact_tells_is_kept() {
    let mut artifacts = Artifacts::default();
    let first = DeploymentArtifact { changelog: Some("faster".into()), ..artifact("v1.0.0") };
    artifacts.record(DeploymentArtifact { deployed: true, ..first.clone() });
    assert!(artifacts.deployed().is_none(), "to be known is not to be deployed");
    artifacts.deploy(first, at(1));
    artifacts.record(DeploymentArtifact { size_mb: 6, ..artifact("v1.0.0") });
    let known = artifacts.find("v1.0.0").expect("it is known");
    assert_eq!((known.changelog.as_deref(), known.size_mb), (Some("faster"), 6));
    assert_eq!((known.deployed, known.deployed_at), (true, Some(at(1))));
    artifacts.record(artifact("v2.0.0"));
    artifacts.forget("v1.0.0");
    artifacts.forget("v2.0.0");
    assert_eq!(artifacts.all().len(), 1, "the deployed one is not forgotten");
    assert!(artifacts.deployed().is_some());
}

proptest! {
    #[test]
    fn at_most_one_artifact_is_deployed(deploys in proptest::collection::vec(0..4u8, 0..20)) {
        let mut artifacts = Artifacts::default();
        for (hour, id) in (0i64..).zip(&deploys) {
            artifacts.deploy(artifact(&format!("v{id}.0.0")), at(hour));
            let deployed: Vec<_> = artifacts.all().iter().filter(|known| known.deployed).collect();
            prop_assert_eq!(deployed.len(), 1);
            prop_assert_eq!(deployed[0].artifact_id.as_str(), format!("v{id}.0.0"));
            let json = serde_json::to_string(&artifacts).expect("JSON");
            prop_assert_eq!(&serde_json::from_str::<Artifacts>(&json).expect("artifacts"), &artifacts);
        }
    }

    #[test]
    fn every_way_through_the_states_is_of_legal_steps(from in any_status(), to in any_status()) {
        let path = from.path_to(to);
        let mut current = from;
        for step in &path {
            prop_assert!(current.successors().contains(step));
            current = *step;
        }
        prop_assert_eq!(current, to);
    }
}
