//! Where the value in force is not the one that the file gives.

use domain::configuration::Severity;
use domain::env_file::{Quirk, Statement};
use secrecy::ExposeSecret;

use super::MOST;
use super::given::Given;
use super::keys;
use super::lines::LineFinding;
use super::sheet::Sheet;
use crate::finding::Finding;
use crate::registry::{Cause, FileFault};
use crate::variables::Key;

/// What stands beside the file.
pub(super) enum Outside<'a> {
    /// The environment of the container, as Compose has made it.
    Container(&'a Given),
    /// The shell that will run Compose.
    Shell(&'a dyn Fn(&str) -> Option<String>),
}

impl Outside<'_> {
    /// Whether a `_FILE` form that is set gives a value. To a container it does, where a Compose file
    /// hands it on; ours does not.
    pub(super) const fn reads_files(&self) -> bool {
        matches!(self, Self::Container(_))
    }

    fn overrides(&self, statement: &Statement) -> bool {
        match self {
            Self::Container(given) => match Key::find(&statement.key) {
                Some(key) => !given.is_faulty(key) && !given.comes_from(key, statement),
                None => false,
            },
            Self::Shell(value) => {
                let Some(own) = &statement.value else { return false };
                value(&statement.key).is_some_and(|value| own.expose_secret() != value)
            }
        }
    }
}

/// The statements that give a value, and not the one in force. Where an error of the line says why
/// the container has another, that is told instead; what the shell overrides has no such reason.
pub(super) fn findings(
    sheet: &Sheet<'_>,
    outside: &Outside<'_>,
    lines: &[LineFinding],
) -> Vec<Finding> {
    let explained = |index: usize| {
        let explains = |line: &LineFinding| {
            let bare = line.finding.cause == Cause::Line(Quirk::BareKey);
            let error = line.finding.check().severity == Severity::Error;
            line.statement == Some(index) && (bare || error)
        };
        matches!(outside, Outside::Container(_)) && lines.iter().any(explains)
    };
    let drifted = |(index, statement): (usize, &Statement)| {
        (sheet.wins(index) && outside.overrides(statement) && !explained(index)).then(|| {
            let finding = Finding::new(keys::of(&statement.key), Cause::File(FileFault::Stale));
            finding.at(statement.position)
        })
    };
    sheet.statements().iter().enumerate().filter_map(drifted).take(MOST + 1).collect()
}
