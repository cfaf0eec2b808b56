//! What the lines of the file are, beside being what was meant.

use std::collections::HashSet;

use domain::env_file::{Position, Quirk, Remark, Statement};

use super::MOST;
use super::keys;
use super::outside::Outside;
use super::sheet::Sheet;
use crate::finding::Finding;
use crate::registry::Cause;
use crate::variables::Key;

/// A finding about a line, and the statement that the line gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineFinding {
    pub(super) finding: Finding,
    pub(super) statement: Option<usize>,
}

/// Everything that the reader of the file has noted, under the key that the line is about.
pub(super) fn findings(sheet: &Sheet<'_>, outside: &Outside<'_>) -> Vec<LineFinding> {
    let of = |remark: &Remark| {
        let finding = Finding::new(key(sheet, remark), Cause::Line(remark.quirk));
        LineFinding { finding: finding.at(remark.position), statement: remark.statement }
    };
    let behind = BehindQuotes::of(sheet);
    let told = sheet.remarks().iter().filter(|remark| !behind.explain(sheet, remark));
    told.filter(|remark| holds(sheet, remark, outside)).map(of).take(MOST + 1).collect()
}

/// What stands behind closing quotes.
#[derive(Debug, Default)]
pub(super) struct BehindQuotes {
    /// Where it begins.
    places: HashSet<Position>,
    /// The statements whose quotes those are.
    statements: HashSet<usize>,
}

impl BehindQuotes {
    pub(super) fn of(sheet: &Sheet<'_>) -> Self {
        let mut behind = Self::default();
        let is_behind = |remark: &&Remark| remark.quirk == Quirk::StatementAfterQuote;
        for remark in sheet.remarks().iter().filter(is_behind) {
            behind.places.insert(remark.position);
            behind.statements.extend(remark.statement);
        }
        behind
    }

    /// Whether `statement` is what stands there.
    pub(super) fn hold(&self, statement: &Statement) -> bool {
        self.places.contains(&statement.position)
    }

    /// Whether the remark is about what stands there, which has been told as that.
    fn explain(&self, sheet: &Sheet<'_>, remark: &Remark) -> bool {
        let Some(index) = remark.statement.filter(|_| !self.places.is_empty()) else {
            return false;
        };
        let is_name =
            matches!(remark.quirk, Quirk::KeyCharacter | Quirk::KeySpace | Quirk::KeyMissing);
        self.hold(&sheet.statements()[index]) || is_name && self.statements.contains(&index)
    }
}

fn key(sheet: &Sheet<'_>, remark: &Remark) -> Key {
    let own =
        remark.statement.map_or(Key::EnvFile, |index| keys::of(&sheet.statements()[index].key));
    match own {
        Key::EnvFile if remark.quirk.is_refused() => {
            sheet.meant_in(remark.position.line).unwrap_or(Key::EnvFile)
        }
        own => own,
    }
}

/// Inside the container the shell of the host is not known: that a reference leads nowhere is
/// believed where the value in force says so too.
fn holds(sheet: &Sheet<'_>, remark: &Remark, outside: &Outside<'_>) -> bool {
    if !matches!(remark.quirk, Quirk::DollarEaten | Quirk::ReferenceRequired) {
        return true;
    }
    match (outside, remark.statement) {
        (Outside::Container(given), Some(index)) => {
            let statement = &sheet.statements()[index];
            let key = keys::of(&statement.key);
            key != Key::EnvFile && (!sheet.wins(index) || given.comes_from(key, statement))
        }
        _ => true,
    }
}
