//! preflight: the gate that the stack passes before anything starts.
//!
//! It reads the Deployment Configuration from the environment, reports everything that is wrong with
//! it in one run, and opens the deployment event. It never changes a configuration, and never shows a
//! value of one: a finding is a name and an entry of the [`registry`].

mod cli;
mod config;
pub mod finding;
mod install;
mod probe;
mod record;
pub mod registry;
mod report;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use domain::deployment::DeploymentEvent;
use platform::clock::Clock;
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::http::Url;
use platform::telemetry::{self, LOG_LEVEL};

use cli::{CheckArgs, Command, ProbeArgs};
use config::RecordConfig;
use finding::Checked;
use install::{InstallError, Installed};
use probe::Outcome;

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
        Ok(Command::Check(args)) => check(&args, env, clock, output),
        Ok(Command::Probe(args)) => probe(&args, env, output),
        Ok(Command::Install(args)) => match install(&args.folder) {
            Ok(Installed::Written) => answer(output, ExitCode::Good, "installed"),
            Ok(Installed::Unchanged) => answer(output, ExitCode::Good, "already installed"),
            Err(code) => code,
        },
        Err(code) => code,
    }
}

fn check<W: Write>(
    args: &CheckArgs,
    env: &impl Env,
    clock: &impl Clock,
    output: &mut Output<W>,
) -> ExitCode {
    let checked = finding::check(env);
    let colour = output.is_terminal && config::wants_colour(env);
    if let Err(error) = report::write(&mut output.stream, args.format, &checked.findings, colour) {
        tracing::error!(error = &error as &dyn Error, "the findings can't be shown");
        return ExitCode::Fault;
    }
    if !checked.is_ok() {
        return ExitCode::Bad;
    }
    let installed = args.install.as_deref().map(install);
    if let Some(Err(code)) = installed {
        return code;
    }
    if args.record { record(&checked, env, clock) } else { ExitCode::Good }
}

fn record(checked: &Checked, env: &impl Env, clock: &impl Clock) -> ExitCode {
    let config = match RecordConfig::from_env(env) {
        Ok(config) => config,
        Err(problems) => return unusable(&problems),
    };
    if let Some(event_id) = config.event_id {
        tracing::info!(%event_id, "the caller has opened the deployment event");
        return ExitCode::Good;
    }
    let Some(configuration) = &checked.configuration else {
        tracing::error!("a configuration without errors was not read");
        return ExitCode::Fault;
    };
    match record::record(&config, configuration, &checked.values, clock.now()) {
        Ok(events) if events.is_empty() => {
            tracing::info!("nothing changed, no deployment event is opened");
            ExitCode::Good
        }
        Ok(events) => {
            events.iter().for_each(log_event);
            ExitCode::Good
        }
        Err(error) => {
            let remedy = error.remedy();
            tracing::error!(error = &error as &dyn Error, remedy, "no deployment event recorded");
            error.exit_code()
        }
    }
}

fn log_event(event: &DeploymentEvent) {
    let fields = event.fields();
    tracing::info!(
        event_id = %fields.event_id,
        event_type = ?fields.event_type,
        status = ?fields.status,
        artifact_id = fields.artifact_id,
        "deployment event recorded"
    );
}

fn install(folder: &Path) -> Result<Installed, ExitCode> {
    install::install(folder).map_err(|error| {
        let remedy = match error {
            InstallError::FolderMissing { .. } => platform::folder::to_make(folder),
            _ => platform::folder::to_own(folder),
        };
        tracing::error!(error = &error as &dyn Error, remedy, "the program is not installed");
        match error {
            InstallError::NoSource(_) => ExitCode::Fault,
            InstallError::FolderMissing { .. } | InstallError::Unwritable(_) => ExitCode::Usage,
        }
    })
}

fn probe<W: Write>(args: &ProbeArgs, env: &impl Env, output: &mut Output<W>) -> ExitCode {
    let Ok(url) = args.url.parse::<Url>() else {
        tracing::error!("the URL is not an http:// URL with a host");
        return ExitCode::Usage;
    };
    let folder = match config::probe_state_dir(env) {
        Ok(folder) => folder,
        Err(problems) => return unusable(&problems),
    };
    let outcome = match probe::ask(&url, args.timeout) {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, "the system gives no event loop");
            return ExitCode::Fault;
        }
    };
    let (code, text) = match outcome {
        Outcome::Answered(status) if outcome.passed() => (ExitCode::Good, status.to_string()),
        Outcome::Answered(status) => (ExitCode::Bad, status.to_string()),
        Outcome::Silent(code) => (ExitCode::Bad, code.to_string()),
    };
    let code = answer(output, code, &text);
    if let Some(restart_after) = args.restart_after
        && let Err(error) = probe::count(outcome, restart_after, &folder)
    {
        tracing::error!(error = &error as &dyn Error, "a restart can't be arranged");
    }
    code
}

fn unusable(problems: &Problems) -> ExitCode {
    tracing::error!("{problems}");
    ExitCode::Usage
}

/// Writes a line of result. A result that nobody can read is a fault, unless it was a bad one.
fn answer<W: Write>(output: &mut Output<W>, code: ExitCode, text: &str) -> ExitCode {
    let written = writeln!(output.stream, "{text}").and_then(|()| output.stream.flush());
    if written.is_err() && code == ExitCode::Good { ExitCode::Fault } else { code }
}
