//! What each path tells, made from the boards.

use std::sync::Arc;
use std::time::Instant;

use hyper::body::Bytes;
use hyper::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{HeaderMap, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::{JSON, Ready};
use super::cache::Cached;
use super::document::Document;
use super::draft::Draft;
use super::query;
use super::table::{ROUTES, Route, Told};
use crate::page;
use crate::view::View;

const HEALTH_JSON: HeaderValue = HeaderValue::from_static("application/health+json");
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// How many pages of the history there may be in memory at once besides the first, which all share:
/// whoever reads slowly keeps one of them.
const PAGES: usize = 32;

/// The answers, made when they are wanted.
pub(super) struct Contents {
    view: View,
    document: Document,
    cached: [Cached; ROUTES.len()],
    draft: Cached,
    pages: Arc<Semaphore>,
}

impl Contents {
    pub(super) fn new(view: View) -> Self {
        Self {
            view,
            document: Document::new(),
            cached: Default::default(),
            draft: Cached::default(),
            pages: Arc::new(Semaphore::new(PAGES)),
        }
    }

    /// The OpenAPI document.
    pub(super) fn document(&self, headers: &HeaderMap) -> &Ready {
        self.document.ready(headers)
    }

    /// Health Status, in the form of the draft or in its own.
    pub(super) fn health(
        &self,
        place: usize,
        route: &Route,
        draft: bool,
        now: Instant,
    ) -> Arc<Ready> {
        let cached = if draft { &self.draft } else { &self.cached[place] };
        cached.get(now, self.view.board.generation(), route.fresh_for, || {
            let health = self.view.board.report();
            let known = health.checked_at.is_some() && !health.stale;
            let status = service_status(known && health.overall_status.serves());
            let ready = if draft {
                Ready::json(status, &Draft::of(&health)).with(CONTENT_TYPE, HEALTH_JSON)
            } else {
                Ready::json(status, &health)
            };
            ready.with(VARY, HeaderValue::from_static("accept"))
        })
    }

    /// What the boards tell everybody alike.
    pub(super) fn told(&self, place: usize, route: &Route, told: Told, now: Instant) -> Arc<Ready> {
        // What the engine tells of as it happens is to be seen as it happens.
        let generation = if told == Told::Services { self.view.instances.generation() } else { 0 };
        self.cached[place].get(now, generation, route.fresh_for, || self.make(told))
    }

    fn make(&self, told: Told) -> Ready {
        let view = &self.view;
        match told {
            Told::Liveness => {
                let live = view.board.is_advancing();
                Ready::word(service_status(live), if live { "live" } else { "stalled" })
            }
            Told::Services => Ready::json(StatusCode::OK, &*view.instances.report()),
            Told::History => Ready::json(StatusCode::OK, &view.board.history(None)),
            Told::Deployments => Ready::json(StatusCode::OK, &view.ledger.deployments_report()),
            Told::Backups => Ready::json(StatusCode::OK, &view.ledger.backups_report()),
            Told::Metrics => Ready::new(StatusCode::OK, METRICS, view.metrics.render(view).into()),
            Told::Page => Ready::new(StatusCode::OK, HTML, page::render(view).into())
                .with(CONTENT_SECURITY_POLICY, HeaderValue::from_static(page::policy()))
                .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
                .with(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
                .with(X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        }
    }

    /// A page of the history that the query asks for.
    pub(super) fn page_of_history(&self, query: &str) -> Ready {
        let Ok(before) = query::before(query) else {
            return Ready::word(StatusCode::BAD_REQUEST, "bad_parameter");
        };
        let Ok(place) = Arc::clone(&self.pages).try_acquire_owned() else {
            return Ready::word(StatusCode::SERVICE_UNAVAILABLE, "busy");
        };
        let Ok(bytes) = serde_json::to_vec(&self.view.board.history(before)) else {
            return Ready::word(StatusCode::INTERNAL_SERVER_ERROR, "internal_error");
        };
        Ready::new(StatusCode::OK, JSON, Bytes::from_owner(Page { bytes, _place: place }))
    }
}

/// A page that counts as long as somebody reads it.
struct Page {
    bytes: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

const fn service_status(good: bool) -> StatusCode {
    if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
