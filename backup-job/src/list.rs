//! The index for people and for programs.

use chrono::{DateTime, Utc};
use domain::backup::{BackupRecord, BackupStatus};

use crate::store::Store;
use crate::table;

const HEADINGS: [&str; 7] =
    ["BACKUP", "CREATED (UTC)", "SIZE", "PROOF", "OFF-SITE", "KEPT UNTIL", "NOTE"];

/// The records as columns, the newest first. Their type stands in their names.
#[must_use]
pub fn table(records: &[BackupRecord], store: &Store, now: DateTime<Utc>) -> String {
    let mut records: Vec<&BackupRecord> = records.iter().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.created_at));
    let rows = records.iter().map(|record| columns(record, store, now));
    table::render(HEADINGS, rows.collect()) + "\n"
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
    let failed = record.has_failed();
    [
        record.backup_id.clone(),
        record.created_at.format("%m-%d %H:%M").to_string(),
        if failed { "-".to_owned() } else { size(record.size_bytes) },
        proof(record),
        if record.offsite_verified_at.is_some() { "yes" } else { "-" }.to_owned(),
        record.retention_until.format("%Y-%m-%d").to_string(),
        note(record, store, now),
    ]
}

/// How it was proven; a restore with the time that it took, which is the time to expect of one.
fn proof(record: &BackupRecord) -> String {
    match record.restore_ms {
        _ if !record.is_good() => "no".to_owned(),
        Some(restore_ms) => format!("restored, {}", seconds(restore_ms)),
        None => "read".to_owned(),
    }
}

fn note(record: &BackupRecord, store: &Store, now: DateTime<Utc>) -> String {
    let complete = record.status == BackupStatus::Complete;
    let state = match &record.error_code {
        Some(code) => Some(code.as_str()),
        None if !store.has_file_of(record) => Some("its file is not there"),
        None if record.verification_overdue(now) => Some("nobody has proven it"),
        None => None,
    };
    let encrypted = (complete && record.encrypted).then_some("encrypted");
    [encrypted, state].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn seconds(milliseconds: u64) -> String {
    match milliseconds {
        0..60_000 => format!("{}.{} s", milliseconds / 1000, milliseconds / 100 % 10),
        _ => format!("{} min", milliseconds.div_ceil(60_000)),
    }
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
    use super::{seconds, size};

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

    #[test]
    fn times_are_short() {
        for (milliseconds, text) in
            [(40, "0.0 s"), (1_250, "1.2 s"), (59_999, "59.9 s"), (60_001, "2 min")]
        {
            assert_eq!(seconds(milliseconds), text);
        }
    }
}
