//! The example app of the demo and the stack tests.

fn main() -> std::process::ExitCode {
    bot::start(std::env::args().skip(1), &platform::env::ProcessEnv).into()
}
