//! The fingerprint of a configuration: it tells whether two are the same and nothing else.

use std::fmt::Write;

use domain::configuration::Attribute;
use hmac::{Hmac, KeyInit, Mac};
use platform::env::Resolved;
use sha2::Sha256;

use super::key::Key;
use crate::config::BOT_IMAGE;

/// Says what is fingerprinted, so that the same key can never serve two purposes by accident.
const PURPOSE: &[u8] = b"ballast deployment configuration 1";
const BLOCK_BYTES: usize = 64;

/// HMAC-SHA256 under `key` over all attributes but the deployment tag, and the image's name, in
/// hexadecimal digits.
///
/// Each name and value is framed by its length, so that no two configurations give the same bytes.
/// Without the key nobody can try passwords against it.
pub(super) fn of(values: &Resolved, bot_image: Option<&str>, key: &Key) -> String {
    // A key shorter than a block is filled up with zeros: RFC 2104, section 2.
    let mut block = [0; BLOCK_BYTES];
    block[..key.bytes().len()].copy_from_slice(key.bytes());
    let mut mac = Hmac::<Sha256>::new(&block.into());
    frame(&mut mac, PURPOSE);
    for attribute in Attribute::ALL {
        // Of the same configuration another tag is another artifact, which is told apart by itself.
        if *attribute == Attribute::DeploymentTag {
            continue;
        }
        entry(&mut mac, attribute.key(), values.get(attribute.key()));
    }
    entry(&mut mac, BOT_IMAGE.name, bot_image);
    mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn entry(mac: &mut Hmac<Sha256>, name: &str, value: Option<&str>) {
    frame(mac, name.as_bytes());
    mac.update(&[u8::from(value.is_some())]);
    frame(mac, value.unwrap_or_default().as_bytes());
}

fn frame(mac: &mut Hmac<Sha256>, bytes: &[u8]) {
    mac.update(&(bytes.len() as u64).to_be_bytes());
    mac.update(bytes);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use platform::env::{self, MapEnv};

    use super::*;
    use crate::finding::variables;

    fn fingerprint(pairs: &[(&str, &str)], key: u8) -> String {
        let environment: MapEnv = pairs.iter().copied().collect();
        let variables: Vec<_> = variables().collect();
        of(&env::resolve(&variables, &environment), None, &Key::of([key; 32]))
    }

    #[test]
    fn it_changes_with_every_attribute_and_the_key_but_not_with_the_tag() {
        let mut seen = BTreeSet::from([fingerprint(&[], 1), fingerprint(&[], 2)]);
        for attribute in Attribute::ALL {
            for value in ["", "1", "2"] {
                seen.insert(fingerprint(&[(attribute.key(), value)], 1));
            }
        }
        assert_eq!(seen.len(), 2 + (Attribute::ALL.len() - 1) * 3);
        let tagged = fingerprint(&[(Attribute::DeploymentTag.key(), "v1.2.3")], 1);
        assert_eq!(tagged, fingerprint(&[], 1));
        assert_eq!(tagged.len(), 64);
    }

    #[test]
    fn where_one_value_ends_and_the_next_begins_counts() {
        let one = fingerprint(&[("TELEGRAM_WEBHOOK_URL", "ab"), ("DATABASE_URL", "c")], 1);
        let two = fingerprint(&[("TELEGRAM_WEBHOOK_URL", "a"), ("DATABASE_URL", "bc")], 1);
        assert_ne!(one, two);
    }

    #[test]
    fn another_image_under_the_same_tag_is_a_change() {
        let values = env::resolve(&variables().collect::<Vec<_>>(), &MapEnv::default());
        let of_image = |image| of(&values, image, &Key::of([1; 32]));
        let told: BTreeSet<String> = [None, Some("bot:1"), Some("bot:2")].map(of_image).into();
        assert_eq!(told.len(), 3);
    }

    /// A fingerprint that changed with a release would record an update that nobody made.
    #[test]
    fn it_is_the_same_in_every_release() {
        insta::assert_snapshot!(fingerprint(&[("LOG_LEVEL", "INFO")], 7), @"8e20da14b42b011bf6417bc3fd50a6c193fe8ce0b74488fffea1163b6007f4f8");
    }
}
