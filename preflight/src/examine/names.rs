//! The names of the file: those that nothing reads, those that are nearly right, and those of the
//! template that are not there.

use std::collections::HashSet;

use domain::env_file::{Quirk, Statement};

use super::MOST;
use super::given::Given;
use super::keys;
use super::lines::{BehindQuotes, LineFinding};
use super::sheet::Sheet;
use crate::finding::Finding;
use crate::registry::{Cause, FileFault};
use crate::variables::{self, Key};

/// The names that the file sets and nothing reads; one that is nearly a name which must be set and
/// is not is told as that. Near one that has a default it may be a name of its own.
pub(super) fn unknown(sheet: &Sheet<'_>, given: &Given, lines: &[LineFinding]) -> Vec<Finding> {
    let no_name: HashSet<usize> = lines.iter().filter_map(no_name).collect();
    let behind = BehindQuotes::of(sheet);
    let asked: HashSet<&str> = sheet
        .statements()
        .iter()
        .filter(|statement| statement.is_asked_for)
        .map(|statement| statement.key.as_str())
        .collect();
    let finding = |(index, statement): (usize, &Statement)| {
        let name = statement.key.as_str();
        let is_name = !no_name.contains(&index) && !behind.hold(statement);
        if variables::is_known(name) || !is_name {
            return None;
        }
        let near = variables::nearest(name)
            .filter(|key| key.is_required() && sheet.of(*key).is_none() && given.lacks(*key));
        let finding = match near {
            Some(key) => Finding::new(key, Cause::File(FileFault::KeyTypo)),
            // Another line reads it.
            None if asked.contains(name) => return None,
            None => Finding::new(Key::EnvFile, Cause::File(FileFault::KeyUnknown)),
        };
        Some(finding.at(statement.position))
    };
    sheet.statements().iter().enumerate().filter_map(finding).take(MOST + 1).collect()
}

/// The lines that say in which file a value is, which services.yml hands to no container.
pub(super) fn of_files(sheet: &Sheet<'_>) -> Vec<Finding> {
    let finding = |statement: &Statement| {
        let key = keys::of_file(&statement.key)?;
        Some(Finding::new(key, Cause::File(FileFault::KeyFile)).at(statement.position))
    };
    sheet.statements().iter().filter_map(finding).take(MOST + 1).collect()
}

/// What the line gives is no name that somebody wrote as one.
fn no_name(line: &LineFinding) -> Option<usize> {
    match line.finding.cause {
        Cause::Line(
            Quirk::EmptyKey | Quirk::KeyCharacter | Quirk::KeySpace | Quirk::KeyMissing,
        ) => line.statement,
        _ => None,
    }
}

/// The variables of the template that the file lacks, and that have a default.
pub(super) fn absent(sheet: &Sheet<'_>, given: &Given) -> Vec<Finding> {
    Key::all()
        .filter(|key| !key.is_required() && sheet.of(*key).is_none())
        .filter(|key| given.value(*key).is_none())
        .map(|key| Finding::new(key, Cause::File(FileFault::KeyAbsent)))
        .collect()
}
