//! What the bot answers. No answer and no log line repeats what a client sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::config::Config;
use crate::faults::{self, Faults};
use crate::ledger::{Ledger, LedgerError};

/// Telegram's updates are a few kilobytes.
const BODY_LIMIT_BYTES: usize = 256 * 1024;

pub(crate) struct Bot {
    token: SecretString,
    version: Option<String>,
    faults: Faults,
    since: Instant,
    started: AtomicBool,
    own_checks: AtomicU32,
    ledger: Mutex<Ledger>,
}

impl Bot {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            token: config.token,
            version: config.version,
            faults: config.faults,
            since: Instant::now(),
            started: AtomicBool::new(false),
            own_checks: AtomicU32::new(0),
            ledger: Mutex::new(Ledger::new(config.database, config.redis)),
        }
    }

    pub(crate) async fn prepare(&self) -> Result<(), LedgerError> {
        self.ledger.lock().await.prepare().await?;
        self.started.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        is_own_check: bool,
    ) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        if path == "/health" {
            return match *request.method() {
                Method::GET | Method::HEAD => self.health(is_own_check),
                _ => not_allowed("GET, HEAD"),
            };
        }
        if path == "/wedge" && self.faults.allow_wedge && request.method() == Method::POST {
            match faults::wedge() {}
        }
        // A wrong token gets what any unknown path gets.
        if !path.strip_prefix("/webhook/").is_some_and(|token| self.is_token(token)) {
            return status(StatusCode::NOT_FOUND);
        }
        match *request.method() {
            Method::POST => self.webhook(request.into_body()).await,
            _ => not_allowed("POST"),
        }
    }

    /// The bot's own state, not that of its dependencies: a health check that fails while
    /// PostgreSQL is away would have the bot restarted for nothing. Before it has started it can't
    /// serve yet, and says so.
    fn health(&self, is_own_check: bool) -> Response<Full<Bytes>> {
        let started = self.started.load(Ordering::Relaxed);
        let flaps = self.faults.flapping
            && is_own_check
            && self.own_checks.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        let (code, word) = match (self.faults.unhealthy || flaps, started) {
            (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
            (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
            (false, true) => (StatusCode::OK, "ok"),
        };
        let body = json!({
            "status": word,
            "version": self.version,
            "uptime_seconds": self.since.elapsed().as_secs(),
        });
        respond(code, &body)
    }

    async fn webhook(&self, body: Incoming) -> Response<Full<Bytes>> {
        let Ok(body) = Limited::new(body, BODY_LIMIT_BYTES).collect().await else {
            return status(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let bytes = body.to_bytes();
        let update = serde_json::from_slice::<Value>(&bytes).ok();
        let update_id = update.and_then(|update| update.get("update_id")?.as_i64());
        let (Some(update_id), Ok(payload)) = (update_id, std::str::from_utf8(&bytes)) else {
            return status(StatusCode::BAD_REQUEST);
        };
        match self.ledger.lock().await.record(update_id, payload).await {
            Ok(()) => status(StatusCode::OK),
            // Telegram sends an update again until it gets a 2xx.
            Err(error) => {
                tracing::warn!(error_code = error.code(), "an update was not stored");
                status(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }

    /// In a time that tells nothing of how much of the token is right.
    fn is_token(&self, given: &str) -> bool {
        let (given, token) = (given.as_bytes(), self.token.expose_secret().as_bytes());
        let difference = given.iter().zip(token).fold(0, |difference, (a, b)| difference | (a ^ b));
        std::hint::black_box(difference) == 0 && given.len() == token.len()
    }
}

fn status(code: StatusCode) -> Response<Full<Bytes>> {
    respond(code, &json!({}))
}

fn not_allowed(methods: &'static str) -> Response<Full<Bytes>> {
    let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn respond(code: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
