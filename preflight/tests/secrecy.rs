//! A finding has no place for what somebody wrote: the build of this file fails where it has one.

use preflight::finding::Finding;
use preflight::registry::{Cause, Check};
use preflight::variables::Key;

/// What is `Copy` and lives for ever holds no text that was made while the program ran.
const fn holds_fixed_text_only<T: Copy + 'static>() {}
const _: () = holds_fixed_text_only::<Finding>();
const _: () = holds_fixed_text_only::<Key>();
const _: () = holds_fixed_text_only::<Cause>();
const _: () = holds_fixed_text_only::<Check>();

/// Does not compile where a type can be made from another: then two `SOLE`s would fit.
macro_rules! assert_not_from {
    ([$($type:ty),+ $(,)?] $sources:tt) => { $(assert_not_from!(@ $type, $sources);)+ };
    (@ $type:ty, [$($source:ty),+ $(,)?]) => {
        $(const _: () = {
            trait Ambiguous<A> {
                const SOLE: () = ();
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Has;
            impl<T: TryFrom<$source>> Ambiguous<Has> for T {}
            <$type as Ambiguous<_>>::SOLE
        };)+
    };
}

// Neither a text nor somebody else's error, which may quote one, becomes a part of a finding.
assert_not_from!(
    [Finding, Key, Cause]
    [
        String,
        &'static str,
        std::io::Error,
        std::num::ParseIntError,
        std::str::Utf8Error,
        serde_json::Error,
        clap::Error,
    ]
);

#[test]
fn a_key_is_called_by_a_name_of_the_closed_list_or_by_none() {
    for text in ["DATABASE_URL", "REDIS_PASSWORD"] {
        assert_eq!(Key::find(text).map(Key::name), Some(text));
    }
    for text in ["DATABASE_URL=postgresql://u:p@h/d", "hunter2", ""] {
        assert_eq!(Key::find(text), None);
    }
}
