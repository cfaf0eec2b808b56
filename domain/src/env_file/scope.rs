//! What the file has set so far, and what a reference can see of it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use secrecy::{ExposeSecret as _, SecretString};

/// How much text references may bring into the values of one file. Linux hands a program no more
/// than this (a quarter of the usual 8 MiB of stack); `A=$B$B`, `B=$C$C`, … would go on for ever.
const REFERENCE_BYTES: usize = 2 << 20;

/// A statement whose places are bytes of the text.
pub(super) struct Draft {
    pub(super) key: String,
    pub(super) at: usize,
    /// Where the value stands, its quotes included.
    pub(super) value_at: Range<usize>,
    pub(super) value: Option<SecretString>,
}

/// Compose's own environment first, then what the file has set so far.
pub(super) struct Scope<'t, 'o> {
    /// Every statement so far.
    pub(super) drafts: Vec<Draft>,
    outer: &'o dyn Fn(&str) -> Option<String>,
    /// Which of them is in force.
    earlier: HashMap<&'t str, usize>,
    /// Which of them a reference below has asked for.
    pub(super) asked: HashSet<usize>,
    left: usize,
}

/// What there is behind a name.
pub(super) enum Found<'a> {
    /// This value.
    Value(Cow<'a, str>),
    /// A line of the file sets it, and Compose refuses that line.
    Unknown,
    /// The values of all references together are too long.
    TooLong,
    /// Nothing.
    Nothing,
}

impl<'t, 'o> Scope<'t, 'o> {
    pub(super) fn new(outer: &'o dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            drafts: Vec::new(),
            outer,
            earlier: HashMap::new(),
            asked: HashSet::new(),
            left: REFERENCE_BYTES,
        }
    }

    /// Compose's own variable.
    pub(super) fn outer(&self, name: &str) -> Option<String> {
        (self.outer)(name)
    }

    /// Keeps a statement that does not come into force; gives its number.
    pub(super) fn keep(&mut self, draft: Draft) -> usize {
        self.drafts.push(draft);
        self.drafts.len() - 1
    }

    /// Puts a statement in force; says whether the name was there before.
    pub(super) fn set(&mut self, name: &'t str, draft: Draft) -> bool {
        let number = self.keep(draft);
        self.earlier.insert(name, number).is_some()
    }

    /// What the reference to `name` gives.
    pub(super) fn find(&mut self, name: &str) -> Found<'_> {
        let number = self.earlier.get(name);
        self.asked.extend(number);
        let value = match ((self.outer)(name), number) {
            (Some(value), _) => Cow::Owned(value),
            (None, Some(number)) => match self.drafts.get(*number).map(|draft| &draft.value) {
                Some(Some(value)) => Cow::Borrowed(value.expose_secret()),
                _ => return Found::Unknown,
            },
            (None, None) => return Found::Nothing,
        };
        let Some(left) = self.left.checked_sub(value.len()) else { return Found::TooLong };
        self.left = left;
        Found::Value(value)
    }
}
