//! SARIF 2.1.0 (OASIS, errata 01), which code scanning takes in.
//!
//! The rules are those that the results need: `preflight explain` lists the others.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::{Made, Report, Subject, level};
use crate::finding::Finding;
use crate::registry::Check;
use crate::variables::Key;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Serialize)]
struct Document<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [R; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R> {
    tool: Value,
    invocations: Value,
    column_kind: &'static str,
    default_encoding: &'static str,
    results: R,
}

pub(super) fn render(out: &mut impl Write, report: &Report<'_>) -> io::Result<()> {
    let mut checks: Vec<Check> = report.findings.iter().map(Finding::check).collect();
    checks.sort_unstable_by_key(|check| check.code);
    checks.dedup_by_key(|check| check.code);
    let results = || {
        let mut seen = BTreeMap::new();
        let checks = &checks;
        report.findings.iter().map(move |finding| {
            let code = finding.check().code;
            let rule = checks.binary_search_by_key(&code, |check| check.code).unwrap_or_default();
            let turn = seen.entry((code, finding.key)).and_modify(|turn| *turn += 1).or_insert(1);
            result(report.subject, finding, rule, *turn)
        })
    };
    let run = Run {
        tool: json!({"driver": {
            "name": "preflight",
            "fullName": format!("Ballast preflight {VERSION}"),
            "version": VERSION,
            "semanticVersion": VERSION,
            "rules": checks.iter().map(rule).collect::<Vec<_>>(),
        }}),
        // Whatever it found, it looked at everything.
        invocations: json!([{"executionSuccessful": true}]),
        column_kind: "unicodeCodePoints",
        default_encoding: "UTF-8",
        results: Made(results),
    };
    serde_json::to_writer_pretty(out, &Document { schema: SCHEMA, version: "2.1.0", runs: [run] })?;
    Ok(())
}

fn rule(check: &Check) -> Value {
    let Check { code, name, message, remedy, explanation, bad, good, .. } = check;
    json!({
        "id": code,
        "name": name,
        "shortDescription": {"text": text(message)},
        "fullDescription": {"text": text(explanation)},
        "help": {
            "text": text(&format!("{remedy}\n\nBad:\n{bad}\n\nGood:\n{good}")),
            "markdown": braces(&format!(
                "{remedy}\n\nBad:\n\n```sh\n{bad}\n```\n\nGood:\n\n```sh\n{good}\n```\n"
            )),
        },
        "defaultConfiguration": {"level": level(check.severity)},
    })
}

fn result(subject: Subject<'_>, finding: &Finding, rule: usize, turn: u32) -> Value {
    let Check { code, message, remedy, .. } = finding.check();
    let key = finding.key.name();
    let of = if finding.key == Key::EnvFile { String::new() } else { format!("{key}: ") };
    let mut physical = json!({"artifactLocation": {"uri": subject.uri()}});
    if let Some(position) = finding.position {
        physical["region"] = json!({"startLine": position.line, "startColumn": position.column});
    }
    let mut location = json!({"physicalLocation": physical});
    if finding.key != Key::EnvFile {
        location["logicalLocations"] = json!([{"name": key, "kind": "variable"}]);
    }
    let mut result = json!({
        "ruleId": code,
        "ruleIndex": rule,
        "level": level(finding.severity()),
        "message": {"text": text(&format!("{of}{message} {remedy}"))},
        "locations": [location],
        // The same fault in another line is the same fault, and no value has a part in it.
        "partialFingerprints": {"codeKeyTurn/v1": format!("{code}/{key}/{turn}")},
    });
    if finding.waived {
        // Somebody wished it on the command line, outside of the file.
        result["suppressions"] =
            json!([{"kind": "external", "status": "accepted", "justification": "--ignore"}]);
    }
    result
}

/// A plain text as SARIF's messages want it: square brackets would hold a link (3.11.6).
fn text(plain: &str) -> String {
    braces(plain).replace('[', "\\[").replace(']', "\\]")
}

/// In any message, braces would hold the number of an argument (3.11.5).
fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
