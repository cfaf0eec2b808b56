//! `deploy`, on the host: a release goes out behind a health gate, or comes back by itself; every deployment
//! leaves a true record.

mod artifacts;
mod books;
mod cli;
mod command;
mod docker;
mod fault;
mod history;
mod intent;
mod keep;
mod plan;
mod progress;
mod rollout;
mod settings;
mod site;
mod status;
mod table;
mod variables;

use std::error::Error;
use std::ffi::OsString;
use std::io;

use cli::{Cli, Command};
use command::Failure;
use docker::{Compose, Docker};
use platform::env::Env;
use platform::exit::ExitCode;
use platform::shutdown::Shutdown;
use platform::{runtime, telemetry};

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
            failure.tell();
            failure.exit_code()
        }
    }
}

async fn run(cli: &Cli, env: &impl Env) -> Result<String, Failure> {
    if let Command::Completions { shell } = &cli.command {
        return Ok(cli::completions(*shell));
    }
    let compose = Compose::new(&cli.dir, Docker::new(env, Shutdown::on_signals()?))?;
    match &cli.command {
        Command::Up(args) => command::up(compose, args, env).await,
        Command::Rollback(args) => command::rollback(compose, args, env).await,
        Command::Prune { dry_run, by } => command::prune(compose, *dry_run, by, env).await,
        Command::Status(output) => command::status(&compose, output.format).await,
        Command::History { limit, output } => {
            command::history(&compose, *limit, output.format).await
        }
        Command::Artifacts(output) => command::artifacts(&compose, output.format).await,
        Command::Completions { shell } => Ok(cli::completions(*shell)),
    }
}
