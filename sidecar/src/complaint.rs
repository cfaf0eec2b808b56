//! What goes wrong again and again is said once.

use std::collections::BTreeMap;
use std::error::Error;

use platform::telemetry::chain;

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
        if self.is_news(subject, chain(error)) {
            tracing::warn!(error, "{message}");
        }
    }

    /// Whether `said` is another thing than what was said last about `subject`; from now on it is
    /// that.
    pub(crate) fn is_news(&mut self, subject: &'static str, said: String) -> bool {
        if self.0.get(subject) == Some(&said) {
            return false;
        }
        self.0.insert(subject, said);
        true
    }

    /// All is well with `subject`: the next fault is news. True where it was not well.
    pub(crate) fn settle(&mut self, subject: &'static str) -> bool {
        self.0.remove(subject).is_some()
    }
}
