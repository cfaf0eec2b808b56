//! The entries themselves. The texts are for a person at three in the morning: what is wrong, what to
//! type, and what it would look like otherwise.

pub(super) mod backups;
pub(super) mod databases;
pub(super) mod file;
pub(super) mod lines;
pub(super) mod live_host;
pub(super) mod live_services;
pub(super) mod presence;
pub(super) mod telegram;
pub(super) mod urls;
pub(super) mod values;
