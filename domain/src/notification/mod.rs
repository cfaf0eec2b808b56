//! Notifications: what is worth telling a person who is not looking, and in which words.
//!
//! A change of the overall status is told once it has held, a recovery with how long it took, and
//! a status that keeps changing as that, in a bounded number of notices. The outcome of a deployment is
//! told once, with the rollback that it led to, and so is a run of backups that fail. Nothing here
//! sends anything.

mod backup;
mod deployment;
mod notice;
mod patience;
mod plain;
mod status;
mod words;

pub use backup::{
    AGAIN_AFTER, BackupMemory, BackupRule, FIRST_WITHIN, Failed, Late, Recovered, Seen, ToldBackup,
};
pub use deployment::{
    Concluded, DeploymentRule, MAX_REMEMBERED, MOST_PATIENCE, NEWS_FOR, Outcomes, PATIENCE,
    Rollback,
};
pub use notice::{Failing, KeepsChanging, News, Notice, StatusChange};
pub use patience::{MAX_ATTEMPTS, MAX_PAUSE, is_too_old, pause};
pub use plain::plain;
pub use status::{CALM, MAX_NOTICES, Memory, Moment, Rule, Told, WINDOW};
