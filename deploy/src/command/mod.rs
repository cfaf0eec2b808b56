//! What each command does: its parts, put together, and its answer.

mod failure;
mod look;
mod outcome;
mod work;

pub(crate) use failure::Failure;
pub(crate) use look::{artifacts, history, status};
pub(crate) use work::{prune, rollback, up};
