//! One JSON document, as the contract has it.

use domain::configuration::Severity;
use serde::Serialize;

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

pub(super) fn render(findings: &[Finding]) -> String {
    let ok = !findings.iter().any(Finding::is_error);
    let document = Document { ok, findings: findings.iter().copied().map(entry).collect() };
    // Strings, a flag and nothing that could fail to be JSON.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn entry(finding: Finding) -> Entry {
    let check = finding.check();
    let severity = match finding.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    Entry {
        code: check.code,
        severity,
        key: finding.key.name(),
        line: finding.position.map(|position| position.line),
        column: finding.position.map(|position| position.column),
        message: check.message,
        remedy: check.remedy,
    }
}
