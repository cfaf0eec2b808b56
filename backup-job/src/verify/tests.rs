//! Published backups, and a thousand ways in which a disk can spoil them.

use std::path::{Path, PathBuf};

use domain::backup::{BackupType, DumpFacts, Origin, TableRows};
use platform::atomic_file::{Draft, PRIVATE_MODE};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use tempfile::TempDir;

use super::*;
use crate::archive::{Settings, write};
use crate::proof::read;
use crate::restore::psql::PsqlError;

const DUMP: &[u8] = include_bytes!("../../tests/hard.sql");
const ROLES: &[u8] = b"-- PostgreSQL database cluster dump\n\nCREATE ROLE a;\n\
    -- PostgreSQL database cluster dump complete\n";
const ROUNDS: usize = 1000;

fn never() -> bool {
    false
}

fn put(path: &Path, bytes: &[u8]) {
    let mut draft = Draft::create(path, PRIVATE_MODE).unwrap();
    std::io::Write::write_all(&mut draft, bytes).unwrap();
    draft.publish().unwrap();
}

fn gzip(script: &[u8]) -> (Vec<u8>, Sum) {
    let mut file = Vec::new();
    let settings = Settings { level: 1, recipients: None };
    let written = write(script, &mut file, &settings).unwrap();
    (file, written.sum)
}

/// A backup as a run publishes it, and the bytes of its dump.
fn published() -> (TempDir, Store, BackupRecord, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let (dump, sum) = gzip(DUMP);
    let facts = DumpFacts {
        created_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        backup_type: BackupType::Manual,
        folder: folder.path().to_owned(),
        database_name: "app".to_owned(),
        pg_dump_version: "15.1".to_owned(),
        server_version: "15.1".to_owned(),
        artifact_id: None,
        size_bytes: sum.size_bytes,
        sha256: sum.sha256,
        retention: Duration::from_hours(168),
        encrypted: false,
        dump: None,
    };
    let at = facts.created_at;
    let proof = Proof { at, row_counts_checked: true, restore: None };
    let record = BackupRecord::unproven(facts).proven(proof, Duration::ZERO);
    let path = store.file_of(&record).unwrap();
    put(&path, &dump);
    let (_, script) = read::read(&path, None, &never).unwrap();
    let quoted = |text: &[u8]| {
        format!("\"{}\"", String::from_utf8(text.to_vec()).unwrap().replace('"', "\"\""))
    };
    let row = |(table, rows): (&crate::script::Table, &u64)| TableRows {
        table: format!("{}.{}", quoted(&table.schema), quoted(&table.name)),
        root: None,
        rows: *rows,
    };
    let (roles, roles_sum) = gzip(ROLES);
    put(&store.part_of(&record, Part::Roles).unwrap(), &roles);
    let document = BackupManifest {
        schema_version: manifest::SCHEMA_VERSION,
        backup: record.clone(),
        origin: Origin {
            encoding: "UTF8".to_owned(),
            locale_provider: "c".to_owned(),
            collate: "C".to_owned(),
            ctype: "C".to_owned(),
            locale: None,
            tablespaces: Vec::new(),
            size_bytes: 0,
        },
        tables: script.rows.iter().map(row).collect(),
        roles_sha256: roles_sum.sha256,
    };
    let mut bytes = Vec::new();
    manifest::write(&mut bytes, &document).unwrap();
    put(&store.part_of(&record, Part::Manifest).unwrap(), &bytes);
    (folder, store, record, path, dump)
}

#[test]
fn a_thousand_truncations_and_flipped_bits_are_all_found() {
    let (_folder, store, record, path, dump) = published();
    assert!(files(&store, &record, None, &never).unwrap(), "rows were compared");
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut below = |most: usize| usize::try_from(random.next_u64()).unwrap() % most;
    for round in 0..ROUNDS {
        let mut spoilt = dump.clone();
        let at = below(dump.len());
        if round % 2 == 0 {
            spoilt.truncate(at);
        } else {
            spoilt[at] ^= 1 << below(8);
        }
        put(&path, &spoilt);
        let found = files(&store, &record, None, &never);
        let judged = judge(&record, &found.map(|_| unreachable!("round {round} at {at}")));
        let judged = judged.expect("a damaged file says something of its backup");
        assert!(!judged.verified && judged.error_code.is_some(), "round {round} at {at}");
    }
}

