//! A backup back into a database.

pub mod psql;
