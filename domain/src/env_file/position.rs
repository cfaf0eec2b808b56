//! A place in a file, as editors and annotations count it.

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1. Only `\n` ends a line.
    pub line: u32,
    /// The column, from 1, in characters; a byte order mark is no column of its own.
    pub column: u32,
}

/// Counts lines and columns forward through a text, so that all places together cost one pass.
pub(super) struct Counter<'t> {
    text: &'t str,
    at: usize,
    position: Position,
}

impl<'t> Counter<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, at: 0, position: Position { line: 1, column: 1 } }
    }

    /// The place of the byte `at`, which is never before the one of the last call.
    pub(super) fn place(&mut self, at: usize) -> Position {
        let passed = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        for byte in passed {
            if *byte == b'\n' {
                self.position.line = self.position.line.saturating_add(1);
                self.position.column = 1;
            } else if byte & 0xc0 != 0x80 {
                self.position.column = self.position.column.saturating_add(1);
            }
        }
        self.at = self.at.max(at);
        self.position
    }
}
