//! preflight: the gate that the stack passes before anything starts.
//!
//! It reads the Deployment Configuration from the environment, reports everything that is wrong with
//! it in one run, and opens the deployment event. It never changes a configuration, and never shows a
//! value of one: a finding is a name and an entry of the [`registry`].

mod cli;
mod commands;
mod config;
pub mod examine;
pub mod finding;
mod install;
mod live;
mod probe;
mod record;
pub mod reference;
pub mod registry;
pub mod report;
pub mod variables;

use std::ffi::OsString;
use std::io::Write;

use platform::clock::Clock;
use platform::env::Env;
use platform::exit::ExitCode;
use platform::telemetry::{self, LOG_LEVEL};

use cli::Command;

/// Where results go.
#[derive(Debug)]
pub struct Output<W> {
    /// stdout, or what stands in for it.
    pub stream: W,
    /// Whether a person looks at it, who may like colour.
    pub is_terminal: bool,
}

/// Does what `arguments`, the program's name first, ask for.
pub fn run<W: Write>(
    arguments: impl IntoIterator<Item = OsString>,
    env: &impl Env,
    clock: &impl Clock,
    output: &mut Output<W>,
) -> ExitCode {
    if let Err(problems) = telemetry::init("preflight", env) {
        // LOG_LEVEL is a checked variable too: `check` says what is wrong with it, and in the image of
        // somebody else, where `probe` runs, it may be written as that program wants it.
        for problem in problems.0.iter().filter(|problem| problem.name != LOG_LEVEL.name) {
            tracing::warn!("{problem}");
        }
    }
    match cli::parse(arguments).or_answer(&mut output.stream) {
        Ok(Command::Check(args)) => commands::check(&args, env, clock, output),
        Ok(Command::Lint(args)) => commands::lint(&args, env, output),
        Ok(Command::Explain(args)) => commands::explain(&args, env, output),
        Ok(Command::Template) => commands::template(output),
        Ok(Command::Exec(args)) => commands::exec(&args, env),
        Ok(Command::Probe(args)) => commands::probe(&args, env, output),
        Ok(Command::Install(args)) => commands::install(&args.folder, output),
        Err(code) => code,
    }
}
