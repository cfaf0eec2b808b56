//! Becoming another program.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Why this process did not become the command.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// There is no command.
    #[error("there is no command to become")]
    Empty,
    /// There is no such program.
    #[error("there is no program {program}")]
    NotFound {
        /// The program's name.
        program: String,
    },
    /// The program can't be started.
    #[error("{program} can't be started")]
    NotStarted {
        /// The program's name.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Becomes `command`, whose first part is the program, with the environment, the process number
/// and the open standard streams of this process. It returns only when that fails; a write to a
/// closed pipe then ends this process (SIGPIPE has its default action again), so say what is wrong
/// and exit.
///
/// # Errors
/// [`ExecError`].
pub fn exec(command: &[OsString]) -> Result<Infallible, ExecError> {
    let (program, arguments) = command.split_first().ok_or(ExecError::Empty)?;
    let source = Command::new(program).args(arguments).exec();
    let program = program.to_string_lossy().into_owned();
    Err(match source.kind() {
        io::ErrorKind::NotFound => ExecError::NotFound { program },
        _ => ExecError::NotStarted { program, source },
    })
}
