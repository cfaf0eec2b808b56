//! What each command does: its parts, put together, and its exit code.

mod check;
mod exec;
mod explain;
mod install;
mod lint;
mod probe;
mod template;

use std::error::Error;
use std::io::Write;

use platform::env::{Env, Problems};
use platform::exit::ExitCode;

use crate::examine::Checked;
use crate::report::{self, Format, Report, Subject};
use crate::{Output, config};

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

/// What was found, to be shown.
fn report_of<'a>(checked: &'a Checked, subject: Subject<'a>) -> Report<'a> {
    Report { findings: &checked.findings, subject, fingerprint: None }
}

/// Writes the findings to stdout, and to the log what could not be ignored.
///
/// # Errors
/// The exit code where they can't be written.
fn show<W: Write>(
    checked: &Checked,
    report: &Report<'_>,
    format: Format,
    env: &impl Env,
    output: &mut Output<W>,
) -> Result<(), ExitCode> {
    warn_of_refused(checked);
    let colour = output.is_terminal && config::wants_colour(env);
    report::write(&mut output.stream, format, report, colour).map_err(|error| {
        tracing::error!(error = &error as &dyn Error, "the findings can't be shown");
        ExitCode::Fault
    })
}

/// The exit code of what was found, and of whether it could be shown: what is bad stays bad.
fn conclude(checked: &Checked, shown: Result<(), ExitCode>) -> ExitCode {
    if checked.is_ok() { shown.err().unwrap_or(ExitCode::Good) } else { ExitCode::Bad }
}

/// Says which checks hold although it was asked to ignore them.
fn warn_of_refused(checked: &Checked) {
    let codes: Vec<&str> = checked.refused.iter().map(|code| code.0).collect();
    if !codes.is_empty() {
        let codes = codes.join(" ");
        tracing::warn!(codes, "here these can't be ignored, so they are not");
    }
}

/// Writes a line of result. A result that nobody can read is a fault, unless it was a bad one.
fn answer<W: Write>(output: &mut Output<W>, code: ExitCode, text: &str) -> ExitCode {
    let written = writeln!(output.stream, "{text}").and_then(|()| output.stream.flush());
    if written.is_err() && code == ExitCode::Good { ExitCode::Fault } else { code }
}
