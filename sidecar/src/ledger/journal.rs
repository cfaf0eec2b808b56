//! The journal of Deployment Events: read once for everybody, piece by piece, and only what is new.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::abridged::DeploymentTotals;
use domain::deployment::DeploymentEvent;
use domain::history::History;
use platform::journal::JournalError;
use platform::records::{Deployments, Followed, Stamp};
use tokio::time::sleep;

use super::blocking;

/// So many bytes are read at once; then others have their turn, however long the journal is.
const PIECE_BYTES: u64 = 256 * 1024;
const PAUSE: Duration = Duration::from_millis(2);
/// The most Deployment Events that are shown.
const MOST_EVENTS: usize = 50;

/// The journal, for everybody who reads it or adds to it.
#[derive(Clone)]
pub(crate) struct Journal(Arc<Inner>);

struct Inner {
    deployments: Deployments,
    followed: Mutex<Followed>,
    /// The state of the file when it was last read; whoever has it is the one who reads.
    stamp: tokio::sync::Mutex<Option<Stamp>>,
    told: Mutex<Option<Arc<Told>>>,
}

/// What the journal says.
#[derive(Debug)]
pub(crate) struct Told {
    /// Another number each time that the journal says something else.
    pub(crate) revision: u64,
    /// What it adds up to, or why it can't be read.
    pub(crate) outcome: Result<Summary, JournalError>,
}

/// What the journal adds up to.
#[derive(Debug)]
pub(crate) struct Summary {
    /// What is open, what succeeded last, what should run.
    pub(crate) history: History,
    /// The newest events, newest first.
    pub(super) newest: Vec<DeploymentEvent>,
    pub(super) totals: DeploymentTotals,
    pub(super) total: u64,
    pub(super) faults: usize,
}

impl Journal {
    /// The journal in that folder.
    pub(crate) fn in_folder(log_dir: &Path) -> Self {
        let deployments = Deployments::in_folder(log_dir);
        Self(Arc::new(Inner {
            followed: Mutex::new(deployments.followed()),
            deployments,
            stamp: tokio::sync::Mutex::default(),
            told: Mutex::default(),
        }))
    }

    /// What the journal said when it was last read; `None` before the first time.
    pub(crate) fn told(&self) -> Option<Arc<Told>> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads what is new.
    pub(crate) async fn look(&self) {
        let mut before = self.0.stamp.lock().await;
        let stamp = self.with(|inner| Stamp::of(inner.deployments.path())).await;
        let told = self.told();
        let unreadable = matches!(
            told.as_deref(),
            Some(Told { outcome: Err(JournalError::Unreadable { .. }), .. })
        );
        if told.is_some() && stamp == *before && !unreadable {
            return;
        }
        let outcome = self.read_all().await;
        *before = stamp;
        let revision = told.map_or(0, |told| told.revision + 1);
        *self.0.told.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Arc::new(Told { revision, outcome }));
    }

    async fn read_all(&self) -> Result<Summary, JournalError> {
        loop {
            let piece = |inner: &Inner| -> Result<_, JournalError> {
                let mut followed = inner.followed();
                let more = followed.read_on(PIECE_BYTES)?;
                report(&mut followed);
                Ok(if more { None } else { Some(Summary::of(&followed)) })
            };
            if let Some(summary) = self.with(piece).await? {
                return Ok(summary);
            }
            sleep(PAUSE).await;
        }
    }

    /// Lets `decide` see the history, and appends the events that it answers with, all under one lock.
    ///
    /// # Errors
    /// As [`Followed::update`].
    pub(crate) async fn update(
        &self,
        now: DateTime<Utc>,
        decide: impl FnOnce(&History) -> Vec<DeploymentEvent> + Send + 'static,
    ) -> Result<Vec<DeploymentEvent>, JournalError> {
        self.with(move |inner| inner.followed().update(now, decide)).await
    }

    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> T + Send + 'static) -> T {
        let inner = Arc::clone(&self.0);
        blocking(move || work(&inner)).await
    }
}

impl Inner {
    fn followed(&self) -> std::sync::MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Summary {
    fn of(followed: &Followed) -> Self {
        let abridged = followed.abridged();
        Self {
            history: abridged.history(),
            newest: abridged.newest(MOST_EVENTS),
            totals: abridged.totals(),
            total: abridged.total(),
            faults: followed.faults(),
        }
    }
}

fn report(followed: &mut Followed) {
    for fault in followed.take_new_faults() {
        let (line, kind) = (fault.line, fault.kind);
        tracing::warn!(line, ?kind, "a line of deployments.log was passed over");
    }
}
