//! `deploy`: what runs on this host, and what was deployed.

use std::process::ExitCode;

fn main() -> ExitCode {
    deploy::start(std::env::args_os(), &platform::env::ProcessEnv).into()
}
