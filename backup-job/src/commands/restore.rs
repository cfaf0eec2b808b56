//! `restore`: a backup back into a database.

use std::io;
use std::time::Duration;

use domain::backup::{BackupRecord, Part, newest_verified};
use domain::configuration::PostgresUrl;
use platform::clock::Clock;
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::runtime;
use platform::shutdown::Shutdown;

use super::{Error, fetch, print, read, verify};
use crate::archive::Key;
use crate::cli::Restore;
use crate::config::RestoreConfig;
use crate::failure::Failure;
use crate::offsite;
use crate::restore::psql::{Psql, Source};
use crate::restore::target::{Target, database_of};
use crate::restore::{self, How, RestoreError, Subject};
use crate::stop::Stop;
use crate::store::{Store, housekeeping};
use crate::verify::manifest_of;

/// How long a restore may take.
const TIMEOUT: Duration = Duration::from_hours(24);
/// How long it waits for a run to end, where it has to bring the backup from the bucket.
const LOCK_WAIT: Duration = Duration::from_mins(5);
/// What stands for the newest.
const LATEST: &str = "latest";

pub(super) fn restore(
    asked: &Restore,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, RestoreConfig::read(environment))?;
    let url = into(&asked.into, config.url.as_ref()).ok_or(RestoreError::IntoInvalid);
    let url = url.map_err(Failure::Restore)?;
    let key = asked.identity.as_deref().map(verify::identity).transpose()?;
    let store = Store::new(&config.folder);
    let restored = runtime::run(async {
        let stop = &Stop::after(TIMEOUT, Shutdown::on_signals()?);
        let database = config.url.as_ref().map(|url| url.database.as_str());
        let mut record = chosen(&store, &asked.backup, database)?;
        if !store.has_file_of(&record) {
            record = fetched(&store, &record, environment, clock, stop).await?;
        }
        let subject = subject(&store, record, key)?;
        let how = How { swap: asked.swap, roles: asked.roles, now: clock.now() };
        let psql = Psql::on(config.search, config.grace);
        let mut target = Target::open(&url, &config.trust, stop).await.map_err(Failure::Restore)?;
        let restoring = restore::restore(&mut target, &subject, how, &psql, stop).await;
        Ok::<_, Error>(restoring.map_err(Failure::Restore)?)
    })??;
    if let Some(undo) = &restored.undo {
        tracing::info!(undo, "the database that was there is kept; this puts it back");
    }
    print(&(serde_json::to_string_pretty(&restored).map_err(io::Error::from)? + "\n"))?;
    Ok(ExitCode::Good)
}

/// A connection string, or the name of a database beside the one of `DATABASE_URL`.
fn into(text: &str, beside: Option<&PostgresUrl>) -> Option<PostgresUrl> {
    if text.contains("://") {
        let url = PostgresUrl::parse(text).ok()?;
        tracing::warn!("others see a command line: the name of a database needs no password");
        return Some(url);
    }
    let is_name = !text.is_empty() && text.len() <= 63 && !text.contains('\0');
    beside.filter(|_| is_name).map(|url| database_of(url, text))
}

/// The backup that is asked for: where `latest` is not in the folder, it may be in the bucket.
fn chosen(store: &Store, wanted: &str, database: Option<&str>) -> Result<BackupRecord, Failure> {
    let records = store.records()?;
    if wanted != LATEST {
        let named = records.iter().find(|record| record.backup_id == wanted);
        return named.cloned().ok_or(Failure::NotListed);
    }
    let here = newest_verified(&records, database, |record| store.has_file_of(record));
    here.or_else(|| offsite::newest(&records, database)).cloned().ok_or(Failure::NoneVerified)
}

async fn fetched(
    store: &Store,
    record: &BackupRecord,
    environment: &impl Env,
    clock: &dyn Clock,
    stop: &Stop,
) -> Result<BackupRecord, Error> {
    let (_, offsite) = fetch::settings(environment, Ok(()))?;
    let _lock = store.lock(LOCK_WAIT, stop).await?;
    housekeeping::remove_orphans(store)?;
    Ok(offsite::fetch(&offsite, store, &record.backup_id, clock, stop.shutdown()).await?)
}

fn subject(store: &Store, record: BackupRecord, key: Option<Key>) -> Result<Subject, Failure> {
    if record.encrypted && key.is_none() {
        return Err(Failure::Restore(RestoreError::IdentityNeeded));
    }
    let key = key.filter(|_| record.encrypted);
    let source = |part| {
        let path = store.part_of(&record, part)?;
        path.is_file().then(|| Source { path, key: key.clone() })
    };
    let (dump, roles) = (source(Part::Dump).ok_or(Failure::NotListed)?, source(Part::Roles));
    let manifest = manifest_of(store, &record)?;
    Ok(Subject { record, manifest, dump, roles })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_connection_string_or_a_name_beside_the_database() {
        let here = PostgresUrl::parse("postgresql://u:p@h/d").unwrap();
        assert_eq!(into("new", Some(&here)).unwrap().database, "new");
        assert_eq!(into("postgresql://a:b@c/e", None).unwrap().database, "e");
        for (text, beside) in [("new", None), ("", Some(&here)), ("http://x", Some(&here))] {
            assert!(into(text, beside).is_none(), "{text}");
        }
    }
}
