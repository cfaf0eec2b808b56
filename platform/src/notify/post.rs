//! JSON to a URL: what three of the channels have in common.

use secrecy::SecretString;
use serde_json::Value;

use super::{ATTEMPT_DEADLINE, Failure};
use crate::http::{self, Limits, Post, Response, Url};
use crate::tls::Trust;

/// The longest answer that is read: nobody looks at much of it.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Sends `body` and takes the answer, whatever its status.
pub(super) async fn json(
    url: &Url,
    authorization: Option<&SecretString>,
    body: &Value,
    trust: &Trust,
) -> Result<Response, Failure> {
    let content_type = "application/json";
    let message = Post { content_type, authorization, body: body.to_string().into_bytes() };
    let limits = Limits { deadline: ATTEMPT_DEADLINE, body_bytes: MAX_ANSWER_BYTES };
    Ok(http::post(url, message, limits, trust).await?)
}

/// Whether the answer is a success.
pub(super) fn judge(response: &Response) -> Result<(), Failure> {
    Failure::of_status(response.status(), response.retry_after()).map_or(Ok(()), Err)
}
