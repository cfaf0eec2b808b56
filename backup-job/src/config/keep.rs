//! The variables of what is kept beyond the retention.

use domain::retention::Keep;
use platform::env::{Fields, Variable, parse};

/// Days.
pub const BACKUP_KEEP_DAILY: Variable = Variable::plain(
    "BACKUP_KEEP_DAILY",
    "For so many days that have one, the newest verified backup of each (UTC) is kept beyond \
     BACKUP_RETENTION_DAYS.",
)
.with_default("0")
.empty_is_unset();
/// Weeks.
pub const BACKUP_KEEP_WEEKLY: Variable =
    Variable::plain("BACKUP_KEEP_WEEKLY", "The same of weeks, which begin on Monday.")
        .with_default("0")
        .empty_is_unset();
/// Months.
pub const BACKUP_KEEP_MONTHLY: Variable =
    Variable::plain("BACKUP_KEEP_MONTHLY", "The same of months.")
        .with_default("0")
        .empty_is_unset();

/// Their values.
#[expect(clippy::struct_field_names, reason = "they are named as the variables are")]
#[derive(serde::Deserialize)]
pub(super) struct RawKeep {
    backup_keep_daily: Option<String>,
    backup_keep_weekly: Option<String>,
    backup_keep_monthly: Option<String>,
}

/// What they say.
pub(super) fn keep(raw: RawKeep, fields: &mut Fields) -> Option<Keep> {
    let mut count = |variable: &Variable, raw| {
        let counted = fields.required(variable, raw, parse::whole(0..=10_000_u32));
        counted.and_then(|count| usize::try_from(count).ok())
    };
    let daily = count(&BACKUP_KEEP_DAILY, raw.backup_keep_daily);
    let weekly = count(&BACKUP_KEEP_WEEKLY, raw.backup_keep_weekly);
    let monthly = count(&BACKUP_KEEP_MONTHLY, raw.backup_keep_monthly);
    Some(Keep { daily: daily?, weekly: weekly?, monthly: monthly? })
}
