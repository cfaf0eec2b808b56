//! Answers that are ready to be sent: made once, and given to whoever asks.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{HeaderMap, Response, StatusCode};
use serde::Serialize;

/// What hyper sends. The body is shared, not copied.
pub(super) type Answer = Response<Full<Bytes>>;

/// JSON.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Whoever is told to come again waits for so many seconds: by then another check has ended.
const COME_AGAIN_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// An answer, whole.
#[derive(Debug)]
pub(super) struct Ready {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Ready {
    /// An answer that nobody may keep. A 503 tells when to come again.
    pub(super) fn new(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, COME_AGAIN_SECONDS);
        }
        Self { status, headers, body }
    }

    /// `body` as JSON.
    pub(super) fn json<T: Serialize>(status: StatusCode, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => Self::new(status, JSON, bytes.into()),
            // Nothing that is served has a map with keys that are no text, the one thing that fails.
            Err(_) => Self::word(StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        }
    }

    /// One fixed word.
    pub(super) fn word(status: StatusCode, word: &'static str) -> Self {
        #[derive(Serialize)]
        struct Word {
            status: &'static str,
        }
        Self::json(status, &Word { status: word })
    }

    /// An answer without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::with_capacity(4), body: Bytes::new() }
    }

    /// The same with one more header, or another value for it.
    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The answer for one request.
    pub(super) fn answer(&self) -> Answer {
        let mut answer = Response::new(Full::new(self.body.clone()));
        *answer.status_mut() = self.status;
        answer.headers_mut().clone_from(&self.headers);
        answer
    }
}
