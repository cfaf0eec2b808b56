//! The status page: one self-contained HTML document.
//!
//! What is shown is a pure function of [`Facts`]: `model` makes words, marks and curves of them, and
//! the templates put those in place. Texts of others are cut here and escaped there. No style or script
//! comes from anywhere but the document, and the [`policy`](policy()) holds the browser to that.

mod backups;
mod curve;
mod dependencies;
mod deployments;
mod facts;
mod headline;
mod history;
mod issue;
mod mark;
mod meaning;
mod meter;
mod model;
mod policy;
mod services;
#[cfg(test)]
mod tests;
mod words;

use askama::Template;

use crate::view::View;

pub use facts::Facts;
pub use policy::policy;

/// The document as of now.
#[must_use]
pub fn render(view: &View) -> String {
    document(&Facts::of(view))
}

/// The document that shows `facts`.
#[must_use]
pub fn document(facts: &Facts) -> String {
    // Writing into memory can't fail, and every template is checked by the compiler.
    model::Page::of(facts).render().unwrap_or_default()
}
