//! The Docker Engine API, read only, through [`crate::http`].
//!
//! Only the fields that are needed are parsed, each answer is bounded in time and in bytes, and no value of
//! an environment variable, no output of a health check and no message of the engine outlives its parsing,
//! but in [`HealthOutputs`], which no request here answers with.

mod artifact;
mod client;
mod code;
mod container;
mod disk;
mod events;
mod model;
mod stats;
mod version;

pub use client::Engine;
pub use code::Code;
pub use container::{Container, Health, HealthCheck, HealthOutputs, HealthResult, HealthState};
pub use disk::DiskUsage;
pub use events::{Action, Event, Events};
pub use model::{ContainerStatus, ContainerSummary, Image};
pub use stats::Stats;
pub use version::Version;
