//! Dumps, proves, keeps and expires backups of a PostgreSQL database.

pub mod encode;
pub mod script;
