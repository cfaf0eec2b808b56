//! Answers a request: from memory, and never with a body that was sent.

use std::time::Instant;

use hyper::body::{Body, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONNECTION, HOST, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode, Version};
use tokio::sync::watch;

use super::Stage;
use super::accept::wants_draft;
use super::answer::{Answer, Ready};
use super::content::Contents;
use super::table::{self, Subject, Told};
use crate::view::View;

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// The paths, and what they answer from.
pub(super) struct Routes {
    contents: Contents,
    stage: watch::Receiver<Stage>,
    ready: Ready,
    stopping: Ready,
    not_found: Ready,
    not_allowed: Ready,
    bad_host: Ready,
    body_not_allowed: Ready,
}

impl Routes {
    pub(super) fn new(view: View, stage: watch::Receiver<Stage>) -> Self {
        Self {
            contents: Contents::new(view),
            stage,
            ready: Ready::word(StatusCode::OK, "ready"),
            stopping: Ready::word(StatusCode::SERVICE_UNAVAILABLE, "stopping"),
            not_found: Ready::word(StatusCode::NOT_FOUND, "not_found"),
            not_allowed: Ready::word(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
                .with(ALLOW, HeaderValue::from_static("GET, HEAD")),
            bad_host: Ready::word(StatusCode::BAD_REQUEST, "bad_host"),
            body_not_allowed: Ready::word(StatusCode::PAYLOAD_TOO_LARGE, "body_not_allowed"),
        }
    }

    /// Answers at `now`. After the answer to a request with a body, which is never read, and to
    /// whoever comes while the sidecar leaves, the connection ends.
    pub(super) fn answer(&self, request: &Request<Incoming>, now: Instant) -> Answer {
        let has_body = has_body(request);
        let mut answer = self.choose(request, has_body, now);
        if has_body || self.is_leaving() {
            answer.headers_mut().insert(CONNECTION, CLOSE);
        }
        answer
    }

    fn choose(&self, request: &Request<Incoming>, has_body: bool, now: Instant) -> Answer {
        if !names_one_host(request.version(), request.headers()) {
            return self.bad_host.answer();
        }
        let Some((place, route)) = table::find(request.uri().path()) else {
            return self.not_found.answer();
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return self.not_allowed.answer();
        }
        if has_body {
            return self.body_not_allowed.answer();
        }
        match route.subject {
            Subject::Health => {
                let lines = request.headers().get_all(ACCEPT);
                let draft = wants_draft(lines.iter().map(HeaderValue::as_bytes));
                self.contents.health(place, route, draft, now).answer()
            }
            Subject::Readiness if self.is_leaving() => self.stopping.answer(),
            Subject::Readiness => self.ready.answer(),
            Subject::Document => self.contents.document(request.headers()).answer(),
            Subject::Told(told) => match request.uri().query() {
                Some(query) if told == Told::History => {
                    self.contents.page_of_history(query).answer()
                }
                _ => self.contents.told(place, route, told, now).answer(),
            },
        }
    }

    fn is_leaving(&self) -> bool {
        *self.stage.borrow() != Stage::Serving
    }
}

/// Whether a body follows the request's head.
pub(super) fn has_body(request: &Request<Incoming>) -> bool {
    !request.body().is_end_stream()
}

/// RFC 9112, 3.2: a request of HTTP/1.1 has exactly one `Host`, and that is a name with a port at
/// most.
fn names_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host
            .as_bytes()
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(byte)),
        (None, _) => version < Version::HTTP_11,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_is_named_and_no_more() {
        let judge = |version, hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            names_one_host(version, &headers)
        };
        for good in ["sidecar", "127.0.0.1:8080", "[::1]:8080", "x_y.example", ""] {
            assert!(judge(Version::HTTP_11, &[good]), "{good}");
        }
        for bad in ["a b", "a/b", "user@host", "a\\b", "a?b", "<x>", "\u{e9}"] {
            assert!(!judge(Version::HTTP_11, &[bad]), "{bad}");
        }
        assert!(!judge(Version::HTTP_11, &[]) && !judge(Version::HTTP_11, &["a", "a"]));
        assert!(judge(Version::HTTP_10, &[]) && !judge(Version::HTTP_10, &["a", "b"]));
    }
}
