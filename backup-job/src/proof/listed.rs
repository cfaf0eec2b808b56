//! What a manifest says that a dump holds, against what it is read to hold.

use std::collections::BTreeMap;

use domain::backup::BackupManifest;

use crate::dump::counts::{self, Expected};
use crate::script::Table;

/// The rows that a backup has to have. `None` for a manifest that can't be compared: one of its names
/// is none, or it has letters that the dump has in another encoding than UTF-8.
#[must_use]
pub fn expected(manifest: &BackupManifest) -> Option<Vec<Expected>> {
    let unicode = matches!(manifest.origin.encoding.as_str(), "UTF8" | "SQL_ASCII");
    let table = |name: &str| (unicode || name.is_ascii()).then(|| Table::of_sql(name)).flatten();
    let each = manifest.tables.iter().map(|listed| {
        let root = match &listed.root {
            Some(root) => Some(table(root)?),
            None => None,
        };
        let (table, rows) = (table(&listed.table)?, listed.rows);
        Some(Expected { table, root, rows, listed: listed.clone() })
    });
    each.collect()
}

/// How many tables differ. Where names can't be compared, the sum of all rows is.
#[must_use]
pub fn differences(manifest: &BackupManifest, found: &BTreeMap<Table, u64>) -> usize {
    if let Some(expected) = expected(manifest) {
        return counts::differences(&expected, found);
    }
    let listed: u64 = manifest.tables.iter().map(|listed| listed.rows).sum();
    usize::from(listed != found.values().sum::<u64>())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use domain::backup::{BackupRecord, BackupType, DumpFacts, Origin, TableRows};

    use super::*;

    fn manifest(encoding: &str, tables: &[(&str, u64)]) -> BackupManifest {
        let facts = DumpFacts {
            created_at: Utc.timestamp_opt(0, 0).unwrap(),
            backup_type: BackupType::Manual,
            folder: "/b".into(),
            database_name: "app".to_owned(),
            pg_dump_version: String::new(),
            server_version: String::new(),
            artifact_id: None,
            size_bytes: 0,
            sha256: String::new(),
            retention: std::time::Duration::ZERO,
            encrypted: false,
            dump: None,
        };
        let origin = Origin {
            encoding: encoding.to_owned(),
            locale_provider: "c".to_owned(),
            collate: "C".to_owned(),
            ctype: "C".to_owned(),
            locale: None,
            tablespaces: Vec::new(),
            size_bytes: 0,
        };
        let row = |(table, rows): &(&str, u64)| TableRows {
            table: (*table).to_owned(),
            root: None,
            rows: *rows,
        };
        BackupManifest {
            schema_version: 1,
            backup: BackupRecord::unproven(facts),
            origin,
            tables: tables.iter().map(row).collect(),
            roles_sha256: String::new(),
        }
    }

    #[test]
    fn rows_are_compared_table_by_table_or_by_their_sum() {
        let listed = [("public.\"Größe\"", 3), ("public.t", 4)];
        let found = |name: &[u8], rows| {
            BTreeMap::from([(Table::new("public", name), rows), (Table::new("public", "t"), 4)])
        };
        let unicode = manifest("UTF8", &listed);
        assert_eq!(differences(&unicode, &found("Größe".as_bytes(), 3)), 0);
        assert_eq!(differences(&unicode, &found("Größe".as_bytes(), 2)), 1);
        let latin = manifest("LATIN1", &listed);
        assert_eq!(differences(&latin, &found(b"Gr\xf6\xdfe", 3)), 0);
        assert_eq!(differences(&latin, &found(b"Gr\xf6\xdfe", 2)), 1);
        assert_eq!(differences(&manifest("LATIN1", &listed[1..]), &BTreeMap::new()), 1);
    }
}
