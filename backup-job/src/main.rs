//! `backup-job`: dumps, proves, keeps and expires backups of a PostgreSQL database.

use std::process::ExitCode;

fn main() -> ExitCode {
    backup_job::start(std::env::args_os(), &platform::env::ProcessEnv).into()
}
