//! The registry as pages: one check, the list of all, and `CHECKS.md`. Nothing in them comes from
//! what was examined.

mod entry;
mod list;
mod markdown;
#[cfg(test)]
mod tests;
mod text;

pub use entry::entry;
pub use list::list;
pub use markdown::markdown;

use domain::configuration::Severity;

use crate::registry::{Check, Waiver};

/// The severity in a word.
const fn severity(check: &Check) -> &'static str {
    match check.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// What `--ignore` does with it.
fn waiver(check: &Check) -> String {
    let code = check.code;
    match (check.severity, check.waiver) {
        (Severity::Warning, _) => {
            format!("It stops nothing. With --ignore {code} it is marked as ignored.")
        }
        (Severity::Error, Waiver::Never) => "It can't be ignored.".to_owned(),
        (Severity::Error, Waiver::Anywhere) => format!("With --ignore {code} it is a warning."),
        (Severity::Error, Waiver::NotInProduction) => format!(
            "With --ignore {code} it is a warning, but never in production, nor where ENVIRONMENT_NAME \
             is missing or wrong."
        ),
    }
}
