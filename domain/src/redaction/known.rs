//! The secrets that are known, and where a text has them.

use std::collections::BTreeSet;
use std::ops::Range;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::view::View;
use super::{MARK, base64, terminal};
use crate::configuration::{PostgresUrl, RedisUrl};

/// What is shorter stands in every other word.
const FEWEST_CHARACTERS: usize = 4;
/// A line of a secret with several lines that is shorter is one of many a text.
const FEWEST_OF_A_LINE: usize = 8;
/// The most bytes that a byte becomes where it is escaped: `\u0041`, with one more backslash.
const MOST_PER_BYTE: usize = 7;

/// What is searched for.
pub(super) struct Known {
    needles: Vec<SecretSlice<u8>>,
    /// Which of them begin with each byte.
    by_first: Vec<Vec<usize>>,
}

impl Known {
    pub(super) fn new(secrets: impl IntoIterator<Item = SecretString>) -> Self {
        let mut needles = BTreeSet::new();
        for secret in secrets {
            let secret = secret.expose_secret();
            add(&mut needles, secret);
            for line in secret.lines().filter(|line| line.chars().count() >= FEWEST_OF_A_LINE) {
                add(&mut needles, line);
            }
            for part in parts(secret) {
                add(&mut needles, part.expose_secret());
            }
        }
        let mut by_first = vec![Vec::new(); 256];
        for (index, needle) in needles.iter().enumerate() {
            if let Some(first) = needle.first() {
                by_first[usize::from(*first)].push(index);
            }
        }
        Self { needles: needles.into_iter().map(SecretSlice::from).collect(), by_first }
    }

    /// How many bytes of a text the longest may take.
    pub(super) fn reach(&self) -> usize {
        let lengths = self.needles.iter().map(|needle| needle.expose_secret().len());
        lengths.max().unwrap_or_default().saturating_mul(MOST_PER_BYTE)
    }

    /// Where the text has one, in each form. What has been replaced before is not looked at again.
    pub(super) fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut start = 0;
        for part in text.split(MARK) {
            for view in View::all(part) {
                self.search(&view, start, &mut ranges);
            }
            start += part.len() + MARK.len();
        }
        ranges
    }

    /// Adds all that overlap as well: one that begins inside of another must not be left over.
    fn search(&self, view: &View, start: usize, ranges: &mut Vec<Range<usize>>) {
        for (at, first) in view.bytes.iter().enumerate() {
            let rest = &view.bytes[at..];
            let lengths = self.by_first[usize::from(*first)].iter().filter_map(|index| {
                let needle = self.needles[*index].expose_secret();
                rest.starts_with(needle).then_some(needle.len())
            });
            if let Some(length) = lengths.max() {
                let place = view.place(at, at + length);
                ranges.push(start + place.start..start + place.end);
            }
        }
    }
}

/// The secret as it is, as a line has it, and as base64 has it where it stands alone.
fn add(needles: &mut BTreeSet<Vec<u8>>, secret: &str) {
    let whole = secret.trim();
    let shown = terminal::plain(whole);
    for text in [whole, shown.trim()] {
        // What is a part of the mark would be found in every mark, and tells nothing there.
        if text.chars().count() >= FEWEST_CHARACTERS && !MARK.contains(text) {
            needles.insert(text.as_bytes().to_vec());
            needles.extend(base64::encoded(text.as_bytes()));
        }
    }
    if whole.chars().count() >= FEWEST_CHARACTERS {
        needles.extend(base64::encoded(secret.as_bytes()));
    }
}

/// What a connection string has that is a secret for itself. A user that bears the name of a service
/// of the stack is none: its name stands in every line about the service.
fn parts(secret: &str) -> Vec<SecretString> {
    let (user, password, hosts) = if let Ok(url) = PostgresUrl::parse(secret) {
        let hosts = url.servers().flat_map(|(host, _, name)| [host.to_owned(), name.to_owned()]);
        (Some(url.user.clone()), Some(url.password.clone()), hosts.collect())
    } else if let Ok(url) = RedisUrl::parse(secret) {
        (url.user, url.password, vec![url.host])
    } else {
        return Vec::new();
    };
    let user = user.filter(|user| !hosts.contains(user));
    let far = hosts.into_iter().filter(|host| !host.starts_with('/') && host.contains(['.', ':']));
    password.into_iter().chain(far.chain(user).map(SecretString::from)).collect()
}
