//! Whole programs against real servers, and the rules that the tree itself is held to.
//!
//! One binary: link time is test time. A module a program; each test starts what it needs.

#![expect(clippy::disallowed_methods, reason = "a test plays the outside world")]

mod backup;
mod bot;
mod command_line;
mod deploy;
mod harness;
mod monitoring;
mod preflight;
mod scripted;
mod sidecar;
mod tidy;
mod tls;
