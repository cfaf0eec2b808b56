//! A dump with everything that is hard in it, whole and broken.

use super::*;

/// What `pg_dump` 15.18 writes for tables with hard names, contents that look like SQL, and SQL that
/// looks like contents.
const DUMP: &str = include_str!("../../tests/hard.sql");

fn read(dump: &[u8], piece: usize) -> Result<Script, ScriptError> {
    let mut reader = Reader::default();
    dump.chunks(piece).try_for_each(|piece| reader.feed(piece))?;
    reader.finish()
}

fn rows(script: &Script) -> Vec<(String, u64)> {
    let name = |table: &Table| String::from_utf8_lossy(&table.name).into_owned();
    script.rows.iter().map(|(table, rows)| (name(table), *rows)).collect()
}

#[test]
fn the_rows_of_every_table_are_counted_however_the_dump_is_cut_into_pieces() {
    let expected = [
        ("Odd \"Name", 2),
        ("epart", 10),
        ("gen", 1),
        ("new\nline2", 1),
        ("nocols", 2),
        ("onlygen", 1),
        ("part0", 2),
        ("part1", 8),
        ("plain", 5),
        ("tricky", 5),
        ("u", 1),
    ]
    .map(|(name, rows)| (name.to_owned(), rows));
    for piece in [1, 2, 3, 5, 7, 64, 1000, DUMP.len()] {
        let script = read(DUMP.as_bytes(), piece).unwrap();
        assert_eq!(rows(&script), expected, "in pieces of {piece}");
        assert_eq!(script.server_version, "15.18 (Debian 15.18-0+deb12u1)");
        assert_eq!(script.pg_dump_version, "15.18 (Debian 15.18-0+deb12u1)");
    }
}

#[test]
fn a_dump_cut_anywhere_is_not_whole() {
    let whole = DUMP.trim_end().len();
    for length in 0..=whole {
        assert!(read(&DUMP.as_bytes()[..length], 4096).is_err(), "cut at {length}");
    }
    assert!(read(&DUMP.as_bytes()[..=whole], 4096).is_ok());
}

#[test]
fn what_is_wrong_is_told_apart() {
    let end = "-- PostgreSQL database dump complete\n";
    let begin = "-- PostgreSQL database dump\n";
    for (dump, expected) in [
        (String::new(), ScriptError::Truncated),
        ("select 1;\n".to_owned(), ScriptError::NotADump),
        (end.to_owned(), ScriptError::Truncated),
        (format!("{begin}COPY a.b (c) FROM stdin;\n1\n"), ScriptError::CopyUnterminated),
        (format!("{begin}COPY a.b (c) FROM stdin;\n1\n{end}"), ScriptError::CopyUnterminated),
        (format!("{begin}COPY b FROM stdin;\n\\.\n{end}"), ScriptError::CopyUnreadable),
        (format!("{begin}{end}select 1;\n"), ScriptError::Trailing),
        (format!("{begin}{end}{begin}{end}select 1"), ScriptError::Truncated),
        (format!("{begin}select '{end}"), ScriptError::Truncated),
        (format!("{begin}select $a$\n{end}"), ScriptError::Truncated),
        (format!("{begin}/* /* */ \n{end}"), ScriptError::Truncated),
        (format!("{begin}select 1\n{end}"), ScriptError::Truncated),
        (format!("{begin}\\! id\n{end}"), ScriptError::Command),
        (format!("{begin}\\restrict a\n\\connect b\n{end}"), ScriptError::Command),
        (format!("{begin}{end}\\! id\n"), ScriptError::Trailing),
        (format!("{begin}\\restrict a\n{end}"), ScriptError::Truncated),
        (format!("{begin}\\restrict a\n{end}\\unrestrict b\n"), ScriptError::Trailing),
    ] {
        assert_eq!(read(dump.as_bytes(), 4096), Err(expected), "{dump}");
    }
}

#[test]
fn strings_comments_and_bodies_are_followed_as_the_server_does() {
    for code in [
        r"select E'it\'s ''\\', 'a\';",
        "select 'it''s', U&'d!0061' uescape '!';",
        "select $$ ; ' -- $a$ $$, $a$ $$ ' $ab$ $a$;",
        "select a$b$c, $1, 1 - -1, 4 / 2;",
        "select \"a\"\"'b\";",
        "select 1 -- it's ; not over\n+ 1;",
        "/* it's /* nested */ */ select /* ' */ 1;",
        "create function f() returns int begin atomic select 1; select 2; end;",
        "copy_of_something();",
    ] {
        let dump = format!(
            "-- PostgreSQL database dump\n{code}\nCOPY a.b (c) FROM stdin;\n1\n\\.\n-- PostgreSQL database dump complete\n"
        );
        for piece in [1, 3, dump.len()] {
            let script =
                read(dump.as_bytes(), piece).unwrap_or_else(|error| panic!("{code}: {error}"));
            assert_eq!(rows(&script), [("b".to_owned(), 1)], "{code}");
        }
    }
}
