//! What the page is made from, as it was at one moment.

use std::sync::Arc;
use std::time::Duration;

use domain::health::{HealthStatus, OverallStatus};
use domain::timeline::{Availabilities, Change, CheckName, Point};

use crate::instances::Services;
use crate::ledger::Books;
use crate::view::View;

/// How far back the curves of the latencies go.
const CURVE: Duration = Duration::from_hours(1);
/// A point stands for half a minute.
const CURVE_POINTS: usize = 120;
/// How far back the strip of the status goes.
const STRIP: Duration = Duration::from_hours(24);
/// A part of it is a quarter of an hour.
const STRIP_PARTS: usize = 96;
/// How many changes of the status are told.
const CHANGES: usize = 8;

/// Everything that the page shows. The page is a pure function of it; its time is the report's.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Health Status; its `timestamp` is the moment of the page.
    pub health: HealthStatus,
    /// The latencies of the service within the last hour, in parts of half a minute, oldest first.
    pub bot: Arc<[Point]>,
    /// Those of PostgreSQL.
    pub postgres: Arc<[Point]>,
    /// Those of Redis.
    pub redis: Arc<[Point]>,
    /// The availability over an hour and a day.
    pub availability: Availabilities,
    /// The worst status in each quarter of an hour of the last day, oldest first; `None` where nothing
    /// is known.
    pub day: Arc<[Option<OverallStatus>]>,
    /// The newest changes of the status, newest first.
    pub changes: Vec<Change>,
    /// The Service Instances.
    pub services: Arc<Services>,
    /// The records.
    pub books: Arc<Books>,
    /// How old the newest verified backup may be.
    pub backup_max_age: Duration,
}

impl Facts {
    /// What there is to show now.
    #[must_use]
    pub fn of(view: &View) -> Self {
        let board = &view.board;
        let curve = |check| board.curve(check, CURVE, CURVE_POINTS);
        Self {
            health: board.report(),
            bot: curve(CheckName::Bot),
            postgres: curve(CheckName::Postgres),
            redis: curve(CheckName::Redis),
            availability: board.availability(),
            day: board.worst(STRIP, STRIP_PARTS),
            changes: board.changes(CHANGES),
            services: view.instances.report(),
            books: view.ledger.books(),
            backup_max_age: view.backup_max_age,
        }
    }
}
