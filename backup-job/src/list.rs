//! The index for people and for programs.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use domain::backup::{BackupRecord, BackupStatus};

use crate::store::Store;

const HEADINGS: [&str; 7] =
    ["BACKUP", "TYPE", "CREATED (UTC)", "SIZE", "VERIFIED", "KEPT UNTIL (UTC)", "NOTE"];

/// The records as columns, the newest first.
#[must_use]
pub fn table(records: &[BackupRecord], store: &Store, now: DateTime<Utc>) -> String {
    let mut records: Vec<&BackupRecord> = records.iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.created_at));
    let rows = records.iter().map(|record| columns(record, store, now));
    let lines: Vec<[String; 7]> =
        std::iter::once(HEADINGS.map(str::to_owned)).chain(rows).collect();
    let mut text = String::new();
    for line in &lines {
        let mut row = String::new();
        for (column, cell) in line.iter().enumerate() {
            let width = lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            let _ = write!(row, "{cell:width$}  ");
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// The records as the index holds them.
///
/// # Errors
/// What the serialiser says.
pub fn json(records: &[BackupRecord]) -> Result<String, serde_json::Error> {
    let version = platform::catalog::SCHEMA_VERSION;
    let document = serde_json::json!({ "schema_version": version, "backups": records });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn columns(record: &BackupRecord, store: &Store, now: DateTime<Utc>) -> [String; 7] {
    let time = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%S").to_string();
    let failed = record.status == BackupStatus::Failed;
    let note = match (&record.error_code, store.has_file_of(record)) {
        (Some(code), _) => code.clone(),
        (None, false) => "its file is not there".to_owned(),
        (None, true) if record.verification_overdue(now) => "nobody has proven it".to_owned(),
        (None, true) => String::new(),
    };
    [
        record.backup_id.clone(),
        record.backup_type.as_str().to_owned(),
        time(record.created_at),
        if failed { "-".to_owned() } else { size(record.size_bytes) },
        if record.is_good() { "yes" } else { "no" }.to_owned(),
        time(record.retention_until),
        note,
    ]
}

fn size(bytes: u64) -> String {
    let (tenths, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (bytes / 100, "kB"),
        1_000_000..1_000_000_000 => (bytes / 100_000, "MB"),
        _ => (bytes / 100_000_000, "GB"),
    };
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_049, "1.0 kB"),
            (12_345_678, "12.3 MB"),
            (2_000_000_000, "2.0 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
