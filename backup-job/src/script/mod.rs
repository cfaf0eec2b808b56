//! Reads a plain SQL dump as psql would and tells what is in it, without a server: how many rows
//! each `COPY` block has, and whether the dump is whole.
//!
//! It never guesses from a line alone: `COPY t FROM stdin;` may stand in the body of a function,
//! and `pg_dump`'s last line in a comment on a table. So strings, quoted names, dollar quotes and
//! comments are followed as the server's own grammar does.

mod commands;
mod lexer;
mod table;

use std::collections::BTreeMap;

pub use commands::Commands;
use commands::Restriction;
use lexer::{Lexer, Token};
pub use table::Table;

const BEGIN_MARK: &[u8] = b"-- PostgreSQL database dump";
const END_MARK: &[u8] = b"-- PostgreSQL database dump complete";
const SERVER_MARK: &[u8] = b"-- Dumped from database version ";
const DUMPER_MARK: &[u8] = b"-- Dumped by pg_dump version ";

/// Why a script is no whole dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// It does not begin as `pg_dump` begins.
    #[error("this is not a plain dump of pg_dump")]
    NotADump,
    /// It ends before `pg_dump`'s last lines.
    #[error("the dump ends before its end")]
    Truncated,
    /// It ends within the rows of a table.
    #[error("the dump ends within the rows of a table")]
    CopyUnterminated,
    /// A `COPY` statement is not of the form that `pg_dump` writes.
    #[error("the dump has a COPY statement that can't be read")]
    CopyUnreadable,
    /// It has a command of psql that `pg_dump` does not write: psql would carry it out.
    #[error("the dump has a command of psql in it")]
    Command,
    /// There is something after the dump's end.
    #[error("there is something after the dump's end")]
    Trailing,
}

/// What a whole dump holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// The rows of each `COPY` block, added up where a table has several.
    pub rows: BTreeMap<Table, u64>,
    /// Version of the server, as the dump says.
    pub server_version: String,
    /// Version of `pg_dump`, as the dump says.
    pub pg_dump_version: String,
}

/// Takes a dump piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    lexer: Lexer,
    script: Script,
    place: Place,
    restriction: Restriction,
    copying: Option<Table>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Before,
    Within,
    After,
}

impl Reader {
    /// Takes the next piece, cut wherever it may be.
    ///
    /// # Errors
    /// [`ScriptError`], as soon as it shows.
    pub fn feed(&mut self, mut piece: &[u8]) -> Result<(), ScriptError> {
        while let Some((token, rest)) = self.lexer.next(piece) {
            piece = rest;
            self.take(token)?;
        }
        Ok(())
    }

    /// What the dump held, now that it has ended.
    ///
    /// # Errors
    /// [`ScriptError`] when it is not whole.
    pub fn finish(self) -> Result<Script, ScriptError> {
        if self.copying.is_some() {
            return Err(ScriptError::CopyUnterminated);
        }
        let whole = self.place == Place::After && self.lexer.is_at_rest();
        // `\restrict KEY` of newer pg_dumps is undone by the very last line.
        if whole && self.restriction.is_none() {
            Ok(self.script)
        } else {
            Err(ScriptError::Truncated)
        }
    }

    fn take(&mut self, token: Token) -> Result<(), ScriptError> {
        match token {
            Token::Comment(line) => {
                self.comment(&line);
                Ok(())
            }
            Token::Meta(line) => self.meta(&line),
            Token::Statement => self.statement(),
            Token::Copy(head) => {
                self.statement()?;
                let table = Table::of_copy(&head).ok_or(ScriptError::CopyUnreadable)?;
                self.copying = Some(table);
                Ok(())
            }
            Token::Overlong => Err(ScriptError::CopyUnreadable),
            Token::Rows(rows) => {
                if let Some(table) = self.copying.take() {
                    *self.script.rows.entry(table).or_default() += rows;
                }
                Ok(())
            }
        }
    }

    fn statement(&mut self) -> Result<(), ScriptError> {
        match self.place {
            Place::Before => Err(ScriptError::NotADump),
            Place::Within => Ok(()),
            Place::After => Err(ScriptError::Trailing),
        }
    }

    fn comment(&mut self, line: &[u8]) {
        match self.place {
            Place::Before if line == BEGIN_MARK => self.place = Place::Within,
            Place::Within if line == END_MARK => self.place = Place::After,
            Place::Within => {
                for (mark, version) in [
                    (SERVER_MARK, &mut self.script.server_version),
                    (DUMPER_MARK, &mut self.script.pg_dump_version),
                ] {
                    if let (Some(text), true) = (line.strip_prefix(mark), version.is_empty()) {
                        *version = String::from_utf8_lossy(text).into_owned();
                    }
                }
            }
            Place::Before | Place::After => {}
        }
    }

    fn meta(&mut self, line: &[u8]) -> Result<(), ScriptError> {
        let judged = self.restriction.take(line);
        if judged.is_ok() && self.restriction.is_none() {
            return Ok(());
        }
        self.statement().and(judged)
    }
}

#[cfg(test)]
mod tests;
