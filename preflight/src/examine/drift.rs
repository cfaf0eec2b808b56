//! Where the value in force is not the one that the file gives.

use domain::configuration::Severity;
use domain::env_file::{Quirk, Statement};

use super::MOST;
use super::keys;
use super::lines::LineFinding;
use super::outside::Outside;
use super::sheet::Sheet;
use crate::finding::Finding;
use crate::registry::{Cause, FileFault};

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
