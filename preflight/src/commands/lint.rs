//! `lint`: a file, before Compose reads it.

use std::error::Error;
use std::io::{ErrorKind, Write};

use platform::env::Env;
use platform::env_file;
use platform::exit::ExitCode;

use super::{conclude, report_of, show};
use crate::cli::LintArgs;
use crate::report::Subject;
use crate::{Output, examine};

pub(crate) fn lint<W: Write>(args: &LintArgs, env: &impl Env, output: &mut Output<W>) -> ExitCode {
    let raw = match env_file::read_file_or_pipe(&args.file) {
        Ok(raw) => raw,
        Err(error) => {
            let remedy = match error.kind() {
                ErrorKind::NotFound => "name a file that exists, such as .env.production",
                ErrorKind::IsADirectory => "name the file in it, such as .env.production",
                _ => "run it as somebody who may read the file",
            };
            let error = &error as &dyn Error;
            tracing::error!(error, remedy, "the file can't be read");
            return ExitCode::Usage;
        }
    };
    // The shell that runs us stands for the one that runs Compose.
    let shell = |name: &str| env.get(name).ok().flatten();
    let checked = examine::file(&raw, &shell, &args.ignore);
    let report = report_of(&checked, Subject::File(&args.file));
    let shown = show(&checked, &report, args.format, env, output);
    conclude(&checked, shown)
}
