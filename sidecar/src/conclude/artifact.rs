//! From an image to a Deployment Artifact. Pure.

use chrono::{DateTime, Utc};
use domain::artifact::{Artifacts, DeploymentArtifact, ImageDigest};
use domain::history::Arrival;
use domain::quantity::megabytes;
use domain::version::{DeploymentTag, GitCommitSha};
use platform::engine::Image;

/// The commit that an image was built from (OCI image specification, annotations).
const REVISION_LABEL: &str = "org.opencontainers.image.revision";
/// Where an image may tell what changed in it; the OCI names no annotation for that.
const CHANGELOG_LABEL: &str = "ballast.changelog";

/// The artifact that should run now, and how it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) tag: DeploymentTag,
    at: Option<DateTime<Utc>>,
    rollback_from: Option<DeploymentTag>,
}

impl Arrived {
    /// `None` for an event of something that is no release, which preflight does not let through.
    pub(super) fn from_history(arrival: Arrival<'_>) -> Option<Self> {
        let event = arrival.event.fields();
        Some(Self {
            tag: DeploymentTag::parse(&event.artifact_id).ok()?,
            at: event.completed_at,
            rollback_from: arrival.rollback_from.and_then(|tag| DeploymentTag::parse(tag).ok()),
        })
    }

    /// The artifact whose image is `image`, named `image_uri`; `None` when the image has no digest.
    pub(super) fn with_image(&self, image: &Image, image_uri: &str) -> Option<DeploymentArtifact> {
        let label = |name| image.labels().get(name).map(String::as_str);
        let revision = label(REVISION_LABEL).and_then(|text| GitCommitSha::parse(text).ok());
        let changelog = label(CHANGELOG_LABEL).map(str::trim).filter(|text| !text.is_empty());
        Some(DeploymentArtifact {
            artifact_id: self.tag.clone(),
            created_at: image.created,
            git_commit_sha: revision.or_else(|| self.tag.git_commit_sha()),
            git_tag: self.tag.git_tag(),
            docker_image_uri: name_of(image, image_uri).to_owned(),
            docker_image_digest: digest_of(image, image_uri)?,
            size_mb: megabytes(image.size_bytes),
            changelog: changelog.map(str::to_owned),
            deployed: true,
            deployed_at: self.at,
            rollback_from: self.rollback_from.clone(),
        })
    }
}

/// The registry's digest for this name, or for another one, or the image's own id.
fn digest_of(image: &Image, image_uri: &str) -> Option<ImageDigest> {
    let repository = without_tag(image_uri);
    let digests = || image.repo_digests.iter().filter_map(|known| known.split_once('@'));
    let of_name = digests().find(|(name, _)| *name == repository).or_else(|| digests().next());
    let of_registry = of_name.and_then(|(_, digest)| ImageDigest::parse(digest).ok());
    of_registry.or_else(|| ImageDigest::parse(&image.id).ok())
}

/// The engine names an image by its id once its tag has moved on.
fn name_of<'a>(image: &'a Image, image_uri: &'a str) -> &'a str {
    match image.repo_tags.first() {
        Some(tag) if image_uri.starts_with("sha256:") => tag,
        _ => image_uri,
    }
}

