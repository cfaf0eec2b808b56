//! `lint`: a file, before Compose reads it.

use std::io::Write;

use platform::env::Env;
use platform::exit::ExitCode;

use crate::Output;
use crate::cli::LintArgs;

pub(crate) fn lint<W: Write>(args: &LintArgs, env: &impl Env, output: &mut Output<W>) -> ExitCode {
    let _ = (args, env, &output.is_terminal);
    ExitCode::Fault
}
