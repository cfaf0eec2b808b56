//! What a line of a journal turns out to be.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::FaultKind;

/// A line as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Without its end; of a line that is too long not all.
    pub(super) text: &'a [u8],
    /// Whether it has an end.
    pub(super) ended: bool,
    pub(super) too_long: bool,
}

/// The line was written by a program that knows this later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooNew(pub(super) u64);

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    schema_version: u64,
}

impl Line<'_> {
    /// The record on it, or what is wrong with it; `None` where nothing is on it.
    pub(super) fn judge<T: DeserializeOwned>(
        self,
        known: u64,
    ) -> Result<Option<Result<T, FaultKind>>, TooNew> {
        if self.too_long {
            return Ok(Some(Err(FaultKind::TooLong)));
        }
        if self.text.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        match serde_json::from_slice::<Version>(self.text) {
            Ok(Version { schema_version }) if schema_version > known => {
                return Err(TooNew(schema_version));
            }
            _ => {}
        }
        Ok(Some(serde_json::from_slice(self.text).map_err(|error| {
            let torn = !self.ended || error.classify() == Category::Eof;
            if torn { FaultKind::Torn } else { FaultKind::Invalid }
        })))
    }
}
