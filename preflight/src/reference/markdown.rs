//! `CHECKS.md`: every check on one page.

use std::fmt::Write;

use super::{severity, text, waiver};
use crate::registry::{ALL, Check, Phase};

const INTRODUCTION: &str = "\
# What preflight checks

This page is made by `preflight explain --markdown`; a test holds it to the program.
`preflight explain PF106` shows one check in a terminal.

A code never changes its meaning. An *error* stops the stack from starting, a *warning* does not.
The checks are made in the order of the tables: what only follows from an earlier error is not told,
and everything else is told in one run. A finding names a variable and a line, and never a value.
All secrets on this page are made up. A line of an example that begins with `$` is a command.
";

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for phase in Phase::ALL {
        let _ = writeln!(page, "\n## {}\n", phase.title());
        page.push_str("| Code | Name | Severity | What it says |\n|---|---|---|---|\n");
        for check in checks(*phase) {
            page.push_str(&row(check));
        }
    }
    for phase in Phase::ALL {
        let _ = writeln!(page, "\n## In detail: {}", lowered(phase.title()));
        checks(*phase).for_each(|check| page.push_str(&section(check)));
    }
    page
}

fn checks(phase: Phase) -> impl Iterator<Item = &'static Check> {
    ALL.iter().filter(move |check| check.phase == phase)
}

fn row(check: &Check) -> String {
    let Check { code, name, message, .. } = check;
    let anchor = code.to_ascii_lowercase();
    let severity = severity(check);
    format!("| [{code}](#{anchor}-{name}) | {name} | {severity} | {} |\n", escaped(message))
}

fn section(check: &Check) -> String {
    let Check { code, name, message, remedy, explanation, .. } = check;
    let legend = text::legend([check.bad, check.good]);
    [
        format!("\n### {code} {name}\n\n"),
        format!("**{}** ({})\n\n", escaped(message), severity(check)),
        format!("{}\n\n", escaped(explanation)),
        example("Bad", check.bad),
        example("Good", check.good),
        legend.map(|legend| format!("{legend}\n\n")).unwrap_or_default(),
        format!("- What to do: {}\n", escaped(remedy)),
        format!("- Variables: {}\n", escaped(&check.keys.words())),
        format!("- To ignore it: {}\n", escaped(&waiver(check))),
    ]
    .concat()
}

fn example(heading: &str, lines: &str) -> String {
    let lines = text::visible(lines);
    format!("{heading}:\n\n```\n{}\n```\n\n", lines.trim_end_matches('\n'))
}

fn lowered(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

/// Text in which nothing is taken for a sign of Markdown, but what stands in backticks.
fn escaped(plain: &str) -> String {
    let mut text = String::new();
    for (index, span) in plain.split('`').enumerate() {
        if index % 2 == 1 {
            let _ = write!(text, "`{span}`");
            continue;
        }
        let mut before = ' ';
        for character in span.chars() {
            let inside = before.is_ascii_alphanumeric() || before == '_';
            if r"\*<>[]|$#~".contains(character) || (character == '_' && !inside) {
                text.push('\\');
            }
            text.push(character);
            before = character;
        }
    }
    text
}
