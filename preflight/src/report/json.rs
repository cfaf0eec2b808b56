//! One JSON document, as the contract has it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Made, Report, level};
use crate::finding::Finding;

#[derive(Serialize)]
struct Document<'a, F> {
    ok: bool,
    findings: F,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_fingerprint: Option<&'a str>,
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

pub(super) fn render(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let ok = !report.findings.iter().any(Finding::is_error);
    let findings = Made(|| report.findings.iter().map(entry));
    let configuration_fingerprint = report.fingerprint;
    serde_json::to_writer_pretty(out, &Document { ok, findings, configuration_fingerprint })?;
    Ok(())
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
