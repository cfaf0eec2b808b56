//! What each command does: its parts, put together, and its exit code.

mod check;
mod exec;
mod explain;
mod install;
mod lint;
mod probe;
mod template;

use std::io::Write;

use platform::env::Problems;
use platform::exit::ExitCode;

use crate::Output;

pub(crate) use check::check;
pub(crate) use exec::exec;
pub(crate) use explain::explain;
pub(crate) use install::install;
pub(crate) use lint::lint;
pub(crate) use probe::probe;
pub(crate) use template::template;

fn unusable(problems: &Problems) -> ExitCode {
    tracing::error!("{problems}");
    ExitCode::Usage
}

/// Writes a line of result. A result that nobody can read is a fault, unless it was a bad one.
fn answer<W: Write>(output: &mut Output<W>, code: ExitCode, text: &str) -> ExitCode {
    let written = writeln!(output.stream, "{text}").and_then(|()| output.stream.flush());
    if written.is_err() && code == ExitCode::Good { ExitCode::Fault } else { code }
}
