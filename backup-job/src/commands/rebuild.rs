//! `rebuild-index`: the catalog from the files.

use std::time::Duration;

use platform::clock::Clock;
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::runtime;
use platform::shutdown::Shutdown;

use super::{Error, fetch, print, read};
use crate::cli::Format;
use crate::config::FolderConfig;
use crate::stop::Stop;
use crate::store::adopt::Terms;
use crate::store::rebuild::{self, Rebuilt};
use crate::store::{Store, housekeeping};
use crate::{list, offsite, table};

/// How long it waits for a run to end.
const LOCK_WAIT: Duration = Duration::from_mins(1);
/// How long reading all files may take.
const TIMEOUT: Duration = Duration::from_hours(24);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    /// Nothing is to be changed.
    pub(super) dry_run: bool,
    /// What is in the bucket counts too.
    pub(super) offsite: bool,
}

pub(super) fn rebuild(
    how: How,
    format: Format,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let (config, offsite) = if how.offsite {
        let (config, offsite) = fetch::settings(environment, logs)?;
        (config, Some(offsite))
    } else {
        (read(logs, FolderConfig::read(environment))?, None)
    };
    let store = Store::new(&config.folder);
    let rebuilt = runtime::run(async {
        let shutdown = Shutdown::on_signals()?;
        let stop = Stop::after(TIMEOUT, shutdown.clone());
        let database = config.database.as_deref();
        let elsewhere = match &offsite {
            Some(offsite) => offsite::records(offsite, &store, database, &shutdown).await?,
            None => Vec::new(),
        };
        let terms = Terms { database, retention: config.retention, clock, stop: &stop };
        if how.dry_run {
            return Ok(rebuild::look(&store, terms, elsewhere)?);
        }
        store.check()?;
        let _lock = store.lock(LOCK_WAIT, &stop).await?;
        housekeeping::remove_orphans(&store)?;
        Ok::<_, Error>(rebuild::rebuild(&store, terms, elsewhere)?)
    })??;
    print(&match format {
        Format::Table => tables(&rebuilt, &store, clock),
        Format::Json => {
            serde_json::to_string_pretty(&rebuilt).map_err(std::io::Error::from)? + "\n"
        }
    })?;
    Ok(if rebuilt.is_good() { ExitCode::Good } else { ExitCode::Bad })
}

/// All that the index holds, with those at the end that it can't hold.
fn tables(rebuilt: &Rebuilt, store: &Store, clock: &dyn Clock) -> String {
    let mut text = list::table(&rebuilt.backups, store, clock.now());
    if !rebuilt.bad.is_empty() {
        let rows = rebuilt
            .bad
            .iter()
            .map(|bad| [bad.file.display().to_string(), bad.error_code.as_str().to_owned()]);
        text += "\n";
        text += &table::render(["NOT LISTED", "WHY"], rows.collect());
        text += "\n";
    }
    text
}