#[test]
fn what_stands_beside_the_dump_is_looked_at_too() {
    let (_folder, store, record, ..) = published();
    let roles = store.part_of(&record, Part::Roles).unwrap();
    let code = || files(&store, &record, None, &never).unwrap_err().code();
    let whole = std::fs::read(&roles).unwrap();
    put(&roles, &whole[..whole.len() - 1]);
    assert_eq!(code(), Code::CHANGED);
    platform::atomic_file::remove(&roles).unwrap();
    assert_eq!(code(), Code::UNREADABLE);
    put(&roles, &whole);
    let document = store.part_of(&record, Part::Manifest).unwrap();
    let mut manifest = manifest::read(&document).unwrap();
    manifest.tables[0].rows += 1;
    let mut bytes = Vec::new();
    manifest::write(&mut bytes, &manifest).unwrap();
    put(&document, &bytes);
    assert_eq!(code(), Code::DUMP_ROW_COUNTS_DIFFER);
    platform::atomic_file::remove(&document).unwrap();
    assert!(!files(&store, &record, None, &never).unwrap(), "no rows to compare with");
}

#[test]
fn only_what_is_wrong_with_a_file_makes_its_record_a_failed_one() {
    let (_folder, _, record, ..) = published();
    let error = |error| judge(&record, &Err(error)).map(|record| record.error_code.unwrap());
    let unreadable =
        |kind: io::ErrorKind| error(ProofError::File(ReadError::Unreadable(kind.into())));
    assert_eq!(error(ProofError::File(ReadError::WrongKey)), None);
    assert_eq!(unreadable(io::ErrorKind::PermissionDenied), None);
    assert_eq!(unreadable(io::ErrorKind::NotFound).as_deref(), Some("backup_file_missing"));
    assert_eq!(error(ProofError::Changed).as_deref(), Some("backup_changed"));
    let refused = |code, state: Option<&str>| {
        let (end, state) = (platform::child::End::Exited(3), state.map(str::to_owned));
        error(ProofError::Restore(Box::new(PsqlError::Failed { end, code, line: None, state })))
    };
    let of_content = refused(Code::RESTORE_REFUSED, Some("42P01"));
    assert_eq!(of_content.as_deref(), Some("restore_refused"));
    assert_eq!(refused(Code::RESTORE_REFUSED, None), None, "psql failed by itself");
    assert_eq!(refused(Code::RESTORE_REFUSED, Some("53200")), None);
    assert_eq!(refused(Code::EXTENSION_MISSING, Some("0A000")), None);
    assert_eq!(refused(Code::PSQL_KILLED, None), None);
    assert_eq!(error(ProofError::Roles(Box::new(PsqlError::NotStarted))), None);
}

#[test]
fn backups_are_chosen_by_id_or_the_newest_verified() {
    let (_folder, store, record, ..) = published();
    let id = record.backup_id.clone();
    let records = [record.clone(), BackupRecord { verified: false, ..record }];
    let chosen = |choice| choose(&records, &choice, None, &store).map(|chosen| chosen.len());
    assert_eq!(chosen(Choice::Newest).unwrap(), 1);
    assert_eq!(chosen(Choice::All).unwrap(), 2);
    assert_eq!(chosen(Choice::Id(id)).unwrap(), 1);
    assert!(matches!(chosen(Choice::Id("x".to_owned())), Err(Failure::NotListed)));
    let none = choose(&records[1..], &Choice::Newest, None, &store);
    assert!(matches!(none, Err(Failure::NoneVerified)));
}
