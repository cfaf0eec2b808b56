//! The environment of a container: names, and of the values what [`domain::service::shown`] lets through.
//! All others are dropped as they are parsed.

use std::collections::BTreeMap;
use std::fmt;

use domain::service::shown;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The most variables that are kept, and the longest name of one.
const MOST_VARIABLES: usize = 256;
const LONGEST_NAME: usize = 128;

/// Names, and what is shown for their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Variables(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VariablesVisitor)
    }
}

struct VariablesVisitor;

impl<'de> Visitor<'de> for VariablesVisitor {
    type Value = Variables;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of NAME=VALUE")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Variables, A::Error> {
        let mut variables = BTreeMap::new();
        while let Some(Variable(named)) = list.next_element()? {
            if variables.len() < MOST_VARIABLES {
                variables.extend(named);
            }
        }
        Ok(Variables(variables))
    }
}

/// One variable; `None` where its name is none to show.
struct Variable(Option<(String, String)>);

impl<'de> Deserialize<'de> for Variable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(VariableVisitor)
    }
}

struct VariableVisitor;

impl Visitor<'_> for VariableVisitor {
    type Value = Variable;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("NAME=VALUE")
    }

    /// The text is only borrowed: what is not shown is copied nowhere.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Variable, E> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let fits = !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(plain);
        Ok(Variable(fits.then(|| (name.to_owned(), shown(name, value).to_owned()))))
    }
}
