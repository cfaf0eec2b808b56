//! The example app: takes Telegram's updates, stores each once in PostgreSQL, counts them in
//! Redis.
//!
//! It is what the demo and the stack tests keep upright, so it behaves as an app should: its
//! health answers for itself and not for its dependencies, it comes back to them after they went
//! away, and it stops cleanly. And, told by variable, it misbehaves, see [`faults`].

pub mod config;
pub mod faults;
pub mod ledger;
mod routes;
mod server;

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use platform::env::{self, Env};
use platform::exit::ExitCode;
use platform::shutdown::Shutdown;
use platform::telemetry;
use tokio::net::TcpListener;
use tokio::time::sleep;

pub use config::Config;
use routes::Bot;

/// The first pause between two attempts to prepare the table; it doubles up to [`LAST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// Why the bot ended other than by a signal.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The runtime, or its signal handlers, can't be set up.
    #[error("the system refuses a runtime or signal handlers")]
    System(#[source] io::Error),
    /// The address can't be listened on.
    #[error("LISTEN_ADDR can't be listened on")]
    Listen(#[source] io::Error),
    /// `BOT_CRASH_AFTER_SECONDS` have passed.
    #[error("crashing, as BOT_CRASH_AFTER_SECONDS says")]
    Crash,
    /// Requests were still in flight when the grace period ended.
    #[error("requests were still in flight when the grace period ended")]
    GracePassed,
}

/// The whole program: configuration, logs, runtime, exit code.
pub fn start(mut arguments: impl Iterator<Item = String>, environment: &impl Env) -> ExitCode {
    match arguments.next().as_deref() {
        None => {}
        Some("--version") => {
            println!("bot {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::Good;
        }
        Some("--help") => {
            println!("Usage: bot\n\n{}", env::help(config::VARIABLES));
            return ExitCode::Good;
        }
        Some(_) => {
            println!("bot takes no arguments but --help and --version");
            return ExitCode::Usage;
        }
    }
    let logs = telemetry::init("bot", environment);
    let config = Config::read(environment);
    for problems in [logs.as_ref().err(), config.as_ref().err()].into_iter().flatten() {
        tracing::error!(error_code = "configuration_invalid", "{problems}");
    }
    let (Ok(()), Ok(config)) = (logs, config) else { return ExitCode::Usage };
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunError::System)
        .and_then(|runtime| {
            runtime.block_on(async {
                let shutdown = Shutdown::on_signals().map_err(RunError::System)?;
                run(config, shutdown.requested()).await
            })
        });
    let Err(error) = outcome else { return ExitCode::Good };
    tracing::error!(error = &error as &dyn Error, "the bot ends");
    match error {
        RunError::GracePassed => ExitCode::Deadline,
        RunError::Listen(_) => ExitCode::Usage,
        RunError::System(_) | RunError::Crash => ExitCode::Fault,
    }
}

/// Serves until `stop` is ready, then finishes what is in flight.
///
/// # Errors
/// Each [`RunError`] is documented at its variant.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> Result<(), RunError> {
    #[expect(clippy::disallowed_methods, reason = "the app that we stand in for is not ours")]
    let listener = TcpListener::bind(config.listen).await.map_err(RunError::Listen)?;
    let (faults, grace) = (config.faults.clone(), config.shutdown_grace);
    let bot = Arc::new(Bot::new(config));
    let prepared = tokio::spawn(prepare(Arc::clone(&bot), faults.start_delay));
    let outcome = tokio::select! {
        outcome = server::serve(listener, Arc::clone(&bot), stop, grace) => outcome,
        never = faults::wedge_after(faults.wedge_after) => match never {},
        () = faults::crash_after(faults.crash_after) => Err(RunError::Crash),
    };
    prepared.abort();
    tracing::info!("stopped");
    outcome
}

/// Makes the table, however long PostgreSQL takes to come up, and calls the bot started.
async fn prepare(bot: Arc<Bot>, delay: Duration) {
    sleep(delay).await;
    let mut pause = FIRST_PAUSE;
    while let Err(error) = bot.prepare().await {
        tracing::warn!(error_code = error.code(), "PostgreSQL is not ready: trying again");
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
    tracing::info!("started");
}

/// The answer of something that never answers.
type Never = Infallible;
