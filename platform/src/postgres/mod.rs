//! A connection to PostgreSQL that is asked small things under a deadline.
//!
//! No message of the driver or of the server leaves this module: a failure is a [`Code`].

mod code;
mod peer;
mod session;

pub use code::Code;
pub use session::{Row, Session};

#[cfg(test)]
mod tests;
