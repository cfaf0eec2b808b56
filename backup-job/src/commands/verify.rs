//! `verify`: reads back what is in the folder, and restores it where that is asked for.

use std::path::Path;
use std::time::Duration;

use platform::clock::Clock;
use platform::env::{Env, Problems};
use platform::exit::ExitCode;
use platform::runtime;
use platform::secret_file;
use platform::shutdown::Shutdown;

use super::{Error, print, read};
use crate::archive::Key;
use crate::cli::{Format, Verify};
use crate::config::VerifyConfig;
use crate::failure::Failure;
use crate::stop::Stop;
use crate::store::Store;
use crate::verify::{self, Choice, Looked, Terms};
use crate::{list, table};

/// How long reading all files may take.
const TIMEOUT: Duration = Duration::from_hours(24);

pub(super) fn verify(
    asked: &Verify,
    environment: &impl Env,
    logs: Result<(), Problems>,
    clock: &dyn Clock,
) -> Result<ExitCode, Error> {
    let config = read(logs, VerifyConfig::read(environment))?;
    let key = asked.identity.as_deref().map(identity).transpose()?;
    let choice = match &asked.backup_id {
        Some(id) => Choice::Id(id.clone()),
        None if asked.all => Choice::All,
        None => Choice::Newest,
    };
    let store = Store::new(&config.folder);
    let looked = runtime::run(async {
        let stop = &Stop::after(TIMEOUT, Shutdown::on_signals()?);
        store.check()?;
        let records = store.records()?;
        let workshop = asked.restore.then_some((&config.workshop, &config.trust));
        let terms = Terms { key: key.as_ref(), workshop, clock, stop };
        let mut looked = Vec::new();
        for record in verify::choose(&records, &choice, config.database.as_deref(), &store)? {
            looked.push(Box::pin(verify::verify(&store, &record, terms)).await?);
        }
        Ok::<_, Error>(looked)
    })??;
    for Looked { record, error } in &looked {
        if let Some(error) = error {
            let (backup_id, error_code) = (&record.backup_id, error.code().as_str());
            let error = error as &dyn std::error::Error;
            tracing::error!(backup_id, error_code, error, "a backup is not proven");
        }
    }
    print(&match asked.format {
        Format::Json => {
            let records: Vec<_> = looked.iter().map(|looked| looked.record.clone()).collect();
            list::json(&records).map_err(std::io::Error::from)?
        }
        Format::Table => table::render(["BACKUP", "PROVEN", "HOW"], rows(&looked)) + "\n",
    })?;
    let good = looked.iter().all(|looked| looked.error.is_none());
    Ok(if good { ExitCode::Good } else { ExitCode::Bad })
}

pub(super) fn identity(path: &Path) -> Result<Key, Failure> {
    let text = secret_file::read(path).map_err(Failure::Identity)?;
    Ok(Key::of(&text)?)
}

fn rows(looked: &[Looked]) -> Vec<[String; 3]> {
    let row = |Looked { record, error }: &Looked| {
        let how = match error {
            Some(error) => error.code().as_str(),
            None if record.row_counts_checked => "read, rows counted",
            None => "read",
        };
        let yes = if error.is_none() { "yes" } else { "no" };
        [record.backup_id.clone(), yes.to_owned(), how.to_owned()]
    };
    looked.iter().map(row).collect()
}
