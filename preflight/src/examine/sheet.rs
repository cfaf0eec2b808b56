//! The file, read, with what the parts of the examination ask of it.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use domain::env_file::{EnvFile, Remark, Statement};

use crate::variables::Key;

/// Longer than any name of ours, in bytes.
const MAX_NAME: usize = 64;

/// The file, read. Its text and names are compared, and never shown.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    text: &'a str,
    file: &'a EnvFile,
    last: HashMap<&'a str, usize>,
    /// The key that each line looks to be meant for; asked for only where something is wrong.
    meant: OnceCell<Vec<Option<Key>>>,
}

impl<'a> Sheet<'a> {
    /// `file` is what [`domain::env_file::parse`] made of `text`.
    pub(super) fn new(text: &'a str, file: &'a EnvFile) -> Self {
        Self { text, file, last: file.in_force(), meant: OnceCell::new() }
    }

    /// What there is to say about its lines.
    pub(super) fn remarks(&self) -> &'a [Remark] {
        &self.file.remarks
    }

    /// Every statement, in the order of the file.
    pub(super) fn statements(&self) -> &'a [Statement] {
        &self.file.statements
    }

    /// The statement that gives `name` its value: the last one.
    pub(super) fn get(&self, name: &str) -> Option<&'a Statement> {
        self.last.get(name).map(|index| &self.file.statements[*index])
    }

    /// The statement that gives `key` its value, or says in which file it is.
    pub(super) fn of(&self, key: Key) -> Option<&'a Statement> {
        self.get(key.name()).or_else(|| self.file_of(key))
    }

    /// The statement that says in which file the value of `key` is.
    pub(super) fn file_of(&self, key: Key) -> Option<&'a Statement> {
        self.get(&format!("{}_FILE", key.name())).filter(|_| key.allows_file())
    }

    /// Whether the value of `statement` refers to one that Compose refuses, so that nothing can be said
    /// of it.
    pub(super) fn is_unknown(&self, statement: &Statement) -> bool {
        let refused = |remark: &Remark| {
            let of = remark.statement.map(|index| &self.file.statements[index]);
            of.is_some_and(|of| of.position == statement.position)
        };
        statement.value.is_none() && !statement.is_bare() && !self.file.remarks.iter().any(refused)
    }

    /// Whether the statement with this index is the last one of its name.
    pub(super) fn wins(&self, index: usize) -> bool {
        self.last.get(self.file.statements[index].key.as_str()) == Some(&index)
    }

    /// The keys that no statement sets, though a line looks as if it meant to: a name with a space
    /// in it, or a line that went into the value of another.
    pub(super) fn lost(&self) -> HashSet<Key> {
        self.meant().iter().flatten().copied().filter(|key| self.of(*key).is_none()).collect()
    }

    /// The key that the line with this number looks to be meant for.
    pub(super) fn meant_in(&self, line: u32) -> Option<Key> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        self.meant().get(index).copied().flatten()
    }

    fn meant(&self) -> &[Option<Key>] {
        self.meant.get_or_init(|| {
            let keys: HashMap<String, Key> =
                Key::all().map(|key| (letters(key.name()), key)).collect();
            let key = |line| {
                let name = name_in(line)?;
                let last = name.split_whitespace().next_back()?;
                keys.get(&letters(name)).or_else(|| keys.get(&letters(last))).copied()
            };
            self.text.split('\n').map(key).collect()
        })
    }
}

/// What stands before the `=` of a line, or its first word, where it may be a name.
fn name_in(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{feff}').trim_start();
    let end = line.find(['=', ':']).or_else(|| line.find(char::is_whitespace))?;
    let name = &line[..end];
    let name = name.strip_prefix("export").filter(|rest| rest.starts_with(' ')).unwrap_or(name);
    (!name.starts_with('#') && name.len() <= MAX_NAME).then_some(name)
}

/// Letters and digits alone, in capitals: what a slip of the hand leaves of a name.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}
