//! The health gates: what decides that a deployment has succeeded, and that it has failed.
//!
//! They know no time of day. All durations are measured by a clock that never jumps: a clock that is
//! set while a deployment is under way neither passes nor fails it.

mod event;
mod instance;

pub use event::{Gate, Running, Sight, Verdict};
pub use instance::{
    Health, HealthCheck, InstanceFault, InstanceGate, InstanceSight, InstanceVerdict, State, Streak,
};
