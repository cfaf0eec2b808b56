//! The whole page as it will be read: every section's words, in the order of the template.

use askama::Template;

use super::dependencies::{Dependency, dependencies};
use super::facts::Facts;
use super::headline::Headline;
use super::history::{HEIGHT, History};
use super::policy::{SCRIPT, STYLE};
use super::words::Moment;
use super::{backups, curve, deployments, services};

/// The document.
#[derive(Debug, Template)]
#[template(path = "page.html")]
pub(super) struct Page {
    headline: Headline,
    now: Moment,
    dependencies: Vec<Dependency>,
    services: services::Table,
    deployments: deployments::Table,
    backups: backups::Table,
    history: History,
}

impl Page {
    pub(super) fn of(facts: &Facts) -> Self {
        let now = facts.health.timestamp;
        Self {
            headline: Headline::of(facts),
            now: Moment::of(now, now),
            dependencies: dependencies(facts),
            services: services::Table::of(facts),
            deployments: deployments::Table::of(facts),
            backups: backups::Table::of(facts),
            history: History::of(facts),
        }
    }
}
