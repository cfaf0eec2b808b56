//! The file that findings are about, as a person, an annotation and a URI name it.

use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use domain::env_file::Position;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::Subject;

/// What `ENV_FILE` is mounted from.
const HOST_FILE: &str = ".env.production";
/// Everything but what RFC 3986 calls unreserved, and the slash between the segments. A colon in the
/// first segment would make it a scheme.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

impl Subject<'_> {
    /// The path without `.` segments.
    fn path(self) -> PathBuf {
        let given = match self {
            Self::Environment => Path::new(HOST_FILE),
            Self::File(path) => path,
        };
        given.components().filter(|part| *part != Component::CurDir).collect()
    }

    /// The path for people and logs: nothing in it steers a terminal, or hides what follows.
    pub(super) fn shown(self) -> String {
        let path = self.path();
        let mut shown = String::new();
        for character in path.to_string_lossy().chars() {
            if character == ' ' || character.is_ascii_graphic() {
                shown.push(character);
            } else {
                shown.extend(character.escape_debug());
            }
        }
        shown
    }

    /// The path as a URI reference: relative where it was given so.
    pub(super) fn uri(self) -> String {
        let path = self.path();
        let encoded = percent_encode(path.as_os_str().as_bytes(), ENCODED);
        if path.is_absolute() { format!("file://{encoded}") } else { encoded.to_string() }
    }
}

/// `file:line:column`, which terminals and editors make a link of.
pub(super) fn link(file: &str, position: Position) -> String {
    format!("{file}:{}:{}", position.line, position.column)
}
