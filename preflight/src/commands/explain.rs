//! `explain`: what a finding means.

use std::io::Write;

use platform::exit::ExitCode;

use crate::Output;
use crate::cli::ExplainArgs;

pub(crate) fn explain<W: Write>(args: &ExplainArgs, output: &mut Output<W>) -> ExitCode {
    let _ = (args, &output.is_terminal);
    ExitCode::Fault
}
