//! Becoming another program.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Why this process did not become the command. What the command is does not stand in it: somebody
/// may have put a secret there.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// There is no command.
    #[error("there is no command to become")]
    Empty,
    /// There is no such program.
    #[error("there is no such program")]
    NotFound,
    /// The program can't be started.
    #[error("the program can't be started")]
    NotStarted(#[source] io::Error),
}

/// Becomes `command`, whose first part is a path or is looked for in `PATH`: the same process number,
/// environment, folder and open streams, and no file that this process had opened for itself.
///
/// The runtime has this process ignore SIGPIPE. The command gets its default action back, as every
/// program expects. So, should this return, a write to a closed pipe ends the process: say what is
/// wrong, and exit.
///
/// # Errors
/// [`ExecError`]; it never returns otherwise.
pub fn exec(command: &[OsString]) -> Result<Infallible, ExecError> {
    let (program, arguments) = command.split_first().ok_or(ExecError::Empty)?;
    let source = Command::new(program).args(arguments).exec();
    Err(match source.kind() {
        io::ErrorKind::NotFound => ExecError::NotFound,
        _ => ExecError::NotStarted(source),
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    fn error_of(command: &[&str]) -> ExecError {
        let command: Vec<_> = command.iter().map(OsString::from).collect();
        match exec(&command) {
            Err(error) => error,
            Ok(never) => match never {},
        }
    }

    #[test]
    fn what_can_not_be_started_is_told_without_its_name() {
        assert!(matches!(error_of(&[]), ExecError::Empty));
        for command in [["/nowhere/hunter2", "hunter2"], ["hunter2", ""], ["", "hunter2"]] {
            let error = error_of(&command);
            assert!(matches!(error, ExecError::NotFound), "{error:?}");
            assert!(!format!("{error:?} {error}").contains("hunter2"));
        }
        let folder = error_of(&["/"]);
        assert!(matches!(folder, ExecError::NotStarted(_)) && folder.source().is_some());
    }
}
