//! Which artifact is gone back to, and which go: over any history of deployments and rollbacks.

use chrono::{DateTime, TimeDelta, Utc};
use domain::artifact::{Artifacts, DeploymentArtifact, ImageDigest, prunable, rollback_target};
use domain::version::DeploymentTag;
use proptest::prelude::*;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a valid time") + TimeDelta::hours(hours)
}

fn tag(number: u8) -> DeploymentTag {
    DeploymentTag::parse(&format!("v{number}.0.0")).expect("a tag")
}

fn artifact(number: u8, created_at: Option<i64>) -> DeploymentArtifact {
    let digest = format!("sha256:{}", "a".repeat(64));
    DeploymentArtifact {
        artifact_id: tag(number),
        created_at: created_at.map(at),
        git_commit_sha: None,
        git_tag: None,
        docker_image_uri: "localhost/app:1".into(),
        docker_image_digest: ImageDigest::parse(&digest).expect("a digest"),
        docker_image_id: None,
        size_mb: 5,
        changelog: None,
        deployed: false,
        deployed_at: None,
        rollback_from: None,
    }
}

fn deploy(artifacts: &mut Artifacts, number: u8, hours: i64) {
    artifacts.deploy(artifact(number, Some(0)), at(hours));
}

/// Back to `number`, from what is deployed.
fn roll_back(artifacts: &mut Artifacts, number: u8, hours: i64) {
    let from = artifacts.deployed().map(|deployed| deployed.artifact_id.clone());
    let back = DeploymentArtifact { rollback_from: from, ..artifact(number, Some(0)) };
    artifacts.deploy(back, at(hours));
}

fn target(artifacts: &Artifacts) -> Option<&str> {
    rollback_target(artifacts).map(|target| target.artifact_id.as_str())
}

fn pruned(artifacts: &Artifacts, hours: i64) -> Vec<&str> {
    let gone = prunable(artifacts, at(hours), TimeDelta::hours(720));
    gone.into_iter().map(|artifact| artifact.artifact_id.as_str()).collect()
}

#[test]
fn a_rollback_goes_back_to_what_was_deployed_last_and_did_not_fail() {
    let mut artifacts = Artifacts::default();
    assert_eq!(target(&artifacts), None);
    deploy(&mut artifacts, 1, 1);
    assert_eq!(target(&artifacts), None, "there is nothing before the first");
    artifacts.record(artifact(9, Some(2)));
    assert_eq!(target(&artifacts), None, "what was never deployed is no way back");
    deploy(&mut artifacts, 2, 3);
    assert_eq!(target(&artifacts), Some("v1.0.0"));
    deploy(&mut artifacts, 3, 4);
    assert_eq!(target(&artifacts), Some("v2.0.0"));
    roll_back(&mut artifacts, 2, 5);
    assert_eq!(target(&artifacts), Some("v1.0.0"), "not back to what was left");
    deploy(&mut artifacts, 4, 6);
    assert_eq!(target(&artifacts), Some("v2.0.0"));
    deploy(&mut artifacts, 3, 7);
    deploy(&mut artifacts, 5, 8);
    assert_eq!(target(&artifacts), Some("v3.0.0"), "it was deployed again since");
}

#[test]
fn what_is_past_its_retention_goes_unless_something_needs_it() {
    let mut artifacts = Artifacts::default();
    for number in 1..=3 {
        deploy(&mut artifacts, number, i64::from(number));
    }
    artifacts.record(artifact(7, Some(5)));
    artifacts.record(artifact(8, None));
    assert_eq!(pruned(&artifacts, 720), Vec::<&str>::new());
    assert_eq!(pruned(&artifacts, 721), ["v1.0.0"]);
    assert_eq!(pruned(&artifacts, 724), ["v1.0.0"], "built at 5, and never deployed");
    assert_eq!(pruned(&artifacts, 99_999), ["v1.0.0", "v7.0.0"]);
    assert_eq!(pruned(&artifacts, -99_999), Vec::<&str>::new(), "the clock was set back");
    let at_once = prunable(&artifacts, at(0), TimeDelta::MIN);
    assert!(at_once.is_empty(), "all of them are from the future");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Record(Option<i64>),
    Deploy,
    RollBack,
}

fn any_step() -> impl Strategy<Value = (Step, u8, i64)> {
    let step = prop_oneof![
        prop::option::of(-900..900_i64).prop_map(Step::Record),
        Just(Step::Deploy),
        Just(Step::RollBack),
    ];
    // Some steps are made by a clock that was set back.
    (step, 1..7_u8, prop_oneof![5 => 0..400_i64, 1 => -900..0_i64])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn neither_the_deployed_one_nor_the_way_back_nor_a_young_one_goes(
        steps in prop::collection::vec(any_step(), 0..16),
        later in -900..2000_i64,
        kept in 0..900_i64,
    ) {
        let (mut artifacts, mut clock) = (Artifacts::default(), 0);
        for (step, number, hours) in steps {
            clock += hours;
            match step {
                Step::Record(created_at) => artifacts.record(artifact(number, created_at)),
                Step::Deploy => deploy(&mut artifacts, number, clock),
                Step::RollBack => roll_back(&mut artifacts, number, clock),
            }
        }
        let (now, keep_for) = (at(clock + later), TimeDelta::hours(kept));
        let target = rollback_target(&artifacts);
        prop_assert!(target.is_none_or(|target| !target.deployed && target.deployed_at.is_some()));
        let gone = prunable(&artifacts, now, keep_for);
        for artifact in artifacts.all() {
            let time = artifact.deployed_at.or(artifact.created_at);
            let is_old = time.is_some_and(|time| time + keep_for <= now);
            let is_needed = artifact.deployed || Some(artifact) == target;
            prop_assert_eq!(gone.contains(&artifact), is_old && !is_needed);
        }
        let ids: Vec<_> = gone.iter().map(|artifact| artifact.artifact_id.clone()).collect();
        let way_back = target.cloned();
        for id in &ids {
            artifacts.forget(id.as_str());
        }
        prop_assert_eq!(rollback_target(&artifacts).cloned(), way_back, "pruning moved the way back");
    }
}
