//! Why a command has no good answer.

use std::error::Error;
use std::io;

use domain::image::NoImage;
use platform::exit::ExitCode;
use platform::lock::LockError;

use crate::books::RecordError;
use crate::docker::{DockerError, NoStack};
use crate::fault::Fault;
use crate::intent::IntentError;
use crate::plan::NoTarget;
use crate::site::NoSite;

/// Why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    NoStack(#[from] NoStack),
    #[error("the stack can't be asked")]
    Docker(#[from] DockerError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Site(#[from] NoSite),
    #[error("another deploy is at work")]
    Lock(#[from] LockError),
    #[error("deploy was told to stop")]
    Stopped,
    #[error(transparent)]
    NoImage(#[from] NoImage),
    #[error(transparent)]
    NoTarget(#[from] NoTarget),
    #[error("what a deploy left or needs can't be brought in order")]
    Fault(#[from] Fault),
    /// An event was opened and could not be ended.
    #[error("a deployment has come to no end")]
    Unsettled(#[source] Fault),
    /// The deployment came to nothing, and everything has been told.
    #[error("the release was not deployed")]
    Told,
    #[error("the system refuses an event loop or the answer")]
    System(#[from] io::Error),
}

impl Failure {
    pub(crate) const fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoStack(_)
            | Self::Site(NoSite::Unreadable(_) | NoSite::Settings(_))
            | Self::NoImage(_)
            | Self::Fault(Fault::Intent(IntentError::Unusable { .. }))
            | Self::Unsettled(Fault::Intent(IntentError::Unusable { .. }))
            | Self::Lock(LockError::Unusable { .. }) => ExitCode::Usage,
            Self::Docker(error)
            | Self::Fault(Fault::Docker(error))
            | Self::Unsettled(Fault::Docker(error)) => error.exit_code(),
            Self::Record(error)
            | Self::Site(NoSite::Record(error))
            | Self::Fault(Fault::Record(error))
            | Self::Unsettled(Fault::Record(error)) => error.exit_code(),
            Self::Lock(LockError::Held { .. }) => ExitCode::Locked,
            Self::NoTarget(_)
            | Self::Fault(_)
            | Self::Unsettled(_)
            | Self::Stopped
            | Self::Told => ExitCode::Bad,
            Self::System(_) => ExitCode::Fault,
        }
    }

    /// Tells it, unless that was done.
    pub(crate) fn tell(&self) {
        let error = self as &dyn Error;
        match self {
            Self::Told => {}
            Self::Fault(fault) => {
                let remedy = fault.remedy();
                tracing::error!(error, remedy, "nothing was done");
            }
            Self::Unsettled(fault) => {
                let remedy = fault.remedy();
                tracing::error!(
                    error,
                    remedy,
                    "once that is mended, the next deploy up, rollback or prune settles it"
                );
            }
            _ => tracing::error!(error, "nothing was done"),
        }
    }
}
