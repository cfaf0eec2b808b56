//! `deploy artifacts`: Deployment Artifacts, newest first.

use domain::artifact::{Artifacts, DeploymentArtifact};

use crate::cli::Format;
use crate::table::{self, NONE};

/// The known artifacts.
pub(crate) fn render(artifacts: &Artifacts, format: Format) -> String {
    let mut newest: Vec<DeploymentArtifact> = artifacts.all().to_vec();
    newest.sort_by_key(|artifact| std::cmp::Reverse(artifact.deployed_at.or(artifact.created_at)));
    match format {
        Format::Json => table::json(&newest),
        Format::Table if newest.is_empty() => "No artifact is known yet.".to_owned(),
        Format::Table => rows(&newest),
    }
}

/// A line for each.
pub(crate) fn rows(artifacts: &[DeploymentArtifact]) -> String {
    table::render(
        ["ARTIFACT", "DEPLOYED", "BUILT", "SIZE", "IMAGE", "COMMIT"],
        artifacts.iter().map(row).collect(),
    )
}

fn row(artifact: &DeploymentArtifact) -> [String; 6] {
    let at = |time: Option<chrono::DateTime<chrono::Utc>>| {
        time.map_or_else(|| NONE.to_owned(), |time| time.format("%Y-%m-%d %H:%MZ").to_string())
    };
    let deployed = if artifact.deployed { "now, since " } else { "" };
    let commit =
        artifact.git_commit_sha.as_ref().map(|sha| sha.as_str().chars().take(12).collect());
    [
        artifact.artifact_id.to_string(),
        format!("{deployed}{}", at(artifact.deployed_at)),
        at(artifact.created_at),
        format!("{} MB", artifact.size_mb),
        artifact.docker_image_uri.clone(),
        commit.unwrap_or_else(|| NONE.to_owned()),
    ]
}
