//! The Docker Engine API, read only, through [`crate::http`].
//!
//! Only the fields that are needed are parsed. Environment variables of a container and the output
//! of its health checks, where secrets may stand, are never read into memory as such.

mod client;
mod code;
mod model;

pub use client::Engine;
pub use code::Code;
pub use model::{
    Container, ContainerState, ContainerStatus, ContainerSummary, Health, HealthResult,
    HealthStatus, Image,
};
