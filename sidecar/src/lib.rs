//! sidecar: the truth about the stack, at once.
//!
//! It asks PostgreSQL, Redis and the service in the background ([`prober`]), keeps what it finds in
//! memory ([`board`]), answers from there ([`serve`]), and concludes the deployment events that
//! preflight opened, or a `deploy` that died ([`conclude`]). It starts nothing, stops nothing and repairs nothing.

pub mod board;
mod cli;
mod complaint;
pub mod conclude;
pub mod config;
pub mod instances;
pub mod ledger;
pub mod metrics;
pub mod notifier;
pub mod page;
mod probe;
pub mod prober;
mod project;
pub mod serve;
pub mod view;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use domain::health::Reporter;
use platform::clock::{Clock, SystemClock};
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::shutdown::Shutdown;
use platform::{http, runtime, telemetry};
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval, sleep};

use board::Board;
use cli::Command;
use config::{Config, Trial};
use instances::Instances;
use ledger::Ledger;
use metrics::Metrics;
use view::View;

/// After a signal everything is served for so long, so that whoever balances load sees `/readyz`.
const FAREWELL: Duration = Duration::from_secs(1);

/// How often the board is looked at for a prober that stands still.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// Why the sidecar ended other than by a signal.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The runtime, or its signal handlers, can't be set up.
    #[error("the system refuses a runtime or signal handlers")]
    System(#[source] io::Error),
    /// The address can't be listened on.
    #[error("LISTEN_ADDR can't be listened on")]
    Listen(#[source] io::Error),
    /// Work was still in flight when the grace period ended.
    #[error("work was still in flight when the grace period ended")]
    GracePassed,
}

impl RunError {
    const fn exit_code(&self) -> ExitCode {
        match self {
            Self::System(_) => ExitCode::Fault,
            Self::Listen(_) => ExitCode::Usage,
            Self::GracePassed => ExitCode::Deadline,
        }
    }
}

/// Does what `arguments`, the program's name first, ask for.
pub fn start(
    arguments: impl IntoIterator<Item = OsString>,
    env: &impl Env,
    stdout: &mut impl Write,
) -> ExitCode {
    match cli::parse(arguments).or_answer(stdout) {
        Ok(Command::Serve) => serve_until_told(env),
        Ok(Command::Probe { url }) => ask_once(url.as_deref(), stdout),
        Ok(Command::Notify) => try_channels(env, stdout),
        Err(code) => code,
    }
}

fn serve_until_told(env: &impl Env) -> ExitCode {
    let logs = telemetry::init("sidecar", env).err().map_or_else(Vec::new, |problems| problems.0);
    let config = match Config::from_env(env) {
        Ok(config) if logs.is_empty() => config,
        config => {
            let mut problems = logs;
            problems.extend(config.err().map_or_else(Vec::new, |problems| problems.0));
            problems.dedup();
            tracing::error!(error_code = "configuration_invalid", "{}", Problems(problems));
            return ExitCode::Usage;
        }
    };
    let outcome = runtime::run(async {
        let shutdown = Shutdown::on_signals().map_err(RunError::System)?;
        let listener = http::listen(config.listen).await.map_err(RunError::Listen)?;
        Box::pin(run(config, listener, SystemClock, shutdown)).await
    });
    match outcome.map_err(RunError::System).flatten() {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::Good
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn Error, "the sidecar ends");
            error.exit_code()
        }
    }
}

/// Probes, serves and concludes until `shutdown` is requested, then finishes what is in flight.
///
/// # Errors
/// [`RunError::GracePassed`].
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: impl Clock + 'static,
    shutdown: Shutdown,
) -> Result<(), RunError> {
    let reporter = Reporter {
        service_name: config.service_name.clone(),
        version: config.version,
        started_at: clock.now(),
        stale_after: config.probing.interval * 3 + config.probing.timeout,
        asks_bot: config.probing.bot.is_some(),
    };
    let board = Arc::new(Board::new(reporter, config.probing.interval, clock));
    let view = View {
        board: Arc::clone(&board),
        instances: Arc::new(Instances::default()),
        ledger: Arc::new(Ledger::default()),
        metrics: Arc::new(Metrics::default()),
        backup_max_age: config.backup_max_age,
    };
    tracing::info!(listen = %config.listen, "serving");
    let farewell = FAREWELL.min(config.shutdown_grace / 2);
    let journal = ledger::Journal::in_folder(&config.conclusion.log_dir);
    let bookkeeper = ledger::Watcher::new(
        &config.conclusion,
        journal.clone(),
        Arc::clone(&board),
        Arc::clone(&view.ledger),
    );
    let concluder =
        conclude::Concluder::new(config.conclusion, config.service_name, &board, journal);
    let work = async {
        tokio::join!(
            serve::serve(listener, view.clone(), shutdown.requested(), farewell),
            concluder.run(shutdown.requested()),
            notifier::run(config.notifying, view.clone(), shutdown.requested(), farewell),
        )
    };
    let grace_passed = async {
        shutdown.requested().await;
        sleep(config.shutdown_grace).await;
    };
    tokio::select! {
        _ = work => Ok(()),
        () = grace_passed => Err(RunError::GracePassed),
        never = prober::run(config.probing, view.clone()) => match never {},
        never = instances::watch(config.watching, view.clone()) => match never {},
        never = bookkeeper.run() => match never {},
        never = watch(&board) => match never {},
    }
}

/// Says it when the prober stands still.
async fn watch(board: &Board) -> std::convert::Infallible {
    let mut ticks = interval(WATCH_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        board.announce();
    }
}

fn ask_once(url: Option<&str>, stdout: &mut impl Write) -> ExitCode {
    let Some(urls) = probe::urls(url) else {
        let _ = writeln!(io::stderr(), "sidecar: the URL is not an http:// URL with a host");
        return ExitCode::Usage;
    };
    match probe::ask(&urls) {
        Ok(Ok(response)) => {
            let code = if response.is_success() { ExitCode::Good } else { ExitCode::Bad };
            say(stdout, &probe::words(&response), code)
        }
        Ok(Err(code)) => say(stdout, code.as_str(), ExitCode::Bad),
        Err(_) => say(stdout, "the system gives no event loop", ExitCode::Fault),
    }
}

fn try_channels(env: &impl Env, stdout: &mut impl Write) -> ExitCode {
    let trial = match Trial::from_env(env) {
        Ok(trial) => trial,
        Err(problems) => {
            let _ = writeln!(io::stderr(), "sidecar: {problems}");
            return ExitCode::Usage;
        }
    };
    let Ok(outcomes) = runtime::run(notifier::trial::run(trial, SystemClock)) else {
        return say(stdout, "the system gives no event loop", ExitCode::Fault);
    };
    if outcomes.is_empty() {
        return say(stdout, "no channel is configured: every NOTIFY_… is empty", ExitCode::Bad);
    }
    let all_arrived = outcomes.iter().all(|(_, outcome)| outcome.is_ok());
    let lines = outcomes.into_iter().map(|(name, outcome)| notifier::trial::words(name, outcome));
    let code = if all_arrived { ExitCode::Good } else { ExitCode::Bad };
    say(stdout, &lines.collect::<Vec<_>>().join("\n"), code)
}

/// Writes a line of result. A result that nobody can read is a fault, unless it was a bad one.
fn say(stdout: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    if written.is_err() && code == ExitCode::Good { ExitCode::Fault } else { code }
}
