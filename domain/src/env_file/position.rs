//! A place in a file, as editors and annotations count it.

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1. Only `\n` ends a line.
    pub line: u32,
    /// The column, from 1, in characters; a byte order mark is no column of its own.
    pub column: u32,
}
