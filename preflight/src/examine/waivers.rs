//! `--ignore`: which findings somebody asked to be warnings, and may.

use crate::finding::Finding;
use crate::registry::{Code, Waiver};

/// The codes that were asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waivers<'a> {
    pub(super) codes: &'a [Code],
    pub(super) is_production: bool,
}

impl Waivers<'_> {
    /// The finding, waived where that was asked for and is allowed.
    pub(super) fn apply(self, finding: Finding) -> Finding {
        let check = finding.check();
        let asked = self.codes.iter().any(|code| code.0 == check.code);
        Finding { waived: asked && !self.holds(check.waiver), ..finding }
    }

    /// The codes that hold in spite of having been asked for.
    pub(super) fn refused(self) -> Vec<Code> {
        self.codes.iter().filter(|code| self.holds(code.check().waiver)).copied().collect()
    }

    fn holds(self, waiver: Waiver) -> bool {
        match waiver {
            Waiver::Anywhere => false,
            Waiver::NotInProduction => self.is_production,
            Waiver::Never => true,
        }
    }
}
