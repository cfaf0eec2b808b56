//! Each command from its configuration to its exit code.

mod fetch;
mod prune;
mod rebuild;
mod restore;
mod verify;

use std::io;

use domain::backup::{BackupRecord, BackupType};
use domain::reuse::Reuse;
use platform::clock::{Clock, SystemClock};
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::runtime;
use platform::shutdown::Shutdown;

use crate::cli::{Command, Format};
use crate::code::Code;
use crate::config::{Config, FolderConfig};
use crate::failure::Failure;
use crate::run::Order;
use crate::store::Store;
use crate::{healthy, list, offsite, run, schedule};

/// Does what `command` says. `logs` is what was wrong with the variables of the logs.
#[must_use]
pub fn carry_out(
    command: &Command,
    environment: &impl Env,
    logs: Result<(), Problems>,
) -> ExitCode {
    let clock = &SystemClock;
    let outcome = match command {
        Command::Run { backup_type } => make((*backup_type).into(), environment, logs, clock),
        Command::Schedule => serve(environment, logs, clock),
        Command::List { format } => list(*format, environment, logs, clock),
        Command::Prune { dry_run } => prune::prune(*dry_run, environment, logs, clock),
        Command::Fetch { backup } => fetch::fetch(backup, environment, logs, clock),
        Command::RebuildIndex { dry_run, offsite, format } => {
            let how = rebuild::How { dry_run: *dry_run, offsite: *offsite };
            rebuild::rebuild(how, *format, environment, logs, clock)
        }
        Command::Restore(asked) => restore::restore(asked, environment, logs, clock),
        Command::Verify(asked) => verify::verify(asked, environment, logs, clock),
        Command::Healthy => healthy(environment, logs, clock),
    };
    outcome.unwrap_or_else(|error| error.tell())
}

/// Why a command did not do what it was asked.
enum Error {
    Configuration(Problems),
    Failure(Failure),
    System(io::Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Error {
    fn tell(&self) -> ExitCode {
        match self {
            Self::Configuration(problems) => {
                for problem in &problems.0 {
                    tracing::error!(error_code = Code::CONFIGURATION_INVALID.as_str(), "{problem}");
                }
                ExitCode::Usage
            }
            Self::Failure(failure) => {
                failure.log("not done");
                failure.exit_code()
            }
            Self::System(error) => {
                let error = error as &dyn std::error::Error;
                tracing::error!(
                    error_code = Code::SYSTEM_FAILED.as_str(),
                    error,
                    "the system refused"
                );
                ExitCode::Fault
            }
        }
    }
}

/// What was read, or every mistake in it and in the variables of the logs.
fn read<T>(logs: Result<(), Problems>, config: Result<T, Problems>) -> Result<T, Error> {
    match (logs, config) {
        (Ok(()), Ok(config)) => Ok(config),
        (logs, config) => {
            let problems = [logs.err(), config.err()].into_iter().flatten();
            Err(Error::Configuration(Problems(problems.flat_map(|problems| problems.0).collect())))
        }
    }
}

fn make(
    backup_type: BackupType,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, Config::read(environment))?;
    let reuse = match backup_type {
        BackupType::PreDeployment => {
            Reuse::SameDeployment { artifact_id: config.artifact_id.clone(), within: config.reuse }
        }
        BackupType::Scheduled | BackupType::Manual => Reuse::Never,
    };
    let order = Order { backup_type, reuse };
    let (record, copied) = runtime::run(async {
        let shutdown = Shutdown::on_signals()?;
        let record = run::run(&config, &order, clock, &shutdown).await?;
        Ok::<_, Error>(match copy(&config, &record, clock, &shutdown).await {
            Some(Ok(copied)) => (copied, Ok(())),
            Some(Err(failure)) => (record, Err(failure)),
            None => (record, Ok(())),
        })
    })??;
    print(&(serde_json::to_string_pretty(&record).map_err(io::Error::from)? + "\n"))?;
    copied?;
    Ok(if record.is_good() { ExitCode::Good } else { ExitCode::Bad })
}

/// Copies a backup that was just made; `None` where that is not for this run to do. The gate of a
/// deployment does not wait for the bucket: `schedule` copies its backup.
async fn copy(
    config: &Config,
    record: &BackupRecord,
    clock: &dyn Clock,
    shutdown: &Shutdown,
) -> Option<Result<BackupRecord, Failure>> {
    let offsite = config.offsite.as_ref()?;
    let is_wanted = record.is_good() && record.backup_type != BackupType::PreDeployment;
    let store = Store::new(&config.folder);
    if is_wanted {
        Some(offsite::copy(offsite, &store, record, clock, shutdown).await)
    } else {
        None
    }
}

fn serve(
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, Config::read(environment))?;
    runtime::run(async {
        let shutdown = Shutdown::on_signals()?;
        schedule::serve(&config, clock, &shutdown).await;
        Ok(ExitCode::Good)
    })?
}

fn list(
    format: Format,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, FolderConfig::read(environment))?;
    let store = Store::new(&config.folder);
    let records = store.records()?;
    print(&match format {
        Format::Table => list::table(&records, &store, clock.now()),
        Format::Json => list::json(&records).map_err(io::Error::from)?,
    })?;
    Ok(ExitCode::Good)
}

fn healthy(
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, FolderConfig::read(environment))?;
    let health = healthy::look(&config, clock.now());
    print(&(serde_json::to_string(&health).map_err(io::Error::from)? + "\n"))?;
    Ok(if health.healthy { ExitCode::Good } else { ExitCode::Bad })
}

fn print(text: &str) -> io::Result<()> {
    platform::cli::print(&mut io::stdout(), text)
}
