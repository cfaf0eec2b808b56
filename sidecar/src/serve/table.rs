//! The paths, as data.

use std::time::Duration;

/// What a path answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Health Status, in two forms.
    Health,
    /// Whether the sidecar goes on serving.
    Readiness,
    /// The OpenAPI document.
    Document,
    /// What the boards tell, in one form for everybody.
    Told(Told),
}

/// Of what the boards tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Liveness,
    Services,
    History,
    Deployments,
    Backups,
    Metrics,
    Page,
}

/// One path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) subject: Subject,
    /// How old its answer may be, made for others.
    pub(super) fresh_for: Duration,
}

/// Long enough that thousands of requests a second cost one rendering, too short for a person.
const AT_ONCE: Duration = Duration::from_millis(100);
/// What is large is made less often: a slow reader holds on to the one that it was given.
const SOON: Duration = Duration::from_millis(500);

const fn route(path: &'static str, subject: Subject, fresh_for: Duration) -> Route {
    Route { path, subject, fresh_for }
}

/// All paths, the most wanted first.
pub(super) const ROUTES: [Route; 10] = [
    route("/health", Subject::Health, AT_ONCE),
    route("/livez", Subject::Told(Told::Liveness), AT_ONCE),
    route("/readyz", Subject::Readiness, AT_ONCE),
    route("/metrics", Subject::Told(Told::Metrics), SOON),
    route("/", Subject::Told(Told::Page), SOON),
    route("/services", Subject::Told(Told::Services), SOON),
    route("/history", Subject::Told(Told::History), SOON),
    route("/deployments", Subject::Told(Told::Deployments), SOON),
    route("/backups", Subject::Told(Told::Backups), SOON),
    route("/openapi.json", Subject::Document, SOON),
];

/// The route of a path, and its place in the table.
pub(super) fn find(path: &str) -> Option<(usize, &'static Route)> {
    ROUTES.iter().enumerate().find(|(_, route)| route.path == path)
}
