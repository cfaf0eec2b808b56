//! The proof that a file is a backup. Nothing else makes a record `verified`.
//!
//! By reading: it shows that the file is whole and that no row is missing. By restoring: it shows
//! that PostgreSQL takes it as well, and how long that lasts.

mod error;
pub mod listed;
mod programs;
pub mod read;
pub mod restore;
pub mod roles;
pub mod room;
pub mod server;

pub use error::{ProofError, ServerError};

/// How a new backup is proven (`BACKUP_VERIFY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Its file is read.
    Read,
    /// It is restored into a throw-away server as well.
    Restore,
}
