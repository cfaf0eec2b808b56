//! Why a deployment came to nothing, in fixed words and codes: an event bears them.

use domain::env_file::EditError;
use domain::gate::InstanceFault;
use platform::atomic_file::AtomicFileError;

use crate::books::RecordError;
use crate::docker::DockerError;
use crate::intent::IntentError;

/// Why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("preflight: the configuration is bad: {}", .0.join(" "))]
    Configuration(Vec<String>),
    #[error("preflight: it gave no answer")]
    NoVerdict(#[source] DockerError),
    #[error("configuration: .env.production was changed meanwhile")]
    Edited,
    #[error("configuration: .env.production can't be read")]
    Unreadable(#[source] std::io::Error),
    #[error("configuration: .env.production can't be set")]
    Unsettable(#[source] EditError),
    #[error("configuration: .env.production can't be written")]
    Unwritable(#[source] AtomicFileError),
    #[error("backup: there is no proven backup")]
    NoBackup(#[source] DockerError),
    #[error("backup: the database does not run")]
    NoDatabase,
    #[error("image: it is not on this host and can't be fetched")]
    NoImage,
    #[error("image: it has no digest and no id")]
    NoDigest,
    #[error("image: that of {0} is not on this host and can't be fetched")]
    NoOtherImage(String),
    #[error("way back: the image of the running release is gone")]
    NoWayBack,
    #[error("migration: it failed")]
    Migration(#[source] DockerError),
    #[error("replace: {0}")]
    Replace(DockerError),
    #[error("replace: the new instance can't be started")]
    NotStarted(#[source] DockerError),
    #[error("replace: there is no new instance")]
    NoInstance,
    #[error("traffic: nginx does not turn to another instance")]
    Traffic(#[source] DockerError),
    #[error("gate: the new instance {0}")]
    Gate(InstanceFault),
    #[error("gate: {service} {fault}")]
    Companion { service: String, fault: InstanceFault },
    #[error("gate: the stack is not healthy: {0}")]
    Stack(String),
    #[error("gate: another image runs than was to be deployed")]
    WrongImage,
    #[error("image: its name means another image by now, and the one that was deployed is gone")]
    OtherImage,
    #[error("records: one can't be read or written")]
    Record(#[from] RecordError),
    #[error("records: the note of what is under way can't be kept")]
    Intent(#[from] IntentError),
    #[error("docker: {0}")]
    Docker(DockerError),
    #[error("deploy was told to stop")]
    Stopped,
}

impl From<DockerError> for Fault {
    fn from(error: DockerError) -> Self {
        Self::Docker(error)
    }
}

impl Fault {
    /// Whether somebody has looked at the health of the new release, and found it bad.
    pub(crate) const fn is_of_health(&self) -> bool {
        matches!(self, Self::Gate(_) | Self::Companion { .. } | Self::Stack(_) | Self::WrongImage)
    }

    /// A container of another service has got worse.
    pub(crate) fn of_companion(service: &str, fault: InstanceFault) -> Self {
        Self::Companion { service: service.to_owned(), fault }
    }

    /// What a person can do about it.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::Configuration(_) => {
                "preflight lint .env.production says where, preflight explain CODE what a code means"
            }
            Self::NoVerdict(_) => {
                "docker compose -f docker-compose.prod.yml run --rm --no-deps preflight shows why"
            }
            Self::Edited => "look at what was changed, and run the command again",
            Self::Unreadable(_) | Self::Unwritable(_) => {
                "run it as somebody who may read and write .env.production, root for one; df -h shows a full disk"
            }
            Self::Unsettable(_) => {
                "give DEPLOYMENT_TAG and BOT_IMAGE a line each, that no other line refers to"
            }
            Self::NoBackup(_) => {
                "docker compose -f docker-compose.prod.yml run --rm --no-deps backup-predeploy shows why; nothing was touched"
            }
            Self::NoDatabase => {
                "see docker compose -f docker-compose.prod.yml logs postgres; a first release goes out without a migration"
            }
            Self::NoImage | Self::NoOtherImage(_) | Self::OtherImage => {
                "push the image to a registry that answers, or docker load it here"
            }
            Self::NoDigest => "build the image with an engine that gives it an id of SHA-256",
            Self::NoWayBack => "docker load the image of the running release, or fetch it again",
            Self::Migration(_) => {
                "the old release still runs; what the migration had changed by then stays changed"
            }
            Self::Gate(_) | Self::Companion { .. } | Self::Stack(_) | Self::NoInstance => {
                "deploy history --format json has its last log lines and health checks"
            }
            Self::NotStarted(_) => "deploy history --format json has what the engine says of it",
            Self::WrongImage => {
                "somebody has given the image's name to another image: run it again"
            }
            Self::Traffic(_) => {
                "docker compose -f docker-compose.prod.yml logs nginx shows why; restart nginx brings the default back"
            }
            Self::Record(_) | Self::Intent(_) => {
                "see whether the records' folders belong to 10001 and whether the disk is full"
            }
            Self::Replace(_) | Self::Docker(_) => {
                "see whether the engine answers: docker info, journalctl -u docker"
            }
            Self::Stopped => "run the command again when you want it",
        }
    }
}
