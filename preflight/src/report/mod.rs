//! What the person or the program that ran the check reads on stdout.

mod human;
mod json;

use std::io::{self, Write};

use clap::ValueEnum;

use crate::finding::Finding;

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Grouped by variable, for people.
    #[default]
    Human,
    /// One JSON document, for programs.
    Json,
    /// Workflow commands, which GitHub shows beside the line.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// Writes the findings to `out`; `colour` counts for the human format only.
///
/// # Errors
/// What `out` says.
pub(crate) fn write(
    out: &mut impl Write,
    format: Format,
    findings: &[Finding],
    colour: bool,
) -> io::Result<()> {
    let text = match format {
        Format::Human => human::render(findings, colour),
        Format::Json | Format::Github | Format::Sarif => json::render(findings),
    };
    out.write_all(text.as_bytes())?;
    out.flush()
}
