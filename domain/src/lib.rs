//! The data model: six entities, their validation rules, state machines and arithmetic.
//!
//! Everything here is pure. Time, randomness and the outside world are arguments, so a function
//! can only fail for a reason that its caller handed in.

pub mod abridged;
pub mod artifact;
pub mod backup;
pub mod configuration;
pub mod deployment;
pub mod env_file;
pub mod gate;
pub mod health;
pub mod hindsight;
pub mod history;
pub mod image;
pub mod notification;
pub mod quantity;
pub mod redaction;
pub mod retention;
pub mod reuse;
pub mod service;
pub mod stability;
pub mod timeline;
pub mod version;
