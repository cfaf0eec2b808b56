//! POST: a message to somebody outside, such as a webhook.

use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::request::exchange;
use super::{Code, Limits, Response, Url};
use crate::tls::Trust;

/// What is sent.
#[derive(Debug)]
pub struct Post<'a> {
    /// What the body is.
    pub content_type: &'static str,
    /// The value of `Authorization`, with its scheme: `Bearer …`.
    pub authorization: Option<&'a SecretString>,
    /// The body.
    pub body: Vec<u8>,
}

/// POST `message` to `url`. Where that begins with https://, the certificate is verified.
///
/// # Errors
/// A [`Code`]. A status such as 500 or 302 is an answer, not an error.
pub async fn post(
    url: &Url,
    message: Post<'_>,
    limits: Limits,
    trust: &Trust,
) -> Result<Response, Code> {
    let mut request = Request::post(&url.path).header(CONTENT_TYPE, message.content_type);
    if let Some(authorization) = message.authorization {
        let value = HeaderValue::from_str(authorization.expose_secret());
        let mut value = value.map_err(|_| Code::UrlInvalid)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    exchange(url, request, message.body, limits, Some(trust)).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_message_goes_as_it_is_and_a_redirect_is_an_answer() {
        let listener = crate::http::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}/hook/s3cret?a=b", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"{\"a\":1}") {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0);
            }
            let answer = b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 2\r\n\r\nno";
            stream.write_all(answer).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        let token = SecretString::from("Bearer t0ken");
        let message = Post {
            content_type: "application/json",
            authorization: Some(&token),
            body: br#"{"a":1}"#.to_vec(),
        };
        assert!(!format!("{message:?}").contains("t0ken"));
        let limits = Limits { deadline: Duration::from_secs(5), body_bytes: 8 };
        let (url, trust) = (Url::of_the_web(&url).unwrap(), Trust::new(None).unwrap());
        let response = post(&url, message, limits, &trust).await.unwrap();
        assert_eq!((response.status(), response.body()), (302, &b"no"[..]));
        let request = serving.await.unwrap();
        assert!(request.starts_with("POST /hook/s3cret?a=b HTTP/1.1\r\n"), "{request}");
        for header in ["authorization: Bearer t0ken", "content-type: application/json"] {
            assert!(request.contains(&format!("{header}\r\n")), "{request}");
        }
        assert!(request.contains("content-length: 7\r\n"), "{request}");
    }

    #[tokio::test]
    async fn what_is_no_header_is_never_sent() {
        let url = Url::of_the_web("http://127.0.0.1:1/").unwrap();
        let token = SecretString::from("Bearer a\r\nx: y");
        let message =
            Post { content_type: "text/plain", authorization: Some(&token), body: vec![] };
        let limits = Limits { deadline: Duration::from_secs(5), body_bytes: 8 };
        let trust = Trust::new(None).unwrap();
        assert_eq!(post(&url, message, limits, &trust).await.unwrap_err(), Code::UrlInvalid);
    }
}
