//! Commands of psql in a script: what it feeds to psql, psql carries out, also on this machine.

use super::ScriptError;
use super::lexer::{Lexer, Token};

/// `\restrict KEY`, until `\unrestrict KEY` undoes it: the only commands of psql that `pg_dump` and
/// `pg_dumpall` write.
#[derive(Debug, Default)]
pub(super) struct Restriction(Option<Vec<u8>>);

impl Restriction {
    pub(super) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Judges a command, from its backslash to the end of its line.
    ///
    /// # Errors
    /// [`ScriptError::Command`] for every other.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<(), ScriptError> {
        if let Some(key) = line.strip_prefix(b"\\restrict ") {
            self.0 = Some(key.to_vec());
            return Ok(());
        }
        match line.strip_prefix(b"\\unrestrict ") {
            Some(key) if self.0.as_deref() == Some(key) => {
                self.0 = None;
                Ok(())
            }
            // An object's name may have brought it in, where pg_dump is an old one (CVE-2025-8714).
            _ => Err(ScriptError::Command),
        }
    }
}

/// Takes a script without rows piece by piece, and looks for commands of psql alone.
#[derive(Debug, Default)]
pub struct Commands {
    lexer: Lexer,
    restriction: Restriction,
}

impl Commands {
    /// Takes the next piece, cut wherever it may be.
    ///
    /// # Errors
    /// [`ScriptError::Command`]; [`ScriptError::CopyUnreadable`] for a `COPY`, whose rows are no SQL.
    pub fn feed(&mut self, mut piece: &[u8]) -> Result<(), ScriptError> {
        while let Some((token, rest)) = self.lexer.next(piece) {
            piece = rest;
            match token {
                Token::Meta(line) => self.restriction.take(&line)?,
                Token::Copy(_) | Token::Overlong | Token::Rows(_) => {
                    return Err(ScriptError::CopyUnreadable);
                }
                Token::Comment(_) | Token::Statement => {}
            }
        }
        Ok(())
    }

    /// Whether a statement may begin here.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.lexer.is_at_rest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_pg_dumpall_writes_passes_outside_of_quotes() {
        for (script, expected) in [
            ("\\restrict a\nCREATE ROLE x;\n\\unrestrict a\n", Ok(())),
            ("\\! touch /tmp/here\n", Err(ScriptError::Command)),
            ("CREATE ROLE x \\! touch /tmp/here\n;\n", Err(ScriptError::Command)),
            ("\\restrict a\n\\unrestrict b\n", Err(ScriptError::Command)),
            ("COMMENT ON ROLE x IS 'a\n\\! b\n';\nCREATE ROLE \"\\! \"\"\n\\! \";\n", Ok(())),
            ("COPY t FROM stdin;\n\\! rows\n\\.\n", Err(ScriptError::CopyUnreadable)),
        ] {
            let mut commands = Commands::default();
            assert_eq!(commands.feed(script.as_bytes()), expected, "{script}");
        }
    }
}
