//! Which path gives what.

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;
use tokio::sync::watch;

use super::Stage;
use crate::view::View;

type Answer = Response<Full<Bytes>>;

/// The paths, and what they answer from.
pub(super) struct Routes {
    view: View,
    stage: watch::Receiver<Stage>,
}

/// An answer that is a word.
#[derive(Serialize)]
struct Word {
    status: &'static str,
}

impl Routes {
    pub(super) const fn new(view: View, stage: watch::Receiver<Stage>) -> Self {
        Self { view, stage }
    }

    /// Answers from memory. A body is never read: whoever sends one is told so and cut off.
    pub(super) fn answer(&self, request: &Request<Incoming>) -> Answer {
        let has_body = !request.body().is_end_stream();
        let mut answer = match (request.uri().path(), request.method()) {
            (path, _) if !is_known(path) => word(StatusCode::NOT_FOUND, "not_found"),
            (_, method) if *method != Method::GET && *method != Method::HEAD => not_allowed(),
            _ if has_body => word(StatusCode::PAYLOAD_TOO_LARGE, "body_not_allowed"),
            ("/livez", _) => self.live(),
            ("/readyz", _) => self.ready(),
            _ => self.health(),
        };
        if has_body || *self.stage.borrow() != Stage::Serving {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    fn health(&self) -> Answer {
        let status = self.view.board.report();
        let known = status.checked_at.is_some() && !status.stale;
        json(service_status(known && status.overall_status.serves()), &status)
    }

    fn live(&self) -> Answer {
        let live = self.view.board.is_advancing();
        word(service_status(live), if live { "live" } else { "stalled" })
    }

    fn ready(&self) -> Answer {
        let ready = *self.stage.borrow() == Stage::Serving;
        word(service_status(ready), if ready { "ready" } else { "stopping" })
    }
}

fn is_known(path: &str) -> bool {
    matches!(path, "/health" | "/livez" | "/readyz")
}

const fn service_status(good: bool) -> StatusCode {
    if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn not_allowed() -> Answer {
    let mut answer = word(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}

fn word(code: StatusCode, status: &'static str) -> Answer {
    json(code, &Word { status })
}

fn json<T: Serialize>(code: StatusCode, body: &T) -> Answer {
    let (code, bytes) = match serde_json::to_vec(body) {
        Ok(bytes) => (code, bytes),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut answer = Response::new(Full::new(Bytes::from(bytes)));
    *answer.status_mut() = code;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
