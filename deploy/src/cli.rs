//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::cli::{self, Request};
use platform::env;

use crate::variables;

/// What runs on this host, and what was deployed.
#[derive(Debug, Parser)]
#[command(name = "deploy", version)]
pub(crate) struct Cli {
    /// The compose folder, which holds docker-compose.prod.yml.
    #[arg(long, global = true, default_value = ".")]
    pub(crate) dir: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What runs now: the deployed artifact, the newest event, every service.
    Status(Output),
    /// Deployment Events, newest first.
    History {
        /// How many events at the most.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Output {
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

/// Reads the command line, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Request<Cli> {
    cli::parse(arguments, &env::help(&variables::all()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Request<Cli> {
        parse(std::iter::once("deploy").chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn an_error_never_repeats_what_was_typed() {
        for line in [
            "hunter2",
            "--dir",
            "--dir hunter2",
            "--dir hunter2 hunter2",
            "status hunter2",
            "status --format hunter2",
            "history --limit hunter2",
            "history --hunter2",
        ] {
            let Request::Wrong(text) = parsed(line) else { panic!("{line}") };
            assert!(!text.contains("hunter2"), "{line}: {text}");
        }
    }

    #[test]
    fn the_help_explains_every_variable() {
        let Request::Show(help) = parsed("--help") else { panic!("no help") };
        for variable in variables::all() {
            assert!(help.contains(variable.name), "{}: {help}", variable.name);
        }
    }
}
