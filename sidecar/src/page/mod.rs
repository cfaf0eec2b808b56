//! The status page: one self-contained HTML document.

use crate::view::View;

/// The document as of now.
#[must_use]
pub fn render(view: &View) -> String {
    let _ = view;
    String::new()
}

/// The Content-Security-Policy that the document is served with: it allows its own style and script,
/// by their hashes, and nothing else.
#[must_use]
pub fn policy() -> &'static str {
    "default-src 'none'"
}
