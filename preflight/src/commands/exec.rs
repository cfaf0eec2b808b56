//! `exec`: the gate that no restart goes around.

use std::io::Write;

use platform::env::Env;
use platform::exit::ExitCode;

use crate::Output;
use crate::cli::ExecArgs;

pub(crate) fn exec<W: Write>(args: &ExecArgs, env: &impl Env, output: &mut Output<W>) -> ExitCode {
    let _ = (args, env, &output.is_terminal);
    ExitCode::Fault
}
