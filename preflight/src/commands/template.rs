//! `template`: `.env.production.template`, from the same rules.

use std::io::Write;

use platform::exit::ExitCode;

use super::answer;
use crate::Output;
use crate::variables;

pub(crate) fn template<W: Write>(output: &mut Output<W>) -> ExitCode {
    answer(output, ExitCode::Good, variables::template().trim_end())
}
