//! Dumps, proves, keeps and expires backups of a PostgreSQL database.
//!
//! What must always hold: a partial backup never bears a final name, `verified` is true by proof
//! alone, nothing goes that the index does not name, and the newest verified backup never goes.

pub mod archive;
pub mod attempt;
pub mod cli;
pub mod code;
pub mod commands;
pub mod config;
pub mod dump;
pub mod failure;
pub mod healthy;
pub mod list;
pub mod offsite;
pub mod proof;
pub mod release;
pub mod restore;
pub mod run;
pub mod schedule;
pub mod script;
pub mod stop;
pub mod store;
pub mod table;
pub mod verify;

use std::ffi::OsString;
use std::io;

use platform::env::Env;
use platform::exit::ExitCode;
use platform::own_process;
use platform::telemetry;

/// Runs the program.
#[must_use]
pub fn start(arguments: impl IntoIterator<Item = OsString>, environment: &impl Env) -> ExitCode {
    // What is restored for a proof is carried out by a process of the same user.
    own_process::keep_secrets();
    match cli::parse(arguments).or_answer(&mut io::stdout()) {
        Ok(command) => {
            commands::carry_out(&command, environment, telemetry::init("backup-job", environment))
        }
        Err(code) => code,
    }
}
