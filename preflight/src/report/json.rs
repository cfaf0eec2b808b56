//! One JSON document, as the contract has it.

use serde::Serialize;

use super::{Report, level};
use crate::finding::Finding;

#[derive(Serialize)]
struct Document {
    ok: bool,
    findings: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    code: &'static str,
    severity: &'static str,
    key: &'static str,
    line: Option<u32>,
    column: Option<u32>,
    message: &'static str,
    remedy: &'static str,
}

pub(super) fn render(report: &Report<'_>) -> String {
    let ok = !report.findings.iter().any(Finding::is_error);
    let document = Document { ok, findings: report.findings.iter().map(entry).collect() };
    // Strings, numbers, a flag and nothing that could fail to be JSON.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn entry(finding: &Finding) -> Entry {
    let check = finding.check();
    Entry {
        code: check.code,
        severity: level(finding.severity()),
        key: finding.key.name(),
        line: finding.position.map(|position| position.line),
        column: finding.position.map(|position| position.column),
        message: check.message,
        remedy: check.remedy,
    }
}
