//! `prune`: retention, at once.

use std::time::Duration;

use domain::retention::Fate;
use platform::clock::Clock;
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::runtime;
use platform::shutdown::Shutdown;

use super::{Error, print, read};
use crate::config::FolderConfig;
use crate::stop::Stop;
use crate::store::{Store, housekeeping, prune};
use crate::table;

/// How long `prune` waits for a run to end.
const PRUNE_WAIT: Duration = Duration::from_mins(1);
const LEFT_OUT: &str = "its file can't be looked at, or is back and not yet read";

pub(super) fn prune(
    dry_run: bool,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, FolderConfig::read(environment))?;
    let store = Store::new(&config.folder);
    if dry_run {
        let judged = prune::judge(&store, config.keep, clock.now())?;
        let rows = judged.into_iter().map(|(record, fate)| {
            let word = if fate.is_some_and(Fate::goes) { "goes" } else { "stays" };
            let reason = fate.map_or(LEFT_OUT, Fate::reason);
            [record.backup_id, word.to_owned(), reason.to_owned()]
        });
        print(&(table::render(["BACKUP", "FATE", "WHY"], rows.collect()) + "\n"))?;
        return Ok(ExitCode::Good);
    }
    let files = runtime::run(async {
        let stop = Stop::after(PRUNE_WAIT, Shutdown::on_signals()?);
        store.check()?;
        let _lock = store.lock(PRUNE_WAIT, &stop).await?;
        // First of all, for the index can't be replaced on a disk that is full.
        let files = prune::prune(&store, config.keep, clock.now())?;
        housekeeping::reconcile(&store)?;
        Ok::<_, Error>(files)
    })??;
    for file in &files {
        print(&format!("{}\n", file.display()))?;
    }
    Ok(ExitCode::Good)
}
