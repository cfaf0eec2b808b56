//! Files that are whole, and files that are not: cut, flipped, joined, changed.

use std::fmt::Write as _;
use std::io::Write as _;

use super::*;
use domain::backup::TableRows;

use crate::archive::{Settings, write};
use crate::script::{ScriptError, Table};

const DUMP: &[u8] = include_bytes!("../../../tests/hard.sql");

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn encode(dump: &[u8], bytes: &mut Vec<u8>) -> Sum {
    write(dump, bytes, &Settings { level: 1, recipients: None }).unwrap().sum
}

fn gzip(dump: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(dump, &mut bytes);
    bytes
}

fn read_bytes(bytes: &[u8]) -> Result<(Sum, Script), ProofError> {
    read(file(bytes).path(), None, &|| false)
}

fn expected(table: Table, rows: u64) -> Expected {
    let listed = TableRows { table: String::new(), root: None, rows };
    Expected { table, root: None, rows, listed }
}

/// Rows that differ from each other, so that the gzip file has more than one block.
fn large() -> Vec<u8> {
    let mut rows = String::new();
    for n in 0..20_000_u32 {
        let _ = writeln!(rows, "{n}\t{}", n.wrapping_mul(2_654_435_761));
    }
    let text = String::from_utf8(DUMP.to_vec()).unwrap();
    text.replacen(
        "COPY public.plain (id, t) FROM stdin;\n",
        &format!("COPY public.plain (id, t) FROM stdin;\n{rows}"),
        1,
    )
    .into_bytes()
}

#[test]
fn a_whole_file_is_proven_and_its_rows_are_compared() {
    let mut bytes = Vec::new();
    let written = encode(DUMP, &mut bytes);
    let file = file(&bytes);
    let (_, script) = read(file.path(), None, &|| false).unwrap();
    let mut expected: Vec<Expected> =
        script.rows.into_iter().map(|(table, rows)| expected(table, rows)).collect();
    prove(file.path(), &written, None, &expected, &|| false).unwrap();

    expected[0].rows += 1;
    let fewer = prove(file.path(), &written, None, &expected, &|| false);
    assert!(matches!(fewer, Err(ProofError::Rows { tables: 1 })), "{fewer:?}");
    let other = Sum { sha256: "0".repeat(64), ..written };
    let changed = prove(file.path(), &other, None, &[], &|| false);
    assert!(matches!(changed, Err(ProofError::Changed)), "{changed:?}");
}

#[test]
fn a_truncated_file_is_never_verified() {
    let bytes = gzip(&large());
    let ends = (0..64).chain(bytes.len() - 64..bytes.len()).chain((0..bytes.len()).step_by(4099));
    for end in ends {
        assert!(read_bytes(&bytes[..end]).is_err(), "cut at {end} of {}", bytes.len());
    }
    assert!(read_bytes(&bytes).is_ok());
}

#[test]
fn a_dump_cut_off_before_it_was_compressed_is_never_verified() {
    let dump = large();
    for end in [0, 100, dump.len() / 2, dump.len() - 100, dump.len() - 2] {
        assert!(matches!(read_bytes(&gzip(&dump[..end])), Err(ProofError::Script(_))), "at {end}");
    }
}

#[test]
fn a_bit_that_flips_is_always_found() {
    let dump = large();
    let mut bytes = Vec::new();
    let written = encode(dump.as_slice(), &mut bytes);
    for at in (0..20).chain((20..bytes.len()).step_by(2003)).chain(bytes.len() - 8..bytes.len()) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let file = file(&flipped);
        assert!(prove(file.path(), &written, None, &[], &|| false).is_err(), "flipped at {at}");
    }
}

#[test]
fn every_gzip_member_is_read() {
    let (first, second) = DUMP.split_at(DUMP.len() / 2);
    let whole = read_bytes(&[gzip(first), gzip(second)].concat()).unwrap();
    assert_eq!(whole.1.rows.get(&Table::new("public", "plain")), Some(&5));
    assert!(read_bytes(&gzip(first)).is_err());
    let twice = read_bytes(&[gzip(DUMP), gzip(DUMP)].concat());
    assert!(matches!(twice, Err(ProofError::Script(ScriptError::Trailing))), "{twice:?}");
    let garbage = read_bytes(&[gzip(DUMP), b"garbage".to_vec()].concat());
    assert!(matches!(garbage, Err(ProofError::File(ReadError::Damaged))), "{garbage:?}");
    let zeros = read_bytes(&[gzip(DUMP), vec![0; 512]].concat());
    assert!(matches!(zeros, Err(ProofError::File(ReadError::Damaged))), "{zeros:?}");
}

#[test]
fn a_file_that_is_no_backup_is_told_apart() {
    assert!(matches!(
        read_bytes(b""),
        Err(ProofError::File(ReadError::Damaged) | ProofError::Script(_))
    ));
    assert!(matches!(read_bytes(DUMP), Err(ProofError::File(ReadError::Damaged))));
    let nowhere = read(Path::new("/nowhere/at/all"), None, &|| false);
    assert!(matches!(nowhere, Err(ProofError::File(ReadError::Unreadable(_)))));
    let stopped = read(file(&gzip(DUMP)).path(), None, &|| true);
    assert!(matches!(stopped, Err(ProofError::Stopped)));
}
