//! `fetch`: a backup from the bucket back into the folder.

use std::io;
use std::time::Duration;

use platform::clock::Clock;
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::runtime;
use platform::shutdown::Shutdown;

use super::{Error, print, read};
use crate::config::FolderConfig;
use crate::failure::Failure;
use crate::offsite::{self, Offsite, OffsiteError};
use crate::stop::Stop;
use crate::store::{Store, housekeeping};

/// How long it waits for a run to end.
const LOCK_WAIT: Duration = Duration::from_mins(5);
/// What stands for the newest.
const LATEST: &str = "latest";

pub(super) fn fetch(
    wanted: &str,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let (config, offsite) = settings(environment, logs)?;
    let store = Store::new(&config.folder);
    let record = runtime::run(async {
        let shutdown = Shutdown::on_signals()?;
        let stop = Stop::after(LOCK_WAIT, shutdown.clone());
        store.check()?;
        let _lock = store.lock(LOCK_WAIT, &stop).await?;
        housekeeping::remove_orphans(&store)?;
        let database = config.database.as_deref();
        let mut backup_id = wanted.to_owned();
        if wanted == LATEST {
            let records = offsite::records(&offsite, &store, database, &shutdown).await?;
            let newest = records.last().ok_or(Failure::from(OffsiteError::NoneThere))?;
            backup_id.clone_from(&newest.backup_id);
        }
        Ok::<_, Error>(offsite::fetch(&offsite, &store, &backup_id, clock, &shutdown).await?)
    })??;
    print(&(serde_json::to_string_pretty(&record).map_err(io::Error::from)? + "\n"))?;
    Ok(ExitCode::Good)
}

/// The folder and the bucket, or every mistake in what is said of them.
pub(super) fn settings(
    environment: &impl Env,
    logs: Result<(), Problems>,
) -> Result<(FolderConfig, Offsite), Error> {
    match (read(logs, Offsite::required(environment)), FolderConfig::read(environment)) {
        (Ok(offsite), Ok(folder)) => Ok((folder, offsite)),
        (Err(Error::Configuration(mut problems)), Err(more)) => {
            problems.0.extend(more.0);
            Err(Error::Configuration(problems))
        }
        (Err(error), _) => Err(error),
        (Ok(_), Err(problems)) => Err(Error::Configuration(problems)),
    }
}
