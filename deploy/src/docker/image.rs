//! Images: looked up, fetched, and kept from being pruned by others.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use platform::engine::Image;

use super::{Docker, DockerError, SOON};

/// A large image over a slow line.
const PULL: Duration = Duration::from_mins(15);

/// An image, and whether it had to be fetched.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) image: Image,
    pub(crate) was_pulled: bool,
}

impl Docker {
    /// The image of that name or id on this host.
    pub(crate) async fn image(&self, name: &str) -> Result<Option<Image>, DockerError> {
        let what = "docker image inspect";
        match self.tell(what, ["image", "inspect", name], SOON).await {
            Ok(answer) => {
                let images: Vec<Image> =
                    serde_json::from_slice(&answer).map_err(|_| DockerError::Unknown(what))?;
                Ok(images.into_iter().next())
            }
            Err(DockerError::Failed(..)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The ids of those images that are on this host, by the names that they are asked for by.
    pub(crate) async fn image_ids<'a>(
        &self,
        names: &BTreeSet<&'a str>,
    ) -> Result<BTreeMap<&'a str, String>, DockerError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let inspect = ["image", "inspect", "--format", "{{.Id}}"];
        let inspect = inspect.iter().chain(names).copied();
        match self.ask("docker image inspect", inspect).await {
            Ok(answer) => {
                let ids = String::from_utf8_lossy(&answer);
                let ids = ids.lines().map(str::to_owned);
                Ok(names.iter().copied().zip(ids).collect())
            }
            // One that is missing fails the question for all.
            Err(DockerError::Failed(..)) => {
                let mut found = BTreeMap::new();
                for name in names {
                    found.extend(self.image(name).await?.map(|image| (*name, image.id)));
                }
                Ok(found)
            }
            Err(error) => Err(error),
        }
    }

    /// The image of that name, fetched where it is not here; `None` where it can't be had.
    pub(crate) async fn image_or_pull(&self, name: &str) -> Result<Option<Found>, DockerError> {
        if let Some(image) = self.image(name).await? {
            return Ok(Some(Found { image, was_pulled: false }));
        }
        match self.tell("docker pull", ["pull", "--quiet", name], PULL).await {
            Ok(_) => {
                let found = self.image(name).await?;
                Ok(found.map(|image| Found { image, was_pulled: true }))
            }
            Err(DockerError::Failed(..) | DockerError::Deadline(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives the image of that id a name.
    pub(crate) async fn name_image(&self, id: &str, name: &str) -> Result<(), DockerError> {
        self.tell("docker tag", ["tag", id, name], SOON).await.map(drop)
    }

    /// Removes an image by its id, under every name; one that somebody uses, or that is gone, stays so.
    pub(crate) async fn remove_image(&self, id: &str) -> Result<bool, DockerError> {
        let Some(image) = self.image(id).await? else { return Ok(false) };
        let names: Vec<&str> = image.repo_tags.iter().map(String::as_str).collect();
        let names = if names.is_empty() { vec![id] } else { names };
        let remove: Vec<&str> = ["image", "rm"].into_iter().chain(names).collect();
        match self.tell("docker image rm", remove, SOON).await {
            Ok(_) => Ok(true),
            Err(DockerError::Failed(..)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
