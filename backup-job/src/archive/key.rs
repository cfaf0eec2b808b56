//! Whom an encrypted backup is for, and who can read it.
//!
//! The private key of the recipients never comes to this host. So that what was encrypted can be
//! read back and proven all the same, each backup is also for a key of its own, which is made for it,
//! never leaves the memory of the run, and is forgotten with it.

use std::io::{self, Write};
use std::str::FromStr;

use age::stream::StreamWriter;
use age::x25519::{Identity, Recipient};
use age::{EncryptError, Encryptor};
use secrecy::{ExposeSecret, SecretString};

/// The recipients of backups: public keys of age, `age1…`.
#[derive(Clone)]
pub struct Recipients(Vec<Recipient>);

/// The text is no list of age recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no list of age recipients")]
pub struct NoRecipients;

/// The text holds no age identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this holds no age identity")]
pub struct NoKey;

/// What opens an encrypted backup: private keys.
#[derive(Clone)]
pub struct Key(Vec<Identity>);

impl FromStr for Recipients {
    type Err = NoRecipients;

    /// By commas or white space between them.
    fn from_str(text: &str) -> Result<Self, NoRecipients> {
        let words = text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty());
        let parsed: Result<Vec<Recipient>, _> = words.map(Recipient::from_str).collect();
        parsed.ok().filter(|all| !all.is_empty()).map(Self).ok_or(NoRecipients)
    }
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Recipients({})", self.0.len())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Key")
    }
}

impl Key {
    /// The identities in a file as `age-keygen` writes it: one a line, `#` before a comment.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn of(file: &SecretString) -> Result<Self, NoKey> {
        let lines = file.expose_secret().lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let parsed: Result<Vec<Identity>, _> = lines.map(Identity::from_str).collect();
        parsed.ok().filter(|all| !all.is_empty()).map(Self).ok_or(NoKey)
    }
}

impl Key {
    /// A key for one backup.
    pub(super) fn generate() -> Self {
        Self(vec![Identity::generate()])
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|identity| identity as &dyn age::Identity)
    }
}

impl Recipients {
    /// Encrypts what is written from now on to `file`, for all of them and for `key`.
    pub(super) fn seal<W: Write>(&self, key: &Key, file: W) -> io::Result<StreamWriter<W>> {
        let own: Vec<Recipient> = key.0.iter().map(Identity::to_public).collect();
        let all = self.0.iter().chain(&own).map(|one| one as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(all).map_err(|error| match error {
            EncryptError::Io(error) => error,
            _ => io::ErrorKind::InvalidInput.into(),
        })?;
        encryptor.wrap_output(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_a_list_and_a_key_is_a_file_of_identities() {
        let (one, two) = (Identity::generate(), Identity::generate());
        let both = format!(" {},\n{} ", one.to_public(), two.to_public());
        assert_eq!(both.parse::<Recipients>().unwrap().0.len(), 2);
        for text in ["", " , ", "age1", "hunter2", &format!("{},x", one.to_public())] {
            assert_eq!(text.parse::<Recipients>().unwrap_err(), NoRecipients, "{text}");
        }
        let secret = one.to_string();
        let file = format!("# created\n# public key\n\n{}\n", secret.expose_secret());
        assert_eq!(Key::of(&file.into()).unwrap().0.len(), 1);
        for file in ["", "# nothing\n", "AGE-SECRET-KEY-1\n"] {
            assert_eq!(Key::of(&file.into()).unwrap_err(), NoKey, "{file}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        let key = Key::generate();
        let secret = key.0[0].to_string();
        assert_eq!(format!("{key:?}"), "Key");
        assert!(secret.expose_secret().starts_with("AGE-SECRET-KEY-"));
    }
}
