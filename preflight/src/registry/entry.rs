//! What an entry of the registry says, and the macro that entries are written with.

use domain::configuration::Severity;

use crate::variables::Key;

/// What preflight looks for, as people and machines are told about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Stable code, `PFnnn`.
    pub code: &'static str,
    /// Short name, for people to talk about it.
    pub name: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// When it is looked for.
    pub phase: Phase,
    /// Where `--ignore` holds.
    pub waiver: Waiver,
    /// Which variables it can be about.
    pub keys: Keys,
    /// What is wrong.
    pub message: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// What happens, why it matters and what the failure looks like otherwise.
    pub explanation: &'static str,
    /// Lines of a file, or commands behind a `$ `, that give this finding.
    pub bad: &'static str,
    /// The same, put right.
    pub good: &'static str,
}

/// When a check is made. What only follows from a finding of an earlier phase is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// What the file is, and its lines.
    Syntax,
    /// Whether each variable is there, and from where.
    Presence,
    /// Each value for itself.
    Type,
    /// Values beside each other, among them all that `ENVIRONMENT_NAME` decides.
    Across,
    /// What answers on the network and on disk.
    Live,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: &[Self] = &[Self::Syntax, Self::Presence, Self::Type, Self::Across, Self::Live];

    /// What is looked at, as a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Syntax => "The file and its lines",
            Self::Presence => "Whether each variable is there",
            Self::Type => "Each value for itself",
            Self::Across => "Values beside each other, and what production forbids",
            Self::Live => "What answers on the network and on disk, with --live",
        }
    }
}

/// Where somebody may ask for a finding to be a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Waiver {
    /// In every environment.
    Anywhere,
    /// Not in production, nor where `ENVIRONMENT_NAME` can't be read.
    NotInProduction,
    /// Nowhere.
    Never,
}

/// Which variables a check can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Any variable of the file, and the file itself.
    Any,
    /// The variables that must be set.
    Required,
    /// The variables that `KEY_FILE` can give.
    FromFile,
    /// These.
    Of(&'static [Key]),
}

impl Keys {
    /// Whether `key` is one of them.
    #[must_use]
    pub fn contain(self, key: Key) -> bool {
        match self {
            Self::Any => true,
            Self::Required => key.is_required(),
            Self::FromFile => key.allows_file(),
            Self::Of(keys) => keys.contains(&key),
        }
    }

    /// Which they are, in words: names, separated by commas, where they are few.
    #[must_use]
    pub fn words(self) -> String {
        let names = |keys: &mut dyn Iterator<Item = Key>| {
            keys.map(Key::name).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Any => "any".to_owned(),
            Self::Required => "every one that must be set".to_owned(),
            Self::FromFile => names(&mut Key::all().filter(|key| key.allows_file())),
            Self::Of(keys) => names(&mut keys.iter().copied()),
        }
    }
}

/// Entries, each a constant under the name of its cause.
macro_rules! entries {
    ($kind:ident {
        $($cause:ident: $code:literal $name:literal, $phase:ident, $waiver:ident, $keys:tt {
            message: $message:literal,
            remedy: $remedy:literal,
            explanation: $explanation:literal,
            bad: $bad:literal,
            good: $good:literal,
        })*
    }) => {$(
        #[expect(non_upper_case_globals, reason = "an entry has its cause's name")]
        pub(in crate::registry) const $cause: $crate::registry::Check = $crate::registry::Check {
            code: $code,
            name: $name,
            severity: $kind::$cause.severity(),
            phase: $crate::registry::Phase::$phase,
            waiver: $crate::registry::Waiver::$waiver,
            keys: $crate::registry::entry::keys!($keys),
            message: $message,
            remedy: $remedy,
            explanation: $explanation,
            bad: $bad,
            good: $good,
        };
    )*};
}

/// `any`, `required`, `from_file` or the names in brackets.
macro_rules! keys {
    (any) => { $crate::registry::Keys::Any };
    (required) => { $crate::registry::Keys::Required };
    (from_file) => { $crate::registry::Keys::FromFile };
    ([$($name:literal)+]) => {
        $crate::registry::Keys::Of(&[$($crate::variables::Key::named($name)),+])
    };
}

pub(super) use {entries, keys};
