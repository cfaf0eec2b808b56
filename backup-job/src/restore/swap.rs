//! The restored database gets the target's name, and the one that had it another.
//!
//! Both are renamed in one transaction: whoever dies meanwhile, the old one or the new one is there
//! under its name. What the server knew of the old one goes over to the new one. While it waits for the lock of the database nobody new gets in, and those who are
//! in it are put out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use platform::postgres::{Code, Session};

use super::target::{Target, beside};
use super::{RestoreError, settings};
use crate::dump::origin::{identifier, literal};
use crate::stop::Stop;

/// Longer than the five seconds that PostgreSQL itself waits for others to leave.
const DEADLINE: Duration = Duration::from_secs(30);
const ATTEMPTS: usize = 3;
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// `NAMEDATALEN` - 1, in bytes.
const MAX_NAME_BYTES: usize = 63;

/// Gives the restored database the target's name.
///
/// # Errors
/// What PostgreSQL says.
pub async fn rename(target: &mut Target) -> Result<(), Code> {
    let name = identifier(&target.url.database);
    let rename = renaming(&target.between().database, &name);
    target.session().rows(&rename, DEADLINE).await.map(drop)
}

/// Puts the restored database in the target's place, and tells the name that the old one has now.
///
/// # Errors
/// [`RestoreError::NotSwapped`]: all is as it was.
pub async fn swap(
    target: &mut Target,
    now: DateTime<Utc>,
    stop: &Stop,
) -> Result<String, RestoreError> {
    let kept = kept_name(&target.url.database, now);
    let name = target.url.database.clone();
    let between = target.between().database;
    let mut renamer = beside(&target.url, &target.trust, stop).await?;
    let settings = settings::carried_over(&mut renamer, &name, &between, stop).await;
    let both = settings.map_err(RestoreError::NotSwapped)?
        + &renaming(&name, &identifier(&kept))
        + &renaming(&between, &identifier(&name));
    let mut outcome = Err(Code::Timeout);
    for _ in 0..ATTEMPTS {
        outcome = put_out_while(renamer.rows(&both, DEADLINE), &name, target.session()).await;
        // PostgreSQL has no code of its own for a database that somebody is in.
        if !matches!(outcome, Err(Code::StatementFailed)) {
            break;
        }
    }
    outcome.map(|_| kept).map_err(RestoreError::NotSwapped)
}

/// Ends the connections to `database` for as long as `renaming` is at work.
async fn put_out_while<T>(
    renaming: impl Future<Output = Result<T, Code>>,
    database: &str,
    session: &mut Session,
) -> Result<T, Code> {
    let put_out = format!(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
         WHERE datname = {}",
        literal(database)
    );
    let mut renaming = std::pin::pin!(renaming);
    loop {
        tokio::select! {
            biased;
            outcome = &mut renaming => return outcome,
            () = tokio::time::sleep(LOOK_EVERY) => {
                // Who may not be put out makes the renaming fail.
                let _ = session.rows(&put_out, DEADLINE).await;
            }
        }
    }
}

/// What puts the old database back in its place.
#[must_use]
pub fn undoing(name: &str, kept: &str, now: DateTime<Utc>) -> String {
    let aside = suffixed(name, &now.format("_undone_%Y%m%dT%H%M%SZ").to_string());
    renaming(name, &identifier(&aside)) + &renaming(kept, &identifier(name))
}

fn renaming(from: &str, to: &str) -> String {
    format!("ALTER DATABASE {} RENAME TO {to}; ", identifier(from))
}

fn kept_name(name: &str, now: DateTime<Utc>) -> String {
    suffixed(name, &now.format("_before_%Y%m%dT%H%M%SZ").to_string())
}

fn suffixed(name: &str, suffix: &str) -> String {
    let mut end = name.len().min(MAX_NAME_BYTES - suffix.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &name[..end])
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_old_name_stays_readable_and_short_enough() {
        let now = Utc.with_ymd_and_hms(2026, 11, 23, 1, 2, 3).unwrap();
        assert_eq!(kept_name("app", now), "app_before_20261123T010203Z");
        let long = kept_name(&"ü".repeat(31), now);
        assert!(long.len() <= MAX_NAME_BYTES && long.ends_with("ü_before_20261123T010203Z"));
    }
}
