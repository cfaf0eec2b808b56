//! The OpenAPI document: the one answer that does not change, and that may be kept.

use std::hash::{DefaultHasher, Hash, Hasher};

use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, ETAG, HeaderValue};
use hyper::{HeaderMap, StatusCode, header};

use super::answer::{JSON, Ready};

/// OpenAPI 3.1, as it is written.
pub(super) const TEXT: &str = include_str!("openapi.json");
/// How long a client may keep it without asking again.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The document, and the answer to whoever has it already.
#[derive(Debug)]
pub(super) struct Document {
    etag: String,
    whole: Ready,
    unchanged: Ready,
}

impl Document {
    pub(super) fn new() -> Self {
        let mut hasher = DefaultHasher::new();
        TEXT.hash(&mut hasher);
        let etag = format!("\"{:016x}\"", hasher.finish());
        let value = HeaderValue::try_from(&etag).unwrap_or(HeaderValue::from_static("\"\""));
        let kept = |ready: Ready| ready.with(CACHE_CONTROL, KEEP).with(ETAG, value.clone());
        Self {
            whole: kept(Ready::new(StatusCode::OK, JSON, Bytes::from_static(TEXT.as_bytes()))),
            unchanged: kept(Ready::empty(StatusCode::NOT_MODIFIED)),
            etag,
        }
    }

    /// The document, or 304 (RFC 9110, 13.1.2) where one of the tags of `If-None-Match` is its own.
    pub(super) fn ready(&self, headers: &HeaderMap) -> &Ready {
        let known = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag == self.etag);
        if known { &self.unchanged } else { &self.whole }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::serve::table::ROUTES;

    fn document() -> Value {
        serde_json::from_str(TEXT).unwrap()
    }

    fn listed(schema: &str) -> BTreeSet<String> {
        let document = document();
        let codes = document["components"]["schemas"][schema]["enum"].as_array().unwrap().iter();
        codes.map(|code| code.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn it_has_the_version_and_the_paths_that_there_are() {
        let document = document();
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
        let paths = document["paths"].as_object().unwrap();
        let known: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
        assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
        for (path, item) in paths {
            let methods: Vec<&str> = item.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(methods, ["get", "head"], "{path}");
        }
    }

    #[test]
    fn it_lists_every_error_code_and_no_other() {
        let http = platform::http::Code::ALL.iter().map(|code| code.as_str());
        let bot = http
            .filter_map(|code| code.strip_prefix("http_"))
            // The service is asked without TLS.
            .filter(|code| !code.starts_with("tls_"))
            .chain(["unhealthy"])
            .map(|code| format!("bot_{code}"));
        let postgres = platform::postgres::Code::ALL.iter().map(|code| code.as_str().to_owned());
        let redis = platform::redis::Code::ALL.iter().map(|code| code.as_str().to_owned());
        let codes = bot.chain(postgres).chain(redis).chain(["not_yet_known".to_owned()]);
        assert_eq!(listed("ErrorCode"), codes.collect());
        let engine = platform::engine::Code::ALL.iter().map(|code| code.as_str().to_owned());
        assert_eq!(listed("EngineErrorCode"), engine.collect());
    }

    #[test]
    fn whoever_has_it_already_does_not_get_it_again() {
        let document = Document::new();
        let status = |tags: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, tags.parse().unwrap());
            document.ready(&headers).answer().status().as_u16()
        };
        let etag = document.etag.clone();
        assert_eq!(document.ready(&HeaderMap::new()).answer().status(), 200);
        for tags in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            assert_eq!(status(&tags), 304, "{tags}");
        }
        assert_eq!((status("\"x\""), status(&etag[1..])), (200, 200));
    }
}
