//! The roles of a backup, read back: the whole file is what was written, and a whole script of
//! `pg_dumpall`.

use std::io::{self, BufRead, BufReader, Read, Write};

use super::ProofError;
use crate::archive::{self, ReadError, Sum};
use crate::restore::psql::Source;
use crate::script::{Commands, ScriptError};

const CHUNK_BYTES: usize = 64 * 1024;
/// A line is a statement on one role: this is far more than its name and its settings can have.
const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

const BEGIN_MARK: &[u8] = b"-- PostgreSQL database cluster dump";
const END_MARK: &[u8] = b"-- PostgreSQL database cluster dump complete";

/// Reads the file to its end and gives every line to `each`, once no command of psql was found in it:
/// as any superuser can carry it out, with grants of his own instead of those of the superuser that
/// the origin was made with, whom another server does not have.
///
/// # Errors
/// [`ProofError`], and what `each` says.
pub fn pass(
    source: &Source,
    written: &Sum,
    each: &mut dyn FnMut(&[u8]) -> Result<(), ProofError>,
) -> Result<(), ProofError> {
    let (found, ()) = archive::read(&source.path, source.key.as_ref(), |script| {
        lines(BufReader::with_capacity(CHUNK_BYTES, script), each)
    })?;
    if found == *written { Ok(()) } else { Err(ProofError::Changed) }
}

/// Writes the script to `input`, as [`pass`] gives it.
///
/// # Errors
/// [`ProofError`]; [`ProofError::Stopped`] where nobody reads any further.
pub fn restore(source: &Source, written: &Sum, input: &mut dyn Write) -> Result<(), ProofError> {
    pass(source, written, &mut |line| input.write_all(line).map_err(|_| ProofError::Stopped))
}

fn lines(
    mut script: BufReader<&mut dyn Read>,
    each: &mut dyn FnMut(&[u8]) -> Result<(), ProofError>,
) -> Result<(), ProofError> {
    let (mut begun, mut ended, mut line) = (false, false, Vec::new());
    let mut commands = Commands::default();
    loop {
        line.clear();
        let read = (&mut script).take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        match read {
            Ok(0) => break,
            Ok(_) if line.len() as u64 >= MAX_LINE_BYTES => {
                return Err(ReadError::from(io::Error::from(io::ErrorKind::InvalidData)).into());
            }
            Ok(_) => {}
            Err(error) => return Err(ReadError::from(error).into()),
        }
        let text = line.trim_ascii_end();
        begun |= text == BEGIN_MARK;
        ended = text == END_MARK || (ended && is_nothing(text));
        let is_statement = commands.is_at_rest();
        commands.feed(&line)?;
        // psql would carry out what the end of the file cuts off, too.
        if !line.ends_with(b"\n") && !commands.is_at_rest() {
            return Err(ScriptError::Truncated.into());
        }
        let kept = if is_statement { without_grantor(&line).len() } else { line.len() };
        if kept < line.len() {
            line.truncate(kept);
            line.extend_from_slice(b";\n");
        }
        each(&line)?;
    }
    match (begun, ended) {
        (false, _) => Err(ScriptError::NotADump.into()),
        (true, false) => Err(ScriptError::Truncated.into()),
        (true, true) => Ok(()),
    }
}

/// What may stand behind the end.
fn is_nothing(line: &[u8]) -> bool {
    line.is_empty() || line == b"--" || line.starts_with(b"\\unrestrict ")
}

/// The line without who granted, and then without its end: from PostgreSQL 16 on, `GRANT a TO b … GRANTED BY c;`.
fn without_grantor(line: &[u8]) -> &[u8] {
    const GRANTED_BY: &[u8] = b" GRANTED BY ";
    if !line.starts_with(b"GRANT ") {
        return line;
    }
    let found = line.windows(GRANTED_BY.len()).rposition(|part| part == GRANTED_BY);
    found.map_or(line, |at| &line[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "--\n-- PostgreSQL database cluster dump\n--\n\n\\restrict x\n\nCREATE ROLE a;\n\
        \n\\unrestrict x\n\n--\n-- PostgreSQL database cluster dump complete\n--\n\n";

    fn read(script: &str) -> Result<(), ProofError> {
        let mut bytes = script.as_bytes();
        lines(BufReader::new(&mut bytes), &mut |_| Ok(()))
    }

    #[test]
    fn a_script_that_is_cut_off_anywhere_is_not_whole() {
        read(WHOLE).unwrap();
        let last = "\\unrestrict x\n\n";
        read(&(WHOLE.replace(last, "") + last)).unwrap();
        let end = WHOLE.find(" complete").unwrap() + " complete".len();
        for length in 0..end {
            let error = read(&WHOLE[..length]).unwrap_err();
            assert!(matches!(error, ProofError::Script(_)), "{length}: {error:?}");
        }
        assert!(
            read(&(WHOLE.to_owned() + "CREATE ROLE b;\n")).is_err(),
            "something behind the end"
        );
        assert!(read("select 1;\n").is_err());
    }

    #[test]
    fn commands_of_psql_are_found_before_anybody_takes_them() {
        let mut taken = Vec::new();
        let script = WHOLE.replace("CREATE ROLE a;", "CREATE ROLE a;\n\\! touch /tmp/here");
        let mut bytes = script.as_bytes();
        let read = lines(BufReader::new(&mut bytes), &mut |line| {
            taken.extend_from_slice(line);
            Ok(())
        });
        assert!(matches!(read, Err(ProofError::Script(ScriptError::Command))), "{read:?}");
        assert!(taken.ends_with(b"CREATE ROLE a;\n"));
        let cut = "-- PostgreSQL database cluster dump\n\\! touch /tmp/here";
        assert!(matches!(super::tests::read(cut), Err(ProofError::Script(_))));
    }

    #[test]
    fn what_looks_like_a_grant_in_quotes_stays() {
        let quoted = "COMMENT ON ROLE a IS 'x\nGRANT GRANTED BY y';\nGRANT a TO b GRANTED BY c;\n";
        let script = WHOLE.replace("CREATE ROLE a;\n", quoted);
        let (mut bytes, mut taken) = (script.as_bytes(), Vec::new());
        lines(BufReader::new(&mut bytes), &mut |line| {
            taken.extend_from_slice(line);
            Ok(())
        })
        .unwrap();
        assert_eq!(String::from_utf8(taken).unwrap(), script.replace(" GRANTED BY c;", ";"));
    }

    #[test]
    fn grants_are_of_whoever_restores_them() {
        for (line, kept) in [
            (
                "GRANT a TO b WITH INHERIT TRUE GRANTED BY postgres;\n",
                "GRANT a TO b WITH INHERIT TRUE",
            ),
            ("GRANT a TO b;\n", "GRANT a TO b;\n"),
            (
                "COMMENT ON ROLE a IS 'x GRANTED BY y';\n",
                "COMMENT ON ROLE a IS 'x GRANTED BY y';\n",
            ),
        ] {
            assert_eq!(without_grantor(line.as_bytes()), kept.as_bytes());
        }
    }
}
