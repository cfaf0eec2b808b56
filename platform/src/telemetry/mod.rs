//! Logs on stderr: one JSON object a line, or text for people.
//!
//! A line has the keys `timestamp` (RFC 3339, `Z`), `level` (the data model's names), `target`,
//! `service_name` and `message`, and the event's fields beside them. A reader of stderr that is
//! slow or gone never stops the program, and a panic is logged by its location alone.

mod format;
mod level;
mod panic;
mod sink;

use std::io::{self, IsTerminal};

use domain::configuration::LogLevel;

use crate::env::parse::{self, Expected};
use crate::env::{self, Env, Fields, Problems, Variable};
use format::Lines;
pub use format::chain;
use panic::install_panic_hook;
use sink::Stderr;

/// How much is logged.
pub const LOG_LEVEL: Variable =
    Variable::plain("LOG_LEVEL", "How much is logged: DEBUG, INFO, WARNING or ERROR.")
        .with_default("INFO");

/// How a log line looks.
pub const LOG_FORMAT: Variable = Variable::plain(
    "LOG_FORMAT",
    "How a log line looks: json or text. Without it, text on a terminal and json elsewhere.",
);

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Text,
}

impl Format {
    /// Text on a terminal, JSON elsewhere.
    fn of_stderr() -> Self {
        if io::stderr().is_terminal() { Self::Text } else { Self::Json }
    }
}

/// Starts the logs of `service_name` as [`LOG_LEVEL`] and [`LOG_FORMAT`] say, and installs the
/// panic hook. What they say wrongly is answered, and the default taken: there are logs in any
/// case. A second call changes nothing.
///
/// # Errors
/// What is wrong with the two variables.
pub fn init(service_name: &'static str, env: &impl Env) -> Result<(), Problems> {
    let resolved = env::resolve(&[LOG_LEVEL, LOG_FORMAT], env);
    let raw = |name| resolved.get(name).map(str::to_owned);
    let (level, format) = (raw(LOG_LEVEL.name), raw(LOG_FORMAT.name));
    let mut fields = Fields::new(resolved);
    let level = fields.required(&LOG_LEVEL, level, |text| {
        LogLevel::parse(text).map_err(|_| Expected::new("one of DEBUG, INFO, WARNING, ERROR"))
    });
    let formats = [("json", Format::Json), ("text", Format::Text)];
    let format = fields.optional(&LOG_FORMAT, format, parse::one_of(&formats)).flatten();
    let format = format.unwrap_or_else(Format::of_stderr);
    start(Lines { format, service_name }, level.unwrap_or(LogLevel::Info));
    fields.finish(|| Some(()))
}

fn start(lines: Lines, level: LogLevel) {
    // An error means that the logs have been started already, as happens in tests.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level::filter(level))
        .log_internal_errors(false)
        .with_writer(move || Stderr(move |count| lines.lost(count)))
        .event_format(lines)
        .try_init();
    install_panic_hook();
}
