//! `probe`: asks once, as Docker's health check of this very container does.

use std::io;
use std::time::Duration;

use platform::http::{self, Code, Limits, Response, Url};
use platform::runtime;

/// Asked in this order where no URL is given, the next one where nobody answers.
const DEFAULT_URLS: [&str; 2] = ["http://127.0.0.1:8080/health", "http://[::1]:8080/health"];

/// Docker keeps this much of what a health check says.
const LIMITS: Limits = Limits { deadline: Duration::from_secs(2), body_bytes: 4096 };

/// The URLs to ask: the given one, or the defaults. `None` when it can't be read.
#[must_use]
pub(crate) fn urls(given: Option<&str>) -> Option<Vec<Url>> {
    let texts: Vec<&str> = given.map_or_else(|| DEFAULT_URLS.to_vec(), |url| vec![url]);
    texts.into_iter().map(|text| text.parse().ok()).collect()
}

/// Asks the URLs in turn until one answers.
///
/// # Errors
/// The system gives no event loop.
pub(crate) fn ask(urls: &[Url]) -> io::Result<Result<Response, Code>> {
    runtime::run(async {
        let mut outcome = Err(Code::UrlInvalid);
        for url in urls {
            outcome = http::get(url, LIMITS).await;
            if !matches!(outcome, Err(Code::Refused | Code::Unreachable)) {
                break;
            }
        }
        outcome
    })
}

/// What there is to say about an answer: its own words where they are JSON, so that Docker's five
/// last results tell what was wrong, else its status.
#[must_use]
pub(crate) fn words(response: &Response) -> String {
    match serde_json::from_slice::<serde_json::Value>(response.body()) {
        Ok(value) => value.to_string(),
        Err(_) => response.status().to_string(),
    }
}
