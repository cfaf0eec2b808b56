//! `exec`: the gate that no restart goes around.

use std::error::Error;
use std::io::{self, IsTerminal};

use platform::child;
use platform::env::Env;
use platform::exit::ExitCode;

use super::{report_of, show, warn_of_refused};
use crate::cli::ExecArgs;
use crate::report::{Format, Subject};
use crate::{Output, examine};

/// Becomes the command where the configuration is good; it returns only where that was not to be.
/// Stdout is the command's, so what there is to say goes to stderr.
pub(crate) fn exec(args: &ExecArgs, env: &impl Env) -> ExitCode {
    let checked = examine::environment(env, &args.ignore);
    if checked.findings.is_empty() {
        warn_of_refused(&checked);
    } else {
        let stream = io::stderr();
        let mut output = Output { is_terminal: stream.is_terminal(), stream };
        // A stderr that nobody reads makes no bad configuration good, and no good one bad.
        let _ = show(
            &checked,
            &report_of(&checked, Subject::Environment),
            Format::Human,
            env,
            &mut output,
        );
    }
    if !checked.is_ok() {
        return ExitCode::Bad;
    }
    // The values end here: what becomes the command has them from its environment alone.
    drop(checked);
    match child::exec(&args.command) {
        Ok(never) => match never {},
        Err(error) => {
            let remedy = "name a program of this image behind `--`, with its arguments";
            tracing::error!(error = &error as &dyn Error, remedy, "the command is not started");
            ExitCode::Usage
        }
    }
}
