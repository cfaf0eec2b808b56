//! A webhook that takes JSON.
//!
//! The body, whose keys are the data model's where it has them:
//!
//! ```json
//! {"schema_version": 1, "notice_id": "…", "kind": "status_changed", "at": "…",
//!  "service_name": "bot", "version": "v1.2.3", "title": "…", "text": "…",
//!  "facts": {"from": "healthy", "overall_status": "degraded", "since": "…", "unwell_seconds": null,
//!            "failing": [{"check": "redis", "error_code": "redis_refused", "since": "…"}],
//!            "stale": false}}
//! ```
//! `kind` is `status_changed`, `status_keeps_changing`, `deployment_concluded`, `backup_failed`,
//! `backup_recovered`, `backup_late` or `test`, and says which `facts` there are: see
//! [`domain::notification::News`]. A notice that comes twice has the same `notice_id`.

use domain::notification::Notice;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Failure, post};
use crate::http::Url;
use crate::tls::Trust;

/// Version of the body.
const SCHEMA_VERSION: u64 = 1;

/// A webhook that takes JSON. Its URL is a secret.
#[derive(Debug)]
pub struct Webhook {
    url: Url,
    authorization: Option<SecretString>,
}

impl Webhook {
    /// The webhook at `url`, with a token that is sent as `Authorization: Bearer`.
    #[must_use]
    pub fn new(url: Url, token: Option<&SecretString>) -> Self {
        let bearer = |token: &SecretString| format!("Bearer {}", token.expose_secret()).into();
        Self { url, authorization: token.map(bearer) }
    }

    pub(super) async fn deliver(&self, notice: &Notice, trust: &Trust) -> Result<(), Failure> {
        let authorization = self.authorization.as_ref();
        post::judge(&post::json(&self.url, authorization, &body(notice), trust).await?)
    }
}

fn body(notice: &Notice) -> Value {
    let mut body = json!(notice);
    body["schema_version"] = SCHEMA_VERSION.into();
    body["title"] = notice.title().into();
    body["text"] = notice.text().into();
    body
}
