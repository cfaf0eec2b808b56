//! The newest Backup Records, and above all how old the newest good one is.

use domain::backup::{BackupRecord, BackupStatus, BackupType};

use super::facts::Facts;
use super::issue::{Issue, shelf_issue};
use super::mark::{Mark, Tone};
use super::words::{self, Moment, cut};

const SHOWN: usize = 6;
const CODE: usize = 60;

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) newest: Newest,
    pub(super) rows: Vec<Row>,
    pub(super) total: usize,
    /// Why the record is not shown as it is now; one that is not there yet is no fault.
    pub(super) error_code: Option<&'static str>,
}

/// The newest good backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Newest {
    pub(super) tone: Tone,
    pub(super) created: Option<Moment>,
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) created: Moment,
    pub(super) kind: &'static str,
    pub(super) database: String,
    pub(super) size: String,
    pub(super) mark: Mark,
    /// What its proof was, and what else there is to it, a line each.
    pub(super) remarks: Vec<String>,
    pub(super) code: Option<String>,
    pub(super) duration: String,
}

impl Table {
    pub(super) fn of(facts: &Facts) -> Self {
        let shelf = &facts.books.backups;
        let row = |record: &BackupRecord| Row::of(record, facts);
        Self {
            newest: newest(facts),
            rows: shelf.records.iter().take(SHOWN).map(row).collect(),
            total: shelf.total,
            error_code: shelf.error_code.filter(|code| *code != "missing"),
        }
    }
}

fn newest(facts: &Facts) -> Newest {
    let now = facts.health.timestamp;
    let Some(newest) = &facts.books.backup_totals.newest_verified else {
        let tone = if facts.books.backups.total == 0 { Tone::Unknown } else { Tone::Bad };
        return Newest { tone, created: None };
    };
    let late = (now - newest.created_at).to_std().is_ok_and(|age| age >= facts.backup_max_age);
    let tone = if late { Tone::Warn } else { Tone::Good };
    Newest { tone, created: Some(Moment::of(newest.created_at, now)) }
}

impl Row {
    fn of(record: &BackupRecord, facts: &Facts) -> Self {
        Self {
            created: Moment::of(record.created_at, facts.health.timestamp),
            kind: match record.backup_type {
                BackupType::Scheduled => "scheduled",
                BackupType::PreDeployment => "pre-deployment",
                BackupType::Manual => "manual",
            },
            database: cut(&record.database_name, CODE),
            size: words::bytes(record.size_bytes),
            mark: mark(record, facts),
            remarks: remarks(record),
            code: record
                .error_code
                .as_deref()
                .filter(|_| !record.is_only_offsite())
                .map(|code| cut(code, CODE)),
            duration: words::span(record.duration_ms.div_ceil(1000)),
        }
    }
}

fn mark(record: &BackupRecord, facts: &Facts) -> Mark {
    let (tone, word) = match (record.status, record.verified) {
        (BackupStatus::Failed, _) if record.is_only_offsite() => (Tone::Unknown, "off-site only"),
        (BackupStatus::Failed, _) => (Tone::Bad, "failed"),
        (BackupStatus::Complete, true) => (Tone::Good, "verified"),
        _ if record.verification_overdue(facts.health.timestamp) => (Tone::Warn, "not verified"),
        _ => (Tone::Busy, "not yet verified"),
    };
    Mark { tone, word }
}

fn remarks(record: &BackupRecord) -> Vec<String> {
    let proof = record.is_good().then(|| match record.restore_ms {
        Some(ms) => format!("restored in {}", words::span(ms.div_ceil(1000))),
        None => "read back".to_owned(),
    });
    let offsite = record.offsite_verified_at.map(|_| "off-site");
    let encrypted = record.encrypted.then_some("encrypted");
    let more: Vec<_> = offsite.into_iter().chain(encrypted).collect();
    let more = Some(more.join(" · ")).filter(|more| !more.is_empty());
    proof.into_iter().chain(more).collect()
}

/// What is wrong with the backups.
pub(super) fn issue(facts: &Facts) -> Option<Issue> {
    let shelf = &facts.books.backups;
    let issue = |subject: &str, text: &str, code, since| Issue {
        tone: Tone::Warn,
        subject: subject.to_owned(),
        text: text.to_owned(),
        code,
        since,
    };
    let unread = shelf_issue(facts, "backup_index.json", shelf.error_code, shelf.read_at);
    let newest = newest(facts);
    let of_runs = shelf.records.iter().find(|record| !record.is_only_offsite());
    let failed = of_runs.filter(|record| record.has_failed());
    unread.or_else(|| match (newest.tone, failed) {
        (_, Some(record)) => {
            let code = record.error_code.as_deref().map(|code| cut(code, CODE));
            let at = Moment::of(record.created_at, facts.health.timestamp);
            Some(issue("The newest backup", "failed", code, Some(at)))
        }
        (Tone::Warn, None) => {
            let text = format!("is older than {} hours", facts.backup_max_age.as_secs() / 3600);
            Some(issue("The newest verified backup", &text, None, newest.created))
        }
        (Tone::Bad, None) => Some(issue("No backup", "is verified", None, None)),
        _ => None,
    })
}
