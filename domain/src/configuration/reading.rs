//! One value at a time: whether it is there, and what it says of itself.

use secrecy::{ExposeSecret, SecretString};

use super::rule::Rule;
use super::{Attribute, Violation, placeholder};

/// What one text says: the value, where it can be read, and every rule that it breaks.
pub(super) struct Read<T> {
    pub(super) value: Option<T>,
    pub(super) broken: Vec<Rule>,
}

impl<T> From<Result<T, Vec<Rule>>> for Read<T> {
    fn from(result: Result<T, Vec<Rule>>) -> Self {
        match result {
            Ok(value) => Self { value: Some(value), broken: Vec::new() },
            Err(broken) => Self { value: None, broken },
        }
    }
}

impl<T> Read<T> {
    /// The same with more rules that it breaks.
    pub(super) fn and(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.broken.extend(rules);
        self
    }
}

pub(super) struct Reading<'a> {
    pub(super) lookup: &'a dyn Fn(Attribute) -> Option<SecretString>,
    pub(super) violations: Vec<Violation>,
}

impl Reading<'_> {
    pub(super) fn violate(&mut self, attribute: Attribute, rules: impl IntoIterator<Item = Rule>) {
        self.violations.extend(rules.into_iter().map(|rule| Violation { attribute, rule }));
    }

    /// An attribute that must be there; what it breaks is noted.
    pub(super) fn required<T>(
        &mut self,
        attribute: Attribute,
        read: impl FnOnce(&str) -> Read<T>,
    ) -> Option<T> {
        let Some(value) = (self.lookup)(attribute) else {
            self.violate(attribute, [Rule::Unset]);
            return None;
        };
        let text = value.expose_secret();
        if text.is_empty() {
            self.violate(attribute, [Rule::Empty]);
            return None;
        }
        // These two know their parts better: the rest of `sk_test_changeme` tells of a test key.
        let has_parts = matches!(attribute, Attribute::TelegramBotToken | Attribute::StripeApiKey);
        if placeholder::is_enclosed(text) || (!has_parts && placeholder::is_whole(text)) {
            self.violate(attribute, [Rule::Placeholder]);
            return None;
        }
        let Read { value, broken } = read(text);
        self.violate(attribute, broken);
        value
    }

    /// An attribute that may be unset or empty, which both mean the default.
    pub(super) fn optional<T: Default>(
        &mut self,
        attribute: Attribute,
        read: impl FnOnce(&str) -> Read<T>,
    ) -> Option<T> {
        match (self.lookup)(attribute) {
            Some(value) if !value.expose_secret().is_empty() => self.required(attribute, read),
            _ => Some(T::default()),
        }
    }
}
