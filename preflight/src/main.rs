//! The `preflight` program.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use platform::clock::SystemClock;
use platform::env::ProcessEnv;
use preflight::Output;

fn main() -> ExitCode {
    let stdout = io::stdout().lock();
    let is_terminal = stdout.is_terminal();
    let mut output = Output { stream: stdout, is_terminal };
    preflight::run(std::env::args_os(), &ProcessEnv, &SystemClock, &mut output).into()
}
