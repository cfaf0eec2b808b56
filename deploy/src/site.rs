//! Where a rollout happens: the stack on this host, its records, and whoever watches.

use std::io;

use domain::artifact::{DeploymentArtifact, ImageDigest};
use domain::env_file::with_values;
use domain::image;
use domain::version::DeploymentTag;
use platform::{atomic_file, env_file};

use crate::books::{Books, RecordError};
use crate::docker::{BOT, Compose, DockerError, Instance, NGINX, Release, Stack};
use crate::fault::Fault;
use crate::intent::Side;
use crate::progress::Progress;
use crate::settings::{NoSettings, Settings};

/// The script in nginx's container that turns it to an instance (compose/nginx/edge).
const DIRECT: &str = "/etc/nginx/ballast/direct";

/// The place, and everybody in it.
pub(crate) struct Site {
    pub(crate) compose: Compose,
    pub(crate) stack: Stack,
    pub(crate) books: Books,
    pub(crate) progress: Progress,
    pub(crate) settings: Settings,
    /// `.env.production`, as it was when the rollout began.
    pub(crate) text: String,
}

/// Why there is no place to work in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSite {
    #[error(".env.production can't be read")]
    Unreadable(#[source] io::Error),
    #[error(transparent)]
    Settings(#[from] NoSettings),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// The text of `.env.production`, and what it says to deploy.
pub(crate) fn read(compose: &Compose) -> Result<(String, Settings), NoSite> {
    let text = text_of(compose).map_err(NoSite::Unreadable)?;
    let settings = Settings::of(&text)?;
    Ok((text, settings))
}

fn text_of(compose: &Compose) -> io::Result<String> {
    let raw = env_file::read(&compose.env_file())?;
    if raw.is_too_large {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(raw.bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

impl Site {
    /// The stack, with its records as they are.
    pub(crate) fn of(compose: Compose, stack: Stack) -> Result<Self, NoSite> {
        let (text, settings) = read(&compose)?;
        let books = Books::open(&stack.folders)?;
        Ok(Self { compose, stack, books, progress: Progress::on_stderr(), settings, text })
    }

    /// Every container of the stack's services; not of those that a profile has added.
    pub(crate) async fn instances(&self) -> Result<Vec<Instance>, DockerError> {
        let mut instances = self.compose.instances(&self.stack.project).await?;
        instances.retain(|instance| self.stack.has(&instance.service));
        Ok(instances)
    }

    /// Those that are not made as `compose` has it, or of another image than its name means by now.
    ///
    /// Where Compose's measure fits no container at all, it is another than the containers were labelled by:
    /// then those are taken whose measure the file of now and `compose` do not share.
    pub(crate) async fn outdated(&self, compose: &Compose) -> Result<Vec<Instance>, DockerError> {
        let (instances, wanted) = (self.instances().await?, compose.hashes().await?);
        let fits = |one: &Instance| wanted.get(&one.service) == one.config_hash.as_ref();
        let now = if instances.iter().any(fits) {
            None
        } else {
            tracing::warn!("containers are labelled otherwise than this Compose does it");
            Some(self.compose.hashes().await?)
        };
        let names = instances.iter().map(|one| one.image.as_str()).collect();
        let images = compose.docker.image_ids(&names).await?;
        let is_outdated = |one: &&Instance| {
            let means_another = images.get(&*one.image).is_some_and(|id| *id != one.image_id);
            means_another
                || match &now {
                    None => !fits(one),
                    Some(now) => wanted.get(&one.service) != now.get(&one.service),
                }
        };
        Ok(instances.iter().filter(is_outdated).cloned().collect())
    }

    /// Those of the application.
    pub(crate) async fn bots(&self) -> Result<Vec<Instance>, DockerError> {
        let mut instances = self.instances().await?;
        instances.retain(|instance| instance.service == BOT);
        Ok(instances)
    }

    /// Whether a service runs.
    pub(crate) async fn runs(&self, service: &str) -> Result<bool, DockerError> {
        let instances = self.instances().await?;
        Ok(instances.iter().any(|one| one.service == service && one.is_running()))
    }

    /// The release that runs and was once deployed well, or, where none does, the one that is recorded as
    /// deployed.
    pub(crate) async fn running(&self, bots: &[Instance]) -> Result<Option<Side>, Fault> {
        let named = &self.settings.release.tag;
        let artifacts = self.books.artifacts()?;
        let side = |bot: &Instance| {
            let tag = bot.artifact_id.as_deref()?;
            artifacts.find(tag)?.deployed_at?;
            let tag = DeploymentTag::parse(tag).ok()?;
            let release = Release { tag, image: bot.image.clone() };
            Some(Side { release, image_id: bot.image_id.clone() })
        };
        let mut sides: Vec<Side> =
            bots.iter().filter(|bot| bot.is_running()).filter_map(side).collect();
        sides.sort_by_key(|side| side.release.tag != *named);
        if let Some(side) = sides.into_iter().next() {
            return Ok(Some(side));
        }
        let Some(deployed) = artifacts.deployed() else { return Ok(None) };
        let Some(image_id) = &deployed.docker_image_id else { return Ok(None) };
        let image = self.reference(deployed).await?;
        let release = Release { tag: deployed.artifact_id.clone(), image };
        Ok(Some(Side { release, image_id: image_id.to_string() }))
    }

    /// What an artifact's image is found by now: its name, where that still means it or means nothing, else
    /// its id on this host, else its digest in the registry.
    pub(crate) async fn reference(
        &self,
        artifact: &DeploymentArtifact,
    ) -> Result<String, DockerError> {
        let (docker, uri) = (&self.compose.docker, &artifact.docker_image_uri);
        let Some(id) = artifact.docker_image_id.as_ref().map(ImageDigest::as_str) else {
            return Ok(uri.clone());
        };
        let named = docker.image(uri).await?;
        if named.as_ref().is_some_and(|image| image.id == id) {
            return Ok(uri.clone());
        }
        if docker.image(id).await?.is_some() {
            // A foreign prune takes the names of an image that it has to leave.
            let is_free = named.is_none() && docker.name_image(id, uri).await.is_ok();
            return Ok(if is_free { uri.clone() } else { id.to_owned() });
        }
        let digest = artifact.docker_image_digest.as_str();
        let is_of_registry = digest != id;
        let of_registry = || format!("{}@{digest}", image::repository(uri));
        Ok(if is_of_registry { of_registry() } else { uri.clone() })
    }

    /// `.env.production` as it is now.
    pub(crate) fn text_now(&self) -> Result<String, Fault> {
        text_of(&self.compose).map_err(Fault::Unreadable)
    }

    /// Makes `.env.production` name the release; whatever else somebody has changed in it stays.
    pub(crate) fn name_release(&self, release: &Release) -> Result<(), Fault> {
        let text = self.text_now()?;
        let edited = with_values(&text, &release.values()).map_err(Fault::Unsettable)?;
        if edited == text {
            return Ok(());
        }
        atomic_file::replace(&self.compose.env_file(), edited.as_bytes()).map_err(Fault::Unwritable)
    }

    /// Turns nginx to the container or service of that name; where no nginx runs, there is nothing to turn.
    pub(crate) async fn direct(&self, name: &str) -> Result<(), Fault> {
        let instances = self.instances().await?;
        let mut doors = instances.iter().filter(|one| one.service == NGINX);
        let Some(door) = doors.find(|one| one.is_running()) else { return Ok(()) };
        self.compose.docker.exec(&door.id, &[DIRECT, name]).await.map_err(Fault::Traffic)
    }

    /// The fault, or that it came because somebody said to stop.
    pub(crate) fn or_stopped(&self, fault: Fault) -> Fault {
        if self.compose.docker.is_stopping() { Fault::Stopped } else { fault }
    }
}
