//! The Docker Engine API, read only, through [`crate::http`].
//!
//! Only the fields that are needed are parsed, and no container is inspected: the answer would hold its
//! environment variables and the output of its health checks, where secrets may stand.

mod client;
mod code;
mod model;

pub use client::Engine;
pub use code::Code;
pub use model::{ContainerStatus, ContainerSummary, Image};
