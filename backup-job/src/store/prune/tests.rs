//! `prune` over real folders of random content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use domain::backup::{BackupType, DumpFacts, Proof};
use proptest::prelude::*;

use super::*;

const FOREIGN: [&str; 5] = [
    "notes.txt",
    "dump.sql.gz",
    "app-20200101T000000Z-manual.sql.gz",
    "app-20200101T000000Z-manual.json",
    "app-20260101T000000Z-manual.sql",
];

/// Days from the beginning, whether it is verified, encrypted, which of its files are there, whether
/// the index names it.
type Backup = (i64, bool, bool, [bool; 3], bool);

fn at(days: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::days(days)
}

fn record(store: &Store, database: &str, (days, verified, encrypted, ..): &Backup) -> BackupRecord {
    let record = BackupRecord::unproven(DumpFacts {
        created_at: at(*days),
        backup_type: BackupType::Scheduled,
        folder: store.folder().to_owned(),
        database_name: database.to_owned(),
        pg_dump_version: String::new(),
        server_version: String::new(),
        artifact_id: None,
        size_bytes: 1,
        sha256: String::new(),
        retention: Duration::from_hours(24 * 7),
        encrypted: *encrypted,
        dump: None,
    });
    let proof = Proof { at: at(*days), row_counts_checked: true, restore: None };
    if *verified { record.proven(proof, Duration::ZERO) } else { record }
}

#[expect(clippy::disallowed_methods, reason = "a file for the test")]
fn put(path: &Path) {
    fs::write(path, "x").unwrap();
}

fn names(store: &Store) -> BTreeSet<String> {
    let entries = fs::read_dir(store.folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("backup_index.json")).collect()
}

fn any_backups() -> impl Strategy<Value = Vec<Backup>> {
    let parts = prop_oneof![4 => Just([true; 3]), 1 => any::<[bool; 3]>()];
    let backup = (0..60_i64, any::<bool>(), any::<bool>(), parts, prop::bool::weighted(0.8));
    prop::collection::vec(backup, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn only_the_files_of_listed_backups_that_may_go_are_deleted(
        app in any_backups(),
        other in any_backups(),
        days in 0..100_i64,
        daily in 0..4_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        for name in FOREIGN {
            put(&folder.path().join(name));
        }
        let mut listed: BTreeMap<String, BackupRecord> = BTreeMap::new();
        for (database, backups) in [("app", &app), ("my db", &other)] {
            for backup in backups {
                let record = record(&store, database, backup);
                for (part, _) in Part::ALL.iter().zip(backup.3).filter(|(_, is_there)| *is_there) {
                    put(&store.part_of(&record, *part).unwrap());
                }
                if backup.4 {
                    listed.insert(record.backup_id.clone(), record);
                }
            }
        }
        let records: Vec<BackupRecord> = listed.into_values().collect();
        store.begin_index(&records).unwrap();
        let keep = Keep { daily, ..Keep::default() };
        let real = housekeeping::as_they_are(&records, &store);
        let going: Vec<BackupRecord> =
            retention::expired(&real, keep, at(days)).into_iter().cloned().collect();

        let before = names(&store);
        let may_go = going.iter().flat_map(|record| {
            Part::ALL.map(|part| part.file_name(&record.backup_id, record.encrypted))
        });
        let expected: BTreeSet<String> = may_go.filter(|name| before.contains(name)).collect();
        prune(&store, keep, at(days)).unwrap();
        let after = names(&store);
        let gone: BTreeSet<String> = before.difference(&after).cloned().collect();
        prop_assert_eq!(gone, expected);
        let left = store.records().unwrap();
        prop_assert_eq!(left.len(), records.len() - going.len());
        prop_assert!(left.iter().all(|record| going.iter().all(|one| one.backup_id != record.backup_id)));
    }
}
