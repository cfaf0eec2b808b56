//! `rebuild-index`: the catalog from the files.

use std::time::Duration;

use platform::clock::Clock;
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::runtime;
use platform::shutdown::Shutdown;

use super::{Error, print, read};
use crate::cli::Format;
use crate::config::FolderConfig;
use crate::stop::Stop;
use crate::store::adopt::Terms;
use crate::store::rebuild::{self, Rebuilt};
use crate::store::{Store, housekeeping};
use crate::{list, table};

/// How long it waits for a run to end.
const LOCK_WAIT: Duration = Duration::from_mins(1);
/// How long reading all files may take.
const TIMEOUT: Duration = Duration::from_hours(24);

pub(super) fn rebuild(
    dry_run: bool,
    format: Format,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, FolderConfig::read(environment))?;
    let store = Store::new(&config.folder);
    let rebuilt = runtime::run(async {
        let stop = Stop::after(TIMEOUT, Shutdown::on_signals()?);
        let database = config.database.as_deref();
        let terms = Terms { database, retention: config.retention, clock, stop: &stop };
        if dry_run {
            return Ok(rebuild::look(&store, terms, Vec::new())?);
        }
        store.check()?;
        let _lock = store.lock(LOCK_WAIT, &stop).await?;
        housekeeping::remove_orphans(&store)?;
        Ok::<_, Error>(rebuild::rebuild(&store, terms, Vec::new())?)
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
