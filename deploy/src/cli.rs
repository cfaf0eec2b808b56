//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::exit::ExitCode;

/// What runs on this host, and what was deployed.
#[derive(Debug, Parser)]
#[command(name = "deploy", version, after_help = ExitCode::help())]
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
