//! GET, and an answer that has no end: its body is read piece by piece.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};

use super::request::begin;
use super::{Code, Url};
use crate::net::Driver;

/// An answer whose body is still coming. Dropped, it closes the connection.
#[derive(Debug)]
pub struct Stream {
    status: u16,
    body: Incoming,
    _driver: Driver,
}

/// GET `url`, which asks for no encryption. Its head comes within `deadline`; for the pieces of its body,
/// there is none.
///
/// # Errors
/// A [`Code`]. A status such as 500 is an answer, not an error.
pub async fn stream(url: &Url, deadline: Duration) -> Result<Stream, Code> {
    let answer = begin(url, hyper::Request::get(&url.path), Vec::new(), None);
    let answer = tokio::time::timeout(deadline, answer).await.unwrap_or(Err(Code::Timeout))?;
    let (response, driver) = answer;
    let (head, body) = response.into_parts();
    Ok(Stream { status: head.status.as_u16(), body, _driver: driver })
}

impl Stream {
    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The next piece of the body, at most 64 KiB; `None` at its end. A call that is given up loses
    /// nothing.
    ///
    /// # Errors
    /// A [`Code`] where the connection ends before the body does.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Code> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|error| Code::of(&error))?;
            if let Ok(piece) = frame.into_data() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
}
