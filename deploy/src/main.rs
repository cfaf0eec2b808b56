//! `deploy`: a release goes out behind a health gate, or comes back by itself.

use std::process::ExitCode;

fn main() -> ExitCode {
    deploy::start(std::env::args_os(), &platform::env::ProcessEnv).into()
}
