//! From an image to a Deployment Artifact.

use domain::artifact::{DeploymentArtifact, ImageDigest};
use domain::quantity::megabytes;
use domain::version::{DeploymentTag, GitCommitSha};

use super::Image;

/// The commit that an image was built from (OCI image specification, annotations).
const REVISION_LABEL: &str = "org.opencontainers.image.revision";
/// Where an image may tell what changed in it; the OCI names no annotation for that.
const CHANGELOG_LABEL: &str = "ballast.changelog";

impl Image {
    /// The artifact `tag` that this image, named `image_uri`, is; not yet deployed. `None` when the image
    /// has neither a registry's digest nor an id of SHA-256.
    #[must_use]
    pub fn artifact(&self, tag: &DeploymentTag, image_uri: &str) -> Option<DeploymentArtifact> {
        let label = |name| self.labels().get(name).map(String::as_str);
        let revision = label(REVISION_LABEL).and_then(|text| GitCommitSha::parse(text).ok());
        let changelog = label(CHANGELOG_LABEL).map(str::trim).filter(|text| !text.is_empty());
        Some(DeploymentArtifact {
            artifact_id: tag.clone(),
            created_at: self.created,
            git_commit_sha: revision.or_else(|| tag.git_commit_sha()),
            git_tag: tag.git_tag(),
            docker_image_uri: self.name_for(image_uri).to_owned(),
            docker_image_digest: self.digest_for(image_uri)?,
            docker_image_id: ImageDigest::parse(&self.id).ok(),
            size_mb: megabytes(self.size_bytes),
            changelog: changelog.map(str::to_owned),
            deployed: false,
            deployed_at: None,
            rollback_from: None,
        })
    }

    /// The registry's digest for this name, or for another one, or the image's own id.
    fn digest_for(&self, image_uri: &str) -> Option<ImageDigest> {
        let repository = domain::image::repository(image_uri);
        let digests = || self.repo_digests.iter().filter_map(|known| known.split_once('@'));
        let of_name = digests().find(|(name, _)| *name == repository).or_else(|| digests().next());
        let of_registry = of_name.and_then(|(_, digest)| ImageDigest::parse(digest).ok());
        of_registry.or_else(|| ImageDigest::parse(&self.id).ok())
    }

    /// The engine names an image by its id once its tag has moved on.
    fn name_for<'a>(&'a self, image_uri: &'a str) -> &'a str {
        match self.repo_tags.first() {
            Some(tag) if image_uri.starts_with("sha256:") => tag,
            _ => image_uri,
        }
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

    fn artifact(tag: &str, image: &Image, uri: &str) -> DeploymentArtifact {
        image.artifact(&DeploymentTag::parse(tag).unwrap(), uri).unwrap()
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
            let artifact = artifact("v1.2.3", &image(&digests, "{}"), uri);
            assert_eq!(artifact.docker_image_digest.as_str(), expected);
            assert_eq!(artifact.docker_image_id.map(String::from), Some(sha("a")));
        }
    }

    #[test]
    fn every_attribute_comes_from_the_image_or_is_null() {
        let commit = "c".repeat(40);
        let labels = format!(r#"{{"{REVISION_LABEL}":"{commit}","{CHANGELOG_LABEL}":" faster "}}"#);
        let told = artifact("v1.2.3", &image(&[], &labels), "localhost/app:1");
        assert_eq!(told.git_commit_sha.map(String::from), Some(commit));
        assert_eq!(told.git_tag.map(String::from), Some("v1.2.3".into()));
        assert_eq!((told.changelog.as_deref(), told.size_mb), (Some("faster"), 6));
        assert_eq!(told.docker_image_uri, "localhost/app:1");

        let image = image(&[], &format!(r#"{{"{REVISION_LABEL}":"unknown"}}"#));
        let silent = artifact(&"d".repeat(40), &image, &sha("a"));
        assert_eq!(silent.git_commit_sha.map(String::from), Some("d".repeat(40)));
        assert_eq!((silent.git_tag, silent.changelog), (None, None));
        assert_eq!(silent.docker_image_uri, "localhost/app:1");
    }
}
