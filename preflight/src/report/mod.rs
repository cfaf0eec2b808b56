//! What the person or the program that ran preflight reads on stdout.
//!
//! A report is made of the registry's texts, names of variables and numbers, and of the path of a
//! file that could be opened. It has nothing else to show.

mod github;
mod human;
mod json;
mod place;
mod sarif;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::ValueEnum;
use domain::configuration::Severity;
use serde::{Serialize, Serializer};

use crate::finding::Finding;

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
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

/// What the findings are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// The environment of this process. A position is one of the host's `.env.production`.
    Environment,
    /// A file, by the path that was typed. Only one that could be opened: what was typed in its place
    /// by mistake may be a secret.
    File(&'a Path),
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// Every finding, in the order of the keys.
    pub findings: &'a [Finding],
    /// What they are about.
    pub subject: Subject<'a>,
    /// The configuration's keyed fingerprint, where it was asked for.
    pub fingerprint: Option<&'a str>,
}

/// Writes the report to `out`; `colour` counts for the human format only.
///
/// # Errors
/// What `out` says.
pub fn write(
    out: &mut impl Write,
    format: Format,
    report: &Report<'_>,
    colour: bool,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    match format {
        Format::Human => out.write_all(human::render(report, colour).as_bytes())?,
        Format::Github => out.write_all(github::render(report).as_bytes())?,
        Format::Json => json::render(&mut out, report)?,
        Format::Sarif => sarif::render(&mut out, report)?,
    }
    if matches!(format, Format::Json | Format::Sarif) {
        writeln!(out)?;
    }
    out.flush()
}

/// A list of a document, each item written as soon as it is made: a file of a megabyte can have a
/// quarter of a million findings.
struct Made<F>(F);

impl<F, I> Serialize for Made<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// The severity as every format but the human one names it.
const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
