//! What gives each variable its value: the environment of the container, or the file and the shell
//! as Compose will put them together.

use std::collections::BTreeMap;

use domain::configuration::Attribute;
use domain::env_file::Statement;
use platform::env::{Env, Resolved};
use secrecy::{ExposeSecret, SecretString};

use super::sheet::Sheet;
use crate::finding::Finding;
use crate::registry::{Cause, SourceFault};
use crate::variables::{Key, STACK, Section};

/// What is known of a variable.
#[derive(Debug)]
enum Value {
    /// It is set, to something that can't be seen from here.
    Unseen,
    /// It is this.
    Is(SecretString),
}

/// The variables that preflight judges, and why some of them have no value.
#[derive(Debug, Default)]
pub(super) struct Given {
    values: BTreeMap<Key, Value>,
    pub(super) faults: Vec<Finding>,
}

impl Given {
    /// As they are where nothing of the file can be read: nothing is said of any of them.
    pub(super) fn unseen() -> Self {
        let values = Key::all().map(|key| (key, Value::Unseen)).collect();
        Self { values, faults: Vec::new() }
    }

    /// As the container has them. What it was not given of the stack's variables is what the file
    /// says, where that is mounted.
    pub(super) fn in_container(
        resolved: &Resolved,
        env: &impl Env,
        sheet: Option<&Sheet<'_>>,
    ) -> Self {
        let mut given = Self::default();
        for attribute in Attribute::ALL {
            let (key, name) = (Key::Attribute(*attribute), attribute.key());
            if let Some(value) = resolved.secret(name) {
                given.values.insert(key, Value::Is(value));
            }
            let problem = resolved.problems().iter().find(|problem| problem.name == name);
            if let Some(fault) = problem.and_then(|problem| SourceFault::of(&problem.mistake)) {
                given.fault(key, fault);
            }
        }
        for (index, variable) in STACK.iter().enumerate() {
            let key = Key::Stack(index);
            // The folders of the host are others than those of the container, under the same names.
            let in_force = match variable.section {
                Section::Databases => env.get(variable.name),
                Section::Images | Section::Host | Section::Backups | Section::Notifications => {
                    Ok(None)
                }
            };
            match (in_force, sheet) {
                (Ok(Some(value)), _) => given.set(key, value.into()),
                (Ok(None), None) => _ = given.values.insert(key, Value::Unseen),
                (Ok(None), Some(sheet)) => {
                    given.take(key, sheet, None, variable.name);
                }
                (Err(_), _) => given.fault(key, SourceFault::NotUnicode),
            }
        }
        given
    }

    /// As Compose will have them: what the shell sets comes before what the file says. A `_FILE` form
    /// it hands to no container.
    pub(super) fn on_host(sheet: &Sheet<'_>, shell: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut given = Self::default();
        for attribute in Attribute::ALL {
            let name = attribute.key();
            given.take(Key::Attribute(*attribute), sheet, shell(name), name);
        }
        for (index, variable) in STACK.iter().enumerate() {
            given.take(Key::Stack(index), sheet, shell(variable.name), variable.name);
        }
        given
    }

    /// Takes the value that is in force, or else what the file says under `name`.
    fn take(&mut self, key: Key, sheet: &Sheet<'_>, in_force: Option<String>, name: &str) {
        let statement = sheet.get(name);
        if let Some(value) = in_force {
            self.set(key, value.into());
        } else if let Some(value) = statement.and_then(|statement| statement.value.clone()) {
            self.set(key, value);
        } else if statement.is_some_and(|statement| sheet.is_unknown(statement)) {
            self.values.insert(key, Value::Unseen);
        }
    }

    fn set(&mut self, key: Key, value: SecretString) {
        self.values.insert(key, Value::Is(value));
    }

    /// A variable that gave no value for a reason is not told to be unset as well.
    fn fault(&mut self, key: Key, fault: SourceFault) {
        self.values.insert(key, Value::Unseen);
        self.faults.push(Finding::new(key, Cause::Source(fault)));
    }

    /// The value, where it can be seen.
    pub(super) fn value(&self, key: Key) -> Option<&SecretString> {
        match self.values.get(&key) {
            Some(Value::Is(value)) => Some(value),
            Some(Value::Unseen) | None => None,
        }
    }

    /// Whether there is a value that can't be seen.
    pub(super) fn is_unseen(&self, key: Key) -> bool {
        matches!(self.values.get(&key), Some(Value::Unseen))
    }

    /// Whether it is unset, or set to nothing.
    pub(super) fn lacks(&self, key: Key) -> bool {
        let empty = |value: &SecretString| value.expose_secret().is_empty();
        !self.is_unseen(key) && self.value(key).is_none_or(empty)
    }

    /// Whether it gave no value for a reason that is told.
    pub(super) fn is_faulty(&self, key: Key) -> bool {
        self.faults.iter().any(|fault| fault.key == key)
    }

    /// Whether the value is what `statement` says. None and an empty one are the same here, as they
    /// are to Compose, which hands on a variable that is not set as an empty one.
    pub(super) fn comes_from(&self, key: Key, statement: &Statement) -> bool {
        let text = |value: Option<&SecretString>| {
            value.map_or_else(String::new, |value| value.expose_secret().to_owned())
        };
        !self.is_unseen(key) && text(self.value(key)) == text(statement.value.as_ref())
    }
}
