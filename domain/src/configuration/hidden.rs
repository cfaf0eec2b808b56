//! Types that show nothing of themselves.

/// Gives types a `Debug` of their name alone: no value, no length, not even which parts are there.
/// They get no `Display` and no `Serialize` either.
macro_rules! hidden {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}
pub(super) use hidden;
