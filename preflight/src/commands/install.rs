//! `install`: the program, copied into a volume that other containers share.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use platform::exit::ExitCode;

use super::answer;
use crate::Output;
use crate::install::{self, InstallError, Installed};

pub(crate) fn install<W: Write>(folder: &Path, output: &mut Output<W>) -> ExitCode {
    match copy(folder) {
        Ok(Installed::Written) => answer(output, ExitCode::Good, "installed"),
        Ok(Installed::Unchanged) => answer(output, ExitCode::Good, "already installed"),
        Err(code) => code,
    }
}

pub(super) fn copy(folder: &Path) -> Result<Installed, ExitCode> {
    install::install(folder).map_err(|error| {
        let remedy = match error {
            InstallError::FolderMissing { .. } => platform::folder::to_make(folder),
            _ => platform::folder::to_own(folder),
        };
        tracing::error!(error = &error as &dyn Error, remedy, "the program is not installed");
        match error {
            InstallError::NoSource(_) => ExitCode::Fault,
            InstallError::FolderMissing { .. } | InstallError::Unwritable(_) => ExitCode::Usage,
        }
    })
}
