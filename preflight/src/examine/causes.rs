//! Order and causes: syntax, presence, type, across. What only follows from an earlier error is not
//! told; what is independent is.
//!
//! A warning hides nothing, and neither does what was waived: then the error behind it would be
//! let through in silence.

use std::collections::HashSet;

use domain::configuration::{Attribute, Rule};
use domain::env_file::Quirk;

use super::given::Given;
use super::lines::LineFinding;
use super::outside::Outside;
use super::sheet::Sheet;
use crate::finding::Finding;
use crate::registry::{AcrossFault, Cause, FileFault};
use crate::variables::Key;

/// What earlier errors explain.
#[derive(Debug, Default)]
pub(super) struct Explained {
    /// Keys whose value comes from a line that is not what was meant.
    broken: HashSet<Key>,
    /// Keys that are not set because of an error elsewhere: a misspelt name, a
    /// `_FILE` form that nobody gets, a quote that goes on.
    lost: HashSet<Key>,
}

impl Explained {
    /// What the errors of the file explain; all of `lines` and `names` have their waivers.
    pub(super) fn by(
        sheet: &Sheet<'_>,
        outside: &Outside<'_>,
        given: &Given,
        lines: &[LineFinding],
        names: &[Finding],
    ) -> Self {
        let errors = || lines.iter().filter(|line| line.finding.is_error());
        let broken = errors().filter_map(|line| {
            let index = line.statement?;
            let statement = &sheet.statements()[index];
            let key = line.finding.key;
            let comes_from_it = if key.name() == statement.key {
                given.comes_from(key, statement)
            } else {
                outside.reads_files()
            };
            (key != Key::EnvFile && sheet.wins(index) && comes_from_it).then_some(key)
        });
        let broken = broken.collect();
        let elsewhere = names.iter().filter(|finding| {
            let told = [FileFault::KeyTypo, FileFault::KeyFile].map(Cause::File);
            finding.is_error() && told.contains(&finding.cause)
        });
        let mut lost: HashSet<Key> = elsewhere.map(|finding| finding.key).collect();
        if errors().any(|line| loses_a_line(line.finding.cause)) {
            lost.extend(sheet.lost());
        }
        Self { broken, lost }
    }

    /// Whether the finding only follows from one of them.
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        let key = finding.key;
        match finding.cause {
            Cause::Rule(Rule::Unset | Rule::Empty) | Cause::File(FileFault::KeyAbsent) => {
                self.lost.contains(&key) || self.broken.contains(&key)
            }
            Cause::Rule(Rule::PasswordsDiffer) => {
                self.any([key, Key::Attribute(Attribute::DatabaseUrl)])
            }
            Cause::Rule(_) | Cause::Source(_) | Cause::Across(AcrossFault::AgeRecipient) => {
                self.broken.contains(&key)
            }
            Cause::Across(
                AcrossFault::PostgresUsersDiffer | AcrossFault::PostgresDatabasesDiffer,
            ) => self.any([key, Key::Attribute(Attribute::DatabaseUrl)]),
            Cause::Across(AcrossFault::RedisPasswordsDiffer) => {
                self.any([key, Key::Attribute(Attribute::RedisUrl)])
            }
            Cause::Across(AcrossFault::S3HalfSet) => self.any([key, key]),
            Cause::Line(_) | Cause::File(_) | Cause::Live(_) => false,
        }
    }

    /// Whether one of the sides of a comparison has no value of its own.
    fn any(&self, keys: [Key; 2]) -> bool {
        keys.iter().any(|key| self.broken.contains(key) || self.lost.contains(key))
    }
}

/// Whether a line that looks like a statement may be none because of it: its name is none, or it went
/// into the value of another.
fn loses_a_line(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Line(
            Quirk::KeyCharacter
                | Quirk::KeySpace
                | Quirk::KeyMissing
                | Quirk::QuoteUnterminated
                | Quirk::StatementAfterQuote
        )
    )
}
