//! A small HTTP/1.1 client.
mod url;
pub use url::{Url, UrlInvalid};
