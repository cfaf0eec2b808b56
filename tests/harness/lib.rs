//! What every test of a whole program needs: real servers, real processes, deadlines.
//!
//! A test asks for a [`Postgres`] or a [`Redis`] and gets one of its own: own port, own folder,
//! own password. It runs our programs as [`Program`]s in a clean environment. Whatever happens,
//! also when the test itself is killed, nothing that was started here outlives it.
//!
//! Nothing here sleeps to wait for readiness: it polls with a deadline, see [`wait_until`]. What
//! goes wrong panics with a sentence that says what was waited for, for a test can do no more.

#![expect(clippy::missing_panics_doc, reason = "a harness panics where a test must fail")]
#![expect(clippy::disallowed_methods, reason = "a test plays the outside world")]

mod browser;
pub mod canary;
pub mod certificates;
mod faulty;
pub mod http;
mod namespace;
mod paths;
mod postgres;
mod process;
mod program;
mod redis;
mod s3;
mod scratch;
mod wait;

pub use browser::{Browser, Looks};
pub use canary::Canary;
pub use certificates::{Certificates, Shown};
pub use faulty::{Fault, Faulty};
pub use namespace::{OwnNetwork, in_a_view};
pub use paths::SIDECAR_PATHS;
pub use postgres::Postgres;
pub use process::free_port;
pub use program::{Finished, Program, Running, binary, workspace_root};
pub use redis::Redis;
pub use s3::S3;
pub use scratch::{Scratch, unique};
pub use wait::{poll_until, wait_until};
