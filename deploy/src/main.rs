//! `deploy`: what runs on this host, and what was deployed.

use std::process::ExitCode;

fn main() -> ExitCode {
    deploy::main().into()
}
