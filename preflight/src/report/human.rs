//! Text for people: a paragraph for each variable, what is wrong and what to do, and the sum.

use std::fmt::Write;

use domain::configuration::{Attribute, Severity};

use crate::finding::Finding;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[1;32m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

pub(super) fn render(findings: &[Finding], colour: bool) -> String {
    let paint = |code: &str, text: &str| {
        if colour { format!("{code}{text}{PLAIN}") } else { text.to_owned() }
    };
    let mut text = String::new();
    let mut last_key = None;
    for finding in findings {
        let check = finding.check();
        if last_key != Some(finding.key.name()) {
            let gap = if last_key.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{}", paint(BOLD, finding.key.name()));
            last_key = Some(finding.key.name());
        }
        let severity = match finding.severity() {
            Severity::Error => paint(RED, "error"),
            Severity::Warning => paint(YELLOW, "warning"),
        };
        let _ = writeln!(text, "  {severity} {}: {}", check.code, check.message);
        let _ = writeln!(text, "    remedy: {}", check.remedy);
    }
    if last_key.is_some() {
        text.push('\n');
    }
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let warnings = findings.len() - errors;
    let sum = match (errors, warnings) {
        (0, 0) => {
            paint(GREEN, "The configuration is good")
                + &format!(": {} variables checked.", Attribute::ALL.len())
        }
        (0, _) => {
            paint(GREEN, "The configuration will do")
                + &format!(": {}.", counted(warnings, "warning"))
        }
        (_, 0) => {
            paint(RED, "The configuration is bad")
                + &format!(": {}. Nothing may start with it.", counted(errors, "error"))
        }
        (_, _) => {
            paint(RED, "The configuration is bad")
                + &format!(
                    ": {}, {}. Nothing may start with it.",
                    counted(errors, "error"),
                    counted(warnings, "warning")
                )
        }
    };
    text + &sum + "\n"
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
