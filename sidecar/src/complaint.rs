//! What goes wrong again and again is said once.

use std::collections::BTreeMap;
use std::error::Error;

/// What was said last about each subject.
#[derive(Debug, Default)]
pub(crate) struct Complaint(BTreeMap<&'static str, String>);

impl Complaint {
    /// Logs `error`, unless it was the last thing said about `subject`.
    pub(crate) fn make(
        &mut self,
        subject: &'static str,
        error: &(dyn Error + 'static),
        message: &'static str,
    ) {
        let said = chain(error);
        if self.0.get(subject) != Some(&said) {
            tracing::warn!(error, "{message}");
            self.0.insert(subject, said);
        }
    }

    /// All is well with `subject`: the next fault is news.
    pub(crate) fn settle(&mut self, subject: &'static str) {
        self.0.remove(subject);
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