fn without_tag(image_uri: &str) -> &str {
    let name = image_uri.split_once('@').map_or(image_uri, |(name, _)| name);
    match name.rsplit_once(':') {
        // A colon before the last slash is of a registry's port.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// Whether `artifact` is recorded as the deployed one, with this very image.
pub(super) fn stands_in(artifacts: &Artifacts, artifact: &DeploymentArtifact) -> bool {
    artifacts.deployed().is_some_and(|deployed| {
        deployed.artifact_id == artifact.artifact_id
            && deployed.docker_image_digest == artifact.docker_image_digest
            && deployed.deployed_at.is_some()
    })
}

/// Records `artifact` as the deployed one. What only the earlier record of it knows is kept.
pub(super) fn deploy(artifacts: &mut Artifacts, artifact: DeploymentArtifact) {
    let known = artifacts.all().iter().find(|known| known.artifact_id == artifact.artifact_id);
    let merged = DeploymentArtifact {
        git_commit_sha: artifact
            .git_commit_sha
            .or_else(|| known.and_then(|known| known.git_commit_sha.clone())),
        changelog: artifact.changelog.or_else(|| known.and_then(|known| known.changelog.clone())),
        ..artifact
    };
    if let Some(at) = merged.deployed_at {
        artifacts.deploy(merged, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(digit: &str) -> String {
        format!("sha256:{}", digit.repeat(64))
    }

    fn image(repo_digests: &[String], labels: &str) -> Image {
        let json = serde_json::json!({
            "Id": sha("a"), "RepoTags": ["localhost/app:1"], "RepoDigests": repo_digests,
            "Created": "2026-01-02T03:04:05Z", "Size": 5_000_001,
            "Config": {"Labels": serde_json::from_str::<serde_json::Value>(labels).unwrap()},
        });
        serde_json::from_value(json).unwrap()
    }

    fn arrived(tag: &str) -> Arrived {
        let tag = DeploymentTag::parse(tag).unwrap();
        Arrived { tag, at: Some(DateTime::UNIX_EPOCH), rollback_from: None }
    }

    #[test]
    fn the_registrys_digest_is_preferred_and_the_images_id_is_the_last_resort() {
        let other = format!("other/app@{}", sha("b"));
        let own = format!("registry:5000/app@{}", sha("c"));
        for (digests, uri, expected) in [
            (vec![], "localhost/app:1", sha("a")),
            (vec![other.clone(), own.clone()], "registry:5000/app:1", sha("c")),
            (vec![other.clone(), own.clone()], "registry:5000/app", sha("c")),
            (vec![other, own], "app:1", sha("b")),
            (vec!["broken".into()], "app:1", sha("a")),
        ] {
            let artifact = arrived("v1.2.3").with_image(&image(&digests, "{}"), uri).unwrap();
            assert_eq!(artifact.docker_image_digest.as_str(), expected);
        }
    }

    #[test]
    fn every_attribute_comes_from_the_image_or_is_null() {
        let commit = "c".repeat(40);
        let labels = format!(r#"{{"{REVISION_LABEL}":"{commit}","{CHANGELOG_LABEL}":" faster "}}"#);
        let artifact = arrived("v1.2.3").with_image(&image(&[], &labels), "localhost/app:1");
        let artifact = artifact.unwrap();
        assert_eq!(artifact.git_commit_sha.map(String::from), Some(commit));
        assert_eq!(artifact.git_tag.map(String::from), Some("v1.2.3".into()));
        assert_eq!((artifact.changelog.as_deref(), artifact.size_mb), (Some("faster"), 6));
        assert_eq!(artifact.docker_image_uri, "localhost/app:1");

        let image = image(&[], &format!(r#"{{"{REVISION_LABEL}":"unknown"}}"#));
        let artifact = arrived(&"d".repeat(40)).with_image(&image, &sha("a")).unwrap();
        assert_eq!(artifact.git_commit_sha.map(String::from), Some("d".repeat(40)));
        assert_eq!((artifact.git_tag, artifact.changelog), (None, None));
        assert_eq!(artifact.docker_image_uri, "localhost/app:1");
    }

    #[test]
    fn recording_the_same_again_changes_nothing_and_another_image_does() {
        let mut artifacts = Artifacts::default();
        let first = arrived("v1.2.3").with_image(&image(&[], "{}"), "localhost/app:1").unwrap();
        let first = DeploymentArtifact { changelog: Some("faster".into()), ..first };
        assert!(!stands_in(&artifacts, &first));
        deploy(&mut artifacts, first.clone());
        assert!(stands_in(&artifacts, &first));

        let rebuilt = image(&[format!("localhost/app@{}", sha("e"))], "{}");
        let rebuilt = arrived("v1.2.3").with_image(&rebuilt, "localhost/app:1").unwrap();
        assert!(!stands_in(&artifacts, &rebuilt));
        deploy(&mut artifacts, rebuilt);
        assert_eq!(artifacts.all().len(), 1);
        assert_eq!(artifacts.all()[0].docker_image_digest.as_str(), sha("e"));
        assert_eq!(artifacts.all()[0].changelog.as_deref(), Some("faster"));
    }
}
