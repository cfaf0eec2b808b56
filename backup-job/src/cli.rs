//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::backup::BackupType;
use platform::cli::{self, Request};
use platform::env;

use crate::code;
use crate::config::VARIABLES;

/// Makes, proves, keeps and expires backups of a PostgreSQL database.
#[derive(Debug, Parser)]
#[command(name = "backup-job", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Reads the command line, the program's name first.
#[must_use]
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Request<Command> {
    cli::parse::<Cli>(arguments, &format!("{}\n{}", env::help(VARIABLES), code::help()))
        .map(|cli| cli.command)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes one backup, proves it by reading it back, publishes it and prints its record. Exit
    /// code 0 means that it is verified.
    Run {
        /// What the backup is for. One made before the same deployment a moment ago serves again.
        #[arg(long = "type", value_enum, default_value_t = Type::Manual)]
        backup_type: Type,
    },
    /// Makes a backup whenever one is due, and one at the start where the last was missed.
    Schedule,
    /// Lists the backups, the newest first.
    List {
        /// For people or for programs.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Deletes the backups past their retention, never the newest verified one, and prints their
    /// files.
    Prune {
        /// Only prints what would become of each backup, and why.
        #[arg(long)]
        dry_run: bool,
    },
    /// Makes the index anew from the files, each of which it reads, and prints it. What a readable
    /// index knows stays; one that can't be read is kept under another name. Exit code 1 means that
    /// a file is no good backup.
    RebuildIndex {
        /// Only prints the index that would be made.
        #[arg(long)]
        dry_run: bool,
        /// Also lists what is in the bucket alone, such as on a new host.
        #[arg(long)]
        offsite: bool,
        /// For people or for programs.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Brings a backup back from the bucket into the folder, compares it with what was copied, and
    /// prints its record.
    Fetch {
        /// Its id, or latest: the newest in the bucket.
        backup: String,
    },
    /// Restores a backup into a database that is empty or does not exist, to the first error, compares
    /// the rows of every table, and prints what it did. The database gets its name only in the end.
    Restore(Restore),
    /// Reads backups again, compares them with what was written, and writes down what it finds. Exit
    /// code 1 means that one is not proven. Nothing is deleted.
    Verify(Verify),
    /// Tells whether there is a verified backup that is young enough; asks no database.
    Healthy,
}

/// What `restore` is asked.
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// The backup's id, or latest: the newest verified.
    pub backup: String,
    /// The database: its name on the server of `DATABASE_URL`, or a connection string.
    #[arg(long, value_name = "DATABASE")]
    pub into: String,
    /// Puts it in the place of a database that holds something. That one is kept under another name;
    /// its connections are ended.
    #[arg(long)]
    pub swap: bool,
    /// Also creates the roles of the backup that the server lacks.
    #[arg(long)]
    pub roles: bool,
    /// A file with the private key of age that opens an encrypted backup.
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
}

/// What `verify` is asked.
#[derive(Debug, Clone, Args)]
pub struct Verify {
    /// The backup; without one, the newest verified.
    #[arg(conflicts_with = "all")]
    pub backup_id: Option<String>,
    /// Every backup that has a file.
    #[arg(long)]
    pub all: bool,
    /// Restores each into a throw-away PostgreSQL as well.
    #[arg(long)]
    pub restore: bool,
    /// A file with the private key of age that opens encrypted backups. Without it, only their sums
    /// are compared.
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// A backup's type, as the command line says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Type {
    /// Made by the schedule.
    Scheduled,
    /// Made before a deployment.
    PreDeployment,
    /// Made by hand.
    Manual,
}

impl From<Type> for BackupType {
    fn from(from: Type) -> Self {
        match from {
            Type::Scheduled => Self::Scheduled,
            Type::PreDeployment => Self::PreDeployment,
            Type::Manual => Self::Manual,
        }
    }
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns.
    Table,
    /// The document of the index.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Request<Command> {
        parse(std::iter::once("backup-job").chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn an_error_never_repeats_what_was_typed() {
        for line in [
            "hunter2",
            "run hunter2",
            "run --type hunter2",
            "list --format=hunter2",
            "prune --dry-run=hunter2",
            "verify --all hunter2",
            "restore latest --into a --swap=hunter2",
            "verify --format=hunter2",
            "healthy --hunter2",
        ] {
            let Request::Wrong(text) = parsed(line) else { panic!("{line}") };
            assert!(!text.contains("hunter2"), "{line}: {text}");
        }
    }

    #[test]
    fn the_help_explains_every_variable() {
        let Request::Show(help) = parsed("--help") else { panic!("no help") };
        for variable in VARIABLES {
            assert!(help.contains(variable.name), "{}: {help}", variable.name);
        }
    }
}
