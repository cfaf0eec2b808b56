//! `probe`: a health check for an image without a tool that speaks HTTP.

use std::error::Error;
use std::io::Write;

use platform::env::Env;
use platform::exit::ExitCode;
use platform::http::Url;

use super::{answer, unusable};
use crate::Output;
use crate::cli::ProbeArgs;
use crate::config;
use crate::probe::{self, Outcome};

pub(crate) fn probe<W: Write>(
    args: &ProbeArgs,
    env: &impl Env,
    output: &mut Output<W>,
) -> ExitCode {
    let Ok(url) = args.url.parse::<Url>() else {
        tracing::error!("the URL is not an http:// URL with a host");
        return ExitCode::Usage;
    };
    let folder = match config::probe_state_dir(env) {
        Ok(folder) => folder,
        Err(problems) => return unusable(&problems),
    };
    let outcome = match probe::ask(&url, args.timeout) {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, "the system gives no event loop");
            return ExitCode::Fault;
        }
    };
    let (code, text) = match outcome {
        Outcome::Answered(status) if outcome.passed() => (ExitCode::Good, status.to_string()),
        Outcome::Answered(status) => (ExitCode::Bad, status.to_string()),
        Outcome::Silent(code) => (ExitCode::Bad, code.to_string()),
    };
    let code = answer(output, code, &text);
    if let Some(restart_after) = args.restart_after
        && let Err(error) = probe::count(outcome, restart_after, &folder)
    {
        tracing::error!(error = &error as &dyn Error, "a restart can't be arranged");
    }
    code
}
