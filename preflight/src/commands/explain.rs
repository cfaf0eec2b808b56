//! `explain`: what a finding means.

use std::io::Write;

use platform::env::Env;
use platform::exit::ExitCode;

use super::answer;
use crate::cli::ExplainArgs;
use crate::{Output, config, reference};

pub(crate) fn explain<W: Write>(
    args: &ExplainArgs,
    env: &impl Env,
    output: &mut Output<W>,
) -> ExitCode {
    let text = match args.code {
        _ if args.markdown => reference::markdown(),
        Some(code) => {
            let colour = output.is_terminal && config::wants_colour(env);
            reference::entry(code.check(), colour)
        }
        None => reference::list(),
    };
    answer(output, ExitCode::Good, text.trim_end_matches('\n'))
}
