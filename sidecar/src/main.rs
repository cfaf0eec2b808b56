//! The `sidecar` program.

use std::process::ExitCode;

use platform::env::ProcessEnv;

fn main() -> ExitCode {
    sidecar::start(std::env::args_os(), &ProcessEnv, &mut std::io::stdout()).into()
}
