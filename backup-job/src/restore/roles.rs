//! The roles that a backup has and a server lacks.

use std::collections::BTreeSet;
use std::io::Write;

use domain::backup::BackupManifest;
use platform::postgres::Session;

use super::RestoreError;
use super::psql::Source;
use crate::archive::Sum;
use crate::proof::{ProofError, read, roles};
use crate::stop::Stop;

const ROLES: &str = "SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles";
const CREATE: &str = "CREATE ROLE ";

/// The roles of a backup, and which of them are wanted.
#[derive(Debug, Clone)]
pub struct Roles {
    source: Source,
    written: Sum,
    /// Those that the server lacks, quoted for SQL.
    pub missing: BTreeSet<String>,
}

impl Roles {
    /// Reads the file of the roles, which has to be the manifest's, and compares it with the server.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub async fn look(
        source: Source,
        manifest: &BackupManifest,
        session: &mut Session,
        stop: &Stop,
    ) -> Result<Self, RestoreError> {
        let written = read::sum(&source.path, &|| stop.reason().is_some())?;
        if written.sha256 != manifest.roles_sha256 {
            return Err(ProofError::Changed.into());
        }
        let mut missing = BTreeSet::new();
        statements(&source, &written, &mut |statement| {
            if let Some(name) = statement.strip_prefix(CREATE) {
                missing.extend(first_name(name).map(|(name, _)| name.to_owned()));
            }
            Ok(())
        })?;
        for row in session.rows(ROLES, stop.left()).await? {
            for name in row.into_iter().flatten() {
                missing.remove(&name);
            }
        }
        Ok(Self { source, written, missing })
    }

    /// Writes what creates the missing ones, all or none of them.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn write(&self, input: &mut dyn Write) -> Result<(), ProofError> {
        let mut put =
            |text: &str| input.write_all(text.as_bytes()).map_err(|_| ProofError::Stopped);
        put("BEGIN;\n")?;
        statements(&self.source, &self.written, &mut |statement| {
            if concerns(statement, &self.missing) { put(statement) } else { Ok(()) }
        })?;
        put("COMMIT;\n")
    }
}

/// Whether a statement is on one of `wanted`.
fn concerns(statement: &str, wanted: &BTreeSet<String>) -> bool {
    let is_wanted = |text: &str| first_name(text).is_some_and(|(name, _)| wanted.contains(name));
    for on_one in [CREATE, "ALTER ROLE ", "COMMENT ON ROLE "] {
        if let Some(rest) = statement.strip_prefix(on_one) {
            return is_wanted(rest);
        }
    }
    // GRANT a TO b
    let Some(rest) = statement.strip_prefix("GRANT ") else { return false };
    let member = first_name(rest).and_then(|(_, rest)| rest.strip_prefix(" TO "));
    is_wanted(rest) || member.is_some_and(is_wanted)
}

/// Gives each statement, whatever lines it takes.
fn statements(
    source: &Source,
    written: &Sum,
    each: &mut dyn FnMut(&str) -> Result<(), ProofError>,
) -> Result<(), ProofError> {
    let mut statement = Vec::new();
    roles::pass(source, written, &mut |line| {
        let begins = statement.is_empty();
        if begins && (line.starts_with(b"--") || line.starts_with(b"\\") || line == b"\n") {
            return Ok(());
        }
        statement.extend_from_slice(line);
        if is_whole(&statement) {
            each(&String::from_utf8_lossy(&std::mem::take(&mut statement)))?;
        }
        Ok(())
    })
}

/// Whether it ends with a semicolon that is in no quotes. Quotes within quotes are doubled.
fn is_whole(statement: &[u8]) -> bool {
    let mut within = None;
    for byte in statement {
        match (within, byte) {
            (None, b'\'' | b'"') => within = Some(*byte),
            (Some(quote), byte) if quote == *byte => within = None,
            _ => {}
        }
    }
    within.is_none() && statement.trim_ascii_end().ends_with(b";")
}

/// A name as `quote_ident` writes it, and what follows.
fn first_name(text: &str) -> Option<(&str, &str)> {
    let end = if let Some(quoted) = text.strip_prefix('"') {
        let mut rest = quoted;
        loop {
            let at = rest.find('"')?;
            rest = &rest[at + 1..];
            match rest.strip_prefix('"') {
                Some(more) => rest = more,
                None => break text.len() - rest.len(),
            }
        }
    } else {
        text.find([' ', ';', '\n'])?
    };
    Some(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_of_the_role_that_it_names() {
        let wanted = BTreeSet::from(["app".to_owned(), "\"a \"\"b\"".to_owned()]);
        for (statement, expected) in [
            ("CREATE ROLE app;\n", true),
            ("CREATE ROLE apps;\n", false),
            ("ALTER ROLE \"a \"\"b\" WITH LOGIN;\n", true),
            ("ALTER ROLE \"a \"\"\" WITH LOGIN;\n", false),
            ("COMMENT ON ROLE app IS 'x';\n", true),
            ("GRANT other TO app WITH INHERIT TRUE;\n", true),
            ("GRANT \"a \"\"b\" TO other;\n", true),
            ("GRANT other TO another;\n", false),
            ("SET standard_conforming_strings = on;\n", false),
        ] {
            assert_eq!(concerns(statement, &wanted), expected, "{statement}");
        }
    }

    #[test]
    fn a_statement_ends_outside_of_quotes() {
        for (text, whole) in [
            ("CREATE ROLE a;\n", true),
            ("COMMENT ON ROLE a IS 'one;\n", false),
            ("COMMENT ON ROLE a IS 'it''s;\ntwo';\n", true),
            ("CREATE ROLE \"x;\n", false),
        ] {
            assert_eq!(is_whole(text.as_bytes()), whole, "{text}");
        }
    }
}
