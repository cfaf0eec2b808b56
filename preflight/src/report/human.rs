//! Text for people: a paragraph for each variable, what is wrong and what to do, and the sum.

use std::fmt::Write;

use domain::configuration::{Attribute, Severity};

use super::{Report, Subject, place};
use crate::finding::Finding;
use crate::registry::{Cause, FileFault};
use crate::variables::Key;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[1;32m";
const BOLD: &str = "\x1b[1m";
const FAINT: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// What a line of text is broken at.
const WIDTH: usize = 80;
/// Where the text below `  warning ` begins.
const INDENT: usize = 10;

pub(super) fn render(report: &Report<'_>, colour: bool) -> String {
    let file = report.subject.shown();
    let mut page = Page { text: String::new(), colour };
    let (absent, mut told): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|found| found.cause == Cause::File(FileFault::KeyAbsent));
    told.sort_by_key(|finding| finding.key);
    for group in told.chunk_by(|one, next| one.key == next.key) {
        let name = match group[0].key {
            Key::EnvFile => file.as_str(),
            key => key.name(),
        };
        page.painted(BOLD, name);
        page.text.push('\n');
        for kind in kinds(group) {
            page.kind(&kind, &file);
        }
        page.text.push('\n');
    }
    if let [first, ..] = absent[..] {
        page.absent(first, &absent);
    }
    page.sum(report.subject, &Tally::of(&told));
    page.hint(told.iter().find(|finding| finding.is_error()).or(told.first()));
    page.text
}

/// The findings about one key, those that say the same together.
fn kinds<'a>(group: &[&'a Finding]) -> Vec<Vec<&'a Finding>> {
    let mut kinds: Vec<Vec<&Finding>> = Vec::new();
    for finding in group {
        let same = |kind: &&mut Vec<&Finding>| {
            kind[0].cause == finding.cause && kind[0].waived == finding.waived
        };
        match kinds.iter_mut().find(same) {
            Some(kind) => kind.push(finding),
            None => kinds.push(vec![finding]),
        }
    }
    kinds
}

/// How many there are of each, beside the defaults, which have a paragraph of their own.
struct Tally {
    errors: usize,
    warnings: usize,
    ignored: usize,
}

impl Tally {
    fn of(told: &[&Finding]) -> Self {
        let errors = told.iter().filter(|finding| finding.is_error()).count();
        let ignored = told.iter().filter(|finding| finding.waived).count();
        Self { errors, ignored, warnings: told.len() - errors - ignored }
    }
}

/// What is written so far.
struct Page {
    text: String,
    colour: bool,
}

impl Page {
    fn painted(&mut self, paint: &str, text: &str) {
        if self.colour {
            self.text.extend([paint, text, PLAIN]);
        } else {
            self.text.push_str(text);
        }
    }

    /// What is said once, with every place that it is said of.
    fn kind(&mut self, kind: &[&Finding], file: &str) {
        let finding = kind[0];
        let check = finding.check();
        let (paint, word) = match (finding.waived, finding.severity()) {
            (true, _) => (FAINT, "ignored"),
            (false, Severity::Error) => (RED, "error"),
            (false, Severity::Warning) => (YELLOW, "warning"),
        };
        self.text.push_str("  ");
        self.painted(paint, word);
        let _ = write!(self.text, "{:gap$}", "", gap = INDENT - 2 - word.len());
        let _ = write!(self.text, "{} {}", check.code, check.name);
        let mut places = kind.iter().filter_map(|finding| finding.position);
        if let Some(first) = places.next() {
            self.text.push_str("  ");
            self.painted(FAINT, &place::link(file, first));
        }
        self.text.push('\n');
        let others: Vec<String> =
            places.map(|place| format!("{}:{}", place.line, place.column)).collect();
        if !others.is_empty() {
            self.wrapped(INDENT, "", &format!("and at {}", others.join(", ")));
        }
        self.wrapped(INDENT, "", check.message);
        self.wrapped(INDENT, "-> ", check.remedy);
    }

    /// One paragraph for all of them: a file that leaves defaults alone has many.
    fn absent(&mut self, first: &Finding, absent: &[&Finding]) {
        let check = first.check();
        let word = if first.waived { "ignored" } else { check.name };
        self.painted(BOLD, "Left at their defaults");
        let _ = writeln!(self.text, " ({} {word})", check.code);
        let names: Vec<_> = absent.iter().map(|finding| finding.key.name()).collect();
        self.wrapped(2, "", &names.join(", "));
        self.wrapped(2, "-> ", "Copy their lines from the template, to have them in sight.");
        self.text.push('\n');
    }

    /// Writes `words` behind `mark`, its lines no wider than [`WIDTH`] where a space allows it.
    fn wrapped(&mut self, indent: usize, mark: &str, words: &str) {
        let inner = indent + mark.len();
        let _ = write!(self.text, "{:indent$}{mark}", "");
        let mut column = inner;
        for word in words.split(' ') {
            let width = word.chars().count();
            if column > inner && column + 1 + width > WIDTH {
                let _ = write!(self.text, "\n{:inner$}", "");
                column = inner;
            } else if column > inner {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += width;
        }
        self.text.push('\n');
    }

    fn sum(&mut self, subject: Subject<'_>, tally: &Tally) {
        let (what, demand) = match subject {
            Subject::Environment => ("The configuration", "Nothing may start with it."),
            Subject::File(_) => ("The file", "Mend it before you start."),
        };
        let (paint, verdict) = match tally {
            Tally { errors: 1.., .. } => (RED, "is bad"),
            Tally { warnings: 0, ignored: 0, .. } => (GREEN, "is good"),
            Tally { .. } => (GREEN, "will do"),
        };
        self.painted(paint, &format!("{what} {verdict}"));
        let counts: Vec<String> = [
            counted(tally.errors, "error", "errors"),
            counted(tally.warnings, "warning", "warnings"),
            counted(tally.ignored, "ignored", "ignored"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let _ = match subject {
            _ if !counts.is_empty() => write!(self.text, ": {}.", counts.join(", ")),
            Subject::Environment => {
                write!(self.text, ": {} variables checked.", Attribute::ALL.len())
            }
            Subject::File(_) => write!(self.text, ": Compose will read what was meant."),
        };
        if tally.errors > 0 {
            let _ = write!(self.text, " {demand}");
        }
        self.text.push('\n');
    }

    fn hint(&mut self, finding: Option<&&Finding>) {
        if let Some(finding) = finding {
            let code = finding.check().code;
            self.painted(FAINT, &format!("`preflight explain {code}` says more, with examples."));
            self.text.push('\n');
        }
    }
}

fn counted(number: usize, one: &str, many: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    }
}
