//! `deploy`, on the host: what runs now, and what was deployed. It reads the records of the stack and
//! asks Docker Compose; it changes nothing.

mod cli;
mod compose;
mod history;
mod records;
mod status;
mod table;
mod variables;

use std::error::Error;
use std::ffi::OsString;
use std::io;

use cli::{Cli, Command};
use compose::{Compose, ComposeError};
use platform::env::Env;
use platform::exit::ExitCode;
use platform::{runtime, telemetry};
use records::RecordError;
use serde::Serialize;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("the system refuses an event loop or the answer")]
    System(#[from] io::Error),
}

impl Failure {
    const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Compose(error) => error.exit_code(),
            Self::Record(error) => error.exit_code(),
            Self::System(_) => ExitCode::Fault,
        }
    }
}

/// Does what `arguments`, the program's name first, ask for.
#[must_use]
pub fn start(arguments: impl IntoIterator<Item = OsString>, env: &impl Env) -> ExitCode {
    let stdout = &mut io::stdout();
    let cli = match cli::parse(arguments).or_answer(stdout) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if let Err(problems) = telemetry::init("deploy", env) {
        tracing::error!(error = &problems as &dyn Error, "the environment cannot be used");
        return ExitCode::Usage;
    }
    let answer = runtime::run(run(&cli, env)).map_err(Failure::System).flatten();
    match answer.and_then(|text| Ok(platform::cli::print(stdout, &format!("{text}\n"))?)) {
        Ok(()) => ExitCode::Good,
        Err(failure) => {
            tracing::error!(error = &failure as &dyn Error, "nothing to show");
            failure.exit_code()
        }
    }
}

async fn run(cli: &Cli, env: &impl Env) -> Result<String, Failure> {
    let compose = Compose::new(&cli.dir, env)?;
    let folders = compose.folders().await?;
    let most = match &cli.command {
        Command::Status(_) => 1,
        Command::History { limit, .. } => *limit,
    };
    let history = records::newest(&folders.log, most)?;
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
