//! Everything that touches the operating system or the network, once: one module per effect.
//!
//! No other crate of the workspace reads the environment, opens a file for writing, takes a lock,
//! starts a process or opens a socket. Nothing here decides anything that the data model knows.

#![expect(
    clippy::disallowed_methods,
    reason = "this crate is the one place where these effects are allowed"
)]

pub mod atomic_file;
pub mod bucket;
pub mod catalog;
pub mod certificate;
pub mod child;
pub mod cli;
pub mod clock;
mod codes;
pub mod descriptors;
pub mod dns;
pub mod engine;
pub mod env;
pub mod env_file;
pub mod exit;
pub mod folder;
pub mod http;
pub mod journal;
pub mod lock;
mod lookups;
mod net;
pub mod notify;
pub mod own_process;
mod ownership;
pub mod postgres;
pub mod processes;
pub mod records;
pub mod redis;
pub mod regular_file;
pub mod runtime;
pub mod scratch;
pub mod secret_file;
pub mod shutdown;
pub mod slot;
pub mod telemetry;
pub mod tls;
