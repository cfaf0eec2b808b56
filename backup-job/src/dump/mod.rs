//! What is taken from a server: a snapshot of the database, the rows in it, what it was like, the
//! dump, and the roles.

pub mod connection;
pub mod counts;
pub(crate) mod known;
pub mod origin;
pub mod pg_dump;
pub mod snapshot;

pub use pg_dump::{DumpError, PgDump};

/// The major version of PostgreSQL in a text such as `17.6 (Debian 17.6-1)` or `18beta1`.
#[must_use]
pub fn major(version: &str) -> Option<u32> {
    let digits = version.bytes().take_while(u8::is_ascii_digit).count();
    version[..digits].parse().ok()
}

/// A version without what the packager adds to it.
#[must_use]
pub fn first_word(version: &str) -> String {
    version.split_whitespace().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        for (version, expected) in [
            ("17.6 (Debian 17.6-1)", Some(17)),
            ("18beta1", Some(18)),
            ("15.18", Some(15)),
            ("", None),
            ("devel", None),
        ] {
            assert_eq!(major(version), expected, "{version}");
        }
    }
}
