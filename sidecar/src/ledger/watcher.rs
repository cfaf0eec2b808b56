//! Reads the records whenever they change.

use std::cmp::Reverse;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::abridged::clip;
use domain::artifact::DeploymentArtifact;
use domain::backup::{BackupRecord, BackupTotals};
use platform::catalog::{Catalog, CatalogError};
use platform::records::{self, Stamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{MissedTickBehavior, interval};

use super::journal::{Journal, Told};
use super::shelf::{code_of_catalog, code_of_journal};
use super::{Books, Ledger, Shelf, blocking};
use crate::board::Board;
use crate::config::Conclusion;

/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// The most artifacts that are shown.
const MOST_ARTIFACTS: usize = 200;
/// The most backups that are shown.
const MOST_BACKUPS: usize = 100;

/// Keeps the ledger.
pub(crate) struct Watcher {
    board: Arc<Board>,
    ledger: Arc<Ledger>,
    journal: Journal,
    artifacts: Watched<DeploymentArtifact>,
    backups: Watched<BackupRecord>,
    books: Books,
    /// What was last taken from the journal.
    revision: Option<u64>,
}

/// A catalog, and what was seen of it last.
struct Watched<T> {
    catalog: Catalog<T>,
    seen: Option<Seen>,
}

/// The state of the file, and why it could not be read.
type Seen = (Option<Stamp>, Option<&'static str>);

impl Watcher {
    /// A watcher of the records in the folders of `config`.
    pub(crate) fn new(
        config: &Conclusion,
        journal: Journal,
        board: Arc<Board>,
        ledger: Arc<Ledger>,
    ) -> Self {
        Self {
            board,
            ledger,
            journal,
            artifacts: Watched { catalog: records::artifacts(&config.state_dir), seen: None },
            backups: Watched { catalog: records::backups(&config.backup_dir), seen: None },
            books: Books::default(),
            revision: None,
        }
    }

    /// Watches, for ever.
    pub(crate) async fn run(mut self) -> Infallible {
        let mut ticks = interval(LOOK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look().await;
        }
    }

    async fn look(&mut self) {
        // The catalogs come first: a long journal is read for seconds.
        let artifacts = self.artifacts.look(artifacts_shelf).await;
        let backups = self.backups.look(backups_shelf).await;
        let now = self.board.now();
        let changed = artifacts.is_some() || backups.is_some();
        if let Some(outcome) = artifacts {
            let outcome = outcome.map(|(shelf, deployed)| {
                self.board.note_deployed(deployed);
                shelf
            });
            put(&mut self.books.artifacts, outcome, now);
        }
        if let Some(outcome) = backups {
            let outcome = outcome.map(|(shelf, totals)| {
                self.books.backup_totals = totals;
                shelf
            });
            put(&mut self.books.backups, outcome, now);
        }
        if changed {
            self.ledger.put(self.books.clone());
        }
        self.journal.look().await;
        let told = self.journal.told();
        if let Some(told) = told.filter(|told| self.revision != Some(told.revision)) {
            self.revision = Some(told.revision);
            self.take(&told);
            self.ledger.put(self.books.clone());
        }
    }

    fn take(&mut self, told: &Told) {
        let outcome = match &told.outcome {
            Ok(summary) => {
                self.books.deployment_totals = summary.totals.clone();
                self.books.journal_faults = summary.faults;
                let total = usize::try_from(summary.total).unwrap_or(usize::MAX);
                Ok(Shelf { records: summary.newest.clone(), total, ..Shelf::default() })
            }
            Err(error) => Err(code_of_journal(error)),
        };
        put(&mut self.books.deployments, outcome, self.board.now());
    }
}

fn put<T>(shelf: &mut Shelf<T>, outcome: Result<Shelf<T>, &'static str>, now: DateTime<Utc>) {
    match outcome {
        Ok(read) => *shelf = Shelf { read_at: Some(now), error_code: None, ..read },
        Err(code) => shelf.error_code = Some(code),
    }
}

impl<T: Clone + Serialize + DeserializeOwned + 'static> Watched<T> {
    /// What `arrange` makes of the records, if they are not what they were; on a thread of its own.
    async fn look<R: Send + 'static>(
        &mut self,
        arrange: fn(Vec<T>) -> R,
    ) -> Option<Result<R, &'static str>> {
        let (catalog, seen) = (self.catalog.clone(), self.seen);
        let (seen, outcome) = blocking(move || look(&catalog, seen, arrange)).await;
        self.seen = Some(seen);
        outcome
    }
}

fn look<T: Serialize + DeserializeOwned, R>(
    catalog: &Catalog<T>,
    seen: Option<Seen>,
    arrange: fn(Vec<T>) -> R,
) -> (Seen, Option<Result<R, &'static str>>) {
    let stamp = Stamp::of(catalog.path());
    if let Some((before, code)) = seen.filter(|(before, _)| *before == stamp)
        && code != Some("unreadable")
    {
        return ((before, code), None);
    }
    let outcome = catalog.read().map_err(|error: CatalogError| code_of_catalog(&error));
    let code = outcome.as_ref().err().copied();
    let news = seen.is_none_or(|seen| seen != (stamp, code));
    ((stamp, code), news.then(|| outcome.map(arrange)))
}

/// The artifacts, and which is the deployed one of all.
fn artifacts_shelf(
    mut records: Vec<DeploymentArtifact>,
) -> (Shelf<DeploymentArtifact>, Option<String>) {
    let total = records.len();
    let deployed = records.iter().find(|artifact| artifact.deployed);
    let deployed = deployed.map(|artifact| artifact.artifact_id.to_string());
    records.reverse();
    records.truncate(MOST_ARTIFACTS);
    for artifact in &mut records {
        clip(&mut artifact.docker_image_uri);
        artifact.changelog.iter_mut().for_each(clip);
    }
    (Shelf { records, total, ..Shelf::default() }, deployed)
}

fn backups_shelf(mut records: Vec<BackupRecord>) -> (Shelf<BackupRecord>, BackupTotals) {
    let (total, totals) = (records.len(), BackupTotals::of(&records));
    records.sort_by_key(|record| Reverse(record.created_at));
    records.truncate(MOST_BACKUPS);
    (Shelf { records, total, ..Shelf::default() }, totals)
}
