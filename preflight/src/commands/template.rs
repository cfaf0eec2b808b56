//! `template`: `.env.production.template`, from the same rules.

use std::io::Write;

use platform::exit::ExitCode;

use crate::Output;

pub(crate) fn template<W: Write>(output: &mut Output<W>) -> ExitCode {
    let _ = &output.is_terminal;
    ExitCode::Fault
}
