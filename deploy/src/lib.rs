//! `deploy`, on the host: what runs now, and what was deployed. It reads the records of the stack and
//! asks Docker Compose; it changes nothing.

mod cli;
mod compose;
mod history;
mod records;
mod status;
mod table;

use std::error::Error;
use std::io::Write;

use clap::Parser;
use cli::{Cli, Command};
use compose::Compose;
use platform::env::{Env, ProcessEnv};
use platform::exit::ExitCode;
use platform::{runtime, telemetry};
use serde::Serialize;

/// Parses the command line and runs it.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::Usage } else { ExitCode::Good };
            return if error.print().is_ok() { code } else { ExitCode::Fault };
        }
    };
    if let Err(problems) = telemetry::init("deploy", &ProcessEnv) {
        tracing::error!(error = &problems as &dyn Error, "the environment cannot be used");
        return ExitCode::Usage;
    }
    match runtime::run(run(&cli, &ProcessEnv)) {
        Ok(Ok(answer)) => match writeln!(std::io::stdout(), "{answer}") {
            Ok(()) => ExitCode::Good,
            Err(_) => ExitCode::Fault,
        },
        Ok(Err(error)) => {
            tracing::error!(error = error.as_ref(), "nothing to show");
            ExitCode::Usage
        }
        Err(_) => ExitCode::Fault,
    }
}

async fn run(cli: &Cli, env: &impl Env) -> Result<String, Box<dyn Error>> {
    let compose = Compose::new(&cli.dir, env)?;
    let folders = compose.folders().await?;
    let history = records::history(&folders.log)?;
    Ok(match &cli.command {
        Command::Status(output) => {
            let artifacts = records::artifacts(&folders.state)?;
            let services = compose.services().await?;
            status::render(&artifacts, &history, &services, output.format)
        }
        Command::History { limit, output } => history::render(&history, *limit, output.format),
    })
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
