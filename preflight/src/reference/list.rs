//! The list of all checks, in the order in which they are made.

use std::fmt::Write;

use super::{severity, text};
use crate::registry::{ALL, Phase};

/// Where the texts begin, below code and severity.
const INDENT: usize = 17;
/// Wide enough for most messages to stay in one line.
const WIDTH: usize = 100;

/// Every check with its code, severity, name and message.
#[must_use]
pub fn list() -> String {
    let mut page = String::new();
    for phase in Phase::ALL {
        let _ = writeln!(page, "{}\n", phase.title());
        for check in ALL.iter().filter(|check| check.phase == *phase) {
            let _ = writeln!(page, "  {}  {:7}  {}", check.code, severity(check), check.name);
            page.push_str(&text::wrapped(INDENT, WIDTH, check.message));
        }
        page.push('\n');
    }
    page.push_str("preflight explain CODE says more of one.\n");
    page
}
