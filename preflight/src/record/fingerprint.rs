//! The fingerprint of a configuration: it tells whether two are the same and nothing else.

use std::fmt::Write;

use domain::configuration::Attribute;
use hmac::{Hmac, KeyInit, Mac};
use platform::env::Resolved;
use sha2::Sha256;

use super::key::Key;

/// Says what is fingerprinted, so that the same key can never serve two purposes by accident.
const PURPOSE: &[u8] = b"ballast deployment configuration 1";
const BLOCK_BYTES: usize = 64;

/// HMAC-SHA256 under `key` over all attributes but the deployment tag, in hexadecimal digits.
///
/// Each name and value is framed by its length, so that no two configurations give the same bytes.
/// Without the key nobody can try passwords against it.
pub(super) fn of(values: &Resolved, key: &Key) -> String {
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
        frame(&mut mac, attribute.key().as_bytes());
        let value = values.get(attribute.key());
        mac.update(&[u8::from(value.is_some())]);
        frame(&mut mac, value.unwrap_or_default().as_bytes());
    }
    mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
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
        of(&env::resolve(&variables, &environment), &Key::of([key; 32]))
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

    /// A fingerprint that changed with a release would record an update that nobody made.
    #[test]
    fn it_is_the_same_in_every_release() {
        insta::assert_snapshot!(fingerprint(&[("LOG_LEVEL", "INFO")], 7), @"deb1d1d0ccdece5a46b55e3d8e02dbb31bba78ebcf411b607e73a33c35815c0f");
    }
}
