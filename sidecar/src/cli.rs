//! The command line.

use std::ffi::OsString;

use clap::{Parser, Subcommand};
use platform::cli::{self, Request};
use platform::env;

use crate::config::variables::VARIABLES;

/// Tells the truth about the health of the stack.
#[derive(Debug, Parser)]
#[command(name = "sidecar", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Watch the stack, serve /health, /livez, /readyz, /services, /history, /deployments, /backups,
    /// /metrics, /openapi.json and the status page at /, and conclude deployments (the default
    /// command)
    Serve,
    /// Ask a URL once: exit 0 when the answer is 2xx, 1 when it is anything else or none. This
    /// container's own health check
    Probe {
        /// The http:// URL to ask; without it this container's own /health, by IPv4, then by IPv6
        url: Option<String>,
    },
    /// Send a test message through every channel that is configured: exit 0 when all of them took it,
    /// 1 otherwise
    Notify,
}

/// Reads the command line, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Request<Command> {
    cli::parse::<Cli>(arguments, &env::help(VARIABLES))
        .map(|cli| cli.command.unwrap_or(Command::Serve))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Request<Command> {
        parse(std::iter::once("sidecar").chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn no_command_is_serve() {
        assert_eq!(parsed(""), Request::Do(Command::Serve));
        assert_eq!(parsed("serve"), parsed(""));
        assert_eq!(parsed("probe"), Request::Do(Command::Probe { url: None }));
    }

    #[test]
    fn an_error_never_repeats_what_was_typed() {
        for line in ["hunter2", "--hunter2", "serve hunter2", "probe hunter2 hunter2"] {
            let Request::Wrong(text) = parsed(line) else { panic!("{line}") };
            assert!(!text.contains("hunter2"));
        }
    }

    #[test]
    fn the_help_explains_every_command_and_variable() {
        let Request::Show(help) = parsed("--help") else { panic!("no help") };
        for word in
            VARIABLES.iter().map(|variable| variable.name).chain(["serve", "probe", "notify"])
        {
            assert!(help.contains(word), "{word}: {help}");
        }
        let Request::Show(version) = parsed("--version") else { panic!("no version") };
        assert_eq!(version, concat!("sidecar ", env!("CARGO_PKG_VERSION"), "\n"));
        let Request::Show(help) = parsed("probe --help") else { panic!("no help") };
        assert!(help.contains("by IPv4, then by IPv6"), "{help}");
    }
}
