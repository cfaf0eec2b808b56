//! GitHub's workflow commands: a line for each finding, which GitHub shows beside the file's line.
//!
//! GitHub keeps ten errors and ten warnings of a step. So errors come first, and the variables that
//! the file leaves at their defaults are one warning.

use std::fmt::Write;

use super::{Report, Subject, level};
use crate::finding::Finding;
use crate::registry::{Cause, FileFault};
use crate::variables::Key;

pub(super) fn render(report: &Report<'_>) -> String {
    let is_absent = |found: &&Finding| found.cause == Cause::File(FileFault::KeyAbsent);
    let (errors, warnings): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .filter(|found| !is_absent(found))
        .partition(|finding| finding.is_error());
    let mut text = String::new();
    for finding in errors.into_iter().chain(warnings) {
        let name = match finding.key {
            Key::EnvFile => None,
            key => Some(key.name()),
        };
        command(&mut text, report.subject, finding, name);
    }
    let absent: Vec<&Finding> = report.findings.iter().filter(is_absent).collect();
    if let [first, ..] = absent[..] {
        let names: Vec<_> = absent.iter().map(|finding| finding.key.name()).collect();
        command(&mut text, report.subject, first, Some(&names.join(", ")));
    }
    text
}

fn command(text: &mut String, subject: Subject<'_>, finding: &Finding, names: Option<&str>) {
    let check = finding.check();
    let mut properties = Vec::new();
    // Without a line there is nothing to show it beside, unless the file itself was asked about.
    if finding.position.is_some() || matches!(subject, Subject::File(_)) {
        properties.push(format!("file={}", property(&subject.shown())));
    }
    if let Some(position) = finding.position {
        properties.push(format!("line={}", position.line));
        properties.push(format!("col={}", position.column));
    }
    let ignored = if finding.waived { " (ignored)" } else { "" };
    let title = format!("{} {}{ignored}", check.code, check.name);
    properties.push(format!("title={}", property(&title)));
    let names = names.map(|names| format!("{names}: ")).unwrap_or_default();
    let message = data(&format!("{names}{} {}", check.message, check.remedy));
    let level = level(finding.severity());
    let _ = writeln!(text, "::{level} {}::{message}", properties.join(","));
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which a colon or a comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
