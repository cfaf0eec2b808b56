//! The streak from one check to the next: a slot in `/tmp`, gone with the container.

use std::io;
use std::num::NonZeroU32;
use std::path::Path;

use platform::slot::{Slot, SlotError};

use super::container;
use super::streak::{Decision, Streak};

const FILE_NAME: &str = "ballast-probe";

/// Why a streak can't be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MemoryError {
    /// The file can't be used.
    #[error(transparent)]
    Slot(#[from] SlotError),
    /// The kernel does not say when the container started.
    #[error("/proc/1/stat can't be read")]
    NoStart(#[source] io::Error),
    /// The streak can't be written down.
    #[error("the streak can't be written as JSON")]
    Unfit(#[source] serde_json::Error),
}

/// Adds a check to the streak that is kept in `folder`. One that can't be understood begins anew,
/// so that no process is ever ended for what somebody scribbled.
pub(super) fn note(
    folder: &Path,
    passed: bool,
    restart_after: NonZeroU32,
) -> Result<(Streak, Decision), MemoryError> {
    let start = container::start().map_err(MemoryError::NoStart)?;
    let slot = Slot::open(&folder.join(FILE_NAME))?;
    let kept: Option<Streak> = serde_json::from_slice(&slot.read()?).ok();
    let before = kept.map_or(Streak::of_start(start), |streak| streak.for_start(start));
    let (after, decision) = before.after(passed, restart_after);
    slot.write(&serde_json::to_vec(&after).map_err(MemoryError::Unfit)?)?;
    Ok((after, decision))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests damage the file")]
mod tests {
    use std::fs;

    use super::*;

    const ONE: NonZeroU32 = NonZeroU32::MIN;

    #[test]
    fn a_streak_is_kept_from_check_to_check() {
        let folder = tempfile::tempdir().unwrap();
        let decide = |passed| note(folder.path(), passed, ONE).unwrap().1;
        assert_eq!(decide(false), Decision::Leave);
        assert_eq!(decide(true), Decision::Leave);
        assert_eq!(decide(false), Decision::End);
    }

    #[test]
    fn a_damaged_streak_begins_anew_and_ends_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let start = container::start().unwrap();
        for content in [
            String::new(),
            "rubbish".to_owned(),
            "x".repeat(5000),
            r#"{"init_start":1,"passed":true,"failures":99}"#.to_owned(),
            format!(r#"{{"init_start":{start},"passed":true,"failures":-1}}"#),
            format!(r#"{{"init_start":{start},"passed":true,"fail"#),
        ] {
            fs::write(&path, &content).unwrap();
            let (_, decision) = note(folder.path(), false, ONE).unwrap();
            assert_eq!(decision, Decision::Leave, "{content}");
        }
    }

    #[test]
    fn a_streak_of_four_billion_is_no_overflow() {
        let folder = tempfile::tempdir().unwrap();
        let start = container::start().unwrap();
        let content = format!(r#"{{"init_start":{start},"passed":true,"failures":4294967295}}"#);
        fs::write(folder.path().join(FILE_NAME), content).unwrap();
        assert_eq!(note(folder.path(), false, ONE).unwrap().1, Decision::End);
    }

    #[test]
    fn a_folder_that_is_missing_is_told() {
        let missing = tempfile::tempdir().unwrap().path().join("none");
        assert!(matches!(note(&missing, true, ONE), Err(MemoryError::Slot(_))));
    }
}
