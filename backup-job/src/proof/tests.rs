//! Files that are whole, and files that are not: cut, flipped, joined, changed.

use std::fmt::Write as _;
use std::io::Write as _;

use super::*;
use crate::encode::encode;
use crate::script::Table;

const DUMP: &[u8] = include_bytes!("../../tests/hard.sql");

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn gzip(dump: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(dump, &mut bytes).unwrap();
    bytes
}

fn read_bytes(bytes: &[u8]) -> Result<(Encoded, Script), ProofError> {
    read(file(bytes).path(), &|| false)
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
    let written = encode(DUMP, &mut bytes).unwrap();
    let file = file(&bytes);
    let (_, script) = read(file.path(), &|| false).unwrap();
    let mut expected: Vec<Expected> =
        script.rows.into_iter().map(|(table, rows)| Expected { table, root: None, rows }).collect();
    prove(file.path(), &written, &expected, &|| false).unwrap();

    expected[0].rows += 1;
    let fewer = prove(file.path(), &written, &expected, &|| false);
    assert!(matches!(fewer, Err(ProofError::Rows { tables: 1 })), "{fewer:?}");
    let other = Encoded { sha256: "0".repeat(64), ..written };
    let changed = prove(file.path(), &other, &[], &|| false);
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
    let written = encode(dump.as_slice(), &mut bytes).unwrap();
    for at in (0..20).chain((20..bytes.len()).step_by(2003)).chain(bytes.len() - 8..bytes.len()) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let file = file(&flipped);
        assert!(prove(file.path(), &written, &[], &|| false).is_err(), "flipped at {at}");
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
    assert!(matches!(garbage, Err(ProofError::Damaged)), "{garbage:?}");
    let zeros = read_bytes(&[gzip(DUMP), vec![0; 512]].concat());
    assert!(matches!(zeros, Err(ProofError::Damaged)), "{zeros:?}");
}

#[test]
fn a_file_that_is_no_backup_is_told_apart() {
    assert!(matches!(read_bytes(b""), Err(ProofError::Damaged | ProofError::Script(_))));
    assert!(matches!(read_bytes(DUMP), Err(ProofError::Damaged)));
    let nowhere = read(Path::new("/nowhere/at/all"), &|| false);
    assert!(matches!(nowhere, Err(ProofError::Unreadable(_))));
    let stopped = read(file(&gzip(DUMP)).path(), &|| true);
    assert!(matches!(stopped, Err(ProofError::Stopped)));
}
