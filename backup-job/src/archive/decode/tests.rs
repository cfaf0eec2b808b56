//! Encrypted files: whole, for others, and cut off or changed anywhere.

use std::io::Write;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;

use super::*;
use crate::archive::{Settings, Written, write};

/// More than a block of gzip and than a chunk of age.
fn script() -> Vec<u8> {
    (0_u32..90_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn encrypted(script: &[u8], to: &Identity) -> (Vec<u8>, Written) {
    let recipients = to.to_public().to_string().parse().unwrap();
    let mut file = Vec::new();
    let settings = Settings { level: 1, recipients: Some(recipients) };
    let written = write(script, &mut file, &settings).unwrap();
    (file, written)
}

fn key(identity: &Identity) -> Key {
    Key::of(&identity.to_string().expose_secret().to_owned().into()).unwrap()
}

fn read_back(file: &[u8], key: Option<&Key>) -> Result<(Sum, Vec<u8>), ReadError> {
    let mut at = tempfile::NamedTempFile::new().unwrap();
    at.write_all(file).unwrap();
    read(at.path(), key, |script| {
        let mut bytes = Vec::new();
        script.read_to_end(&mut bytes)?;
        Ok::<_, ReadError>(bytes)
    })
}

#[test]
fn its_recipient_and_the_run_that_wrote_it_read_it_and_nobody_else() {
    let (recipient, script) = (Identity::generate(), script());
    let (file, written) = encrypted(&script, &recipient);
    for key in [key(&recipient), written.key.clone().unwrap()] {
        let (sum, back) = read_back(&file, Some(&key)).unwrap();
        assert!(back == script);
        assert_eq!(sum, written.sum);
    }
    let other = read_back(&file, Some(&key(&Identity::generate())));
    assert!(matches!(other, Err(ReadError::WrongKey)), "{:?}", other.map(|_| ()));
    assert!(matches!(read_back(&file, None), Err(ReadError::Damaged)));
}

#[test]
fn one_that_is_cut_off_or_changed_is_never_taken_for_whole() {
    let (recipient, script) = (Identity::generate(), script());
    let (file, _) = encrypted(&script, &recipient);
    let key = key(&recipient);
    let last = file.len() - 1;
    for end in (0..file.len()).step_by(40_009).chain([last, last - 15, last - 16, last - 17]) {
        assert!(read_back(&file[..end], Some(&key)).is_err(), "cut at {end} of {}", file.len());
    }
    for at in (0..file.len()).step_by(40_009).chain([last]) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(read_back(&changed, Some(&key)).is_err(), "changed at {at}");
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert!(read_back(&longer, Some(&key)).is_err());
}

#[test]
fn one_whose_writer_did_not_come_to_its_end_is_not_whole() {
    let recipient = Identity::generate();
    let own = Key::generate();
    let recipients: crate::archive::Recipients = recipient.to_public().to_string().parse().unwrap();
    let whole = super::super::blocks::compress(script().as_slice(), Vec::new(), 1).unwrap();
    let mut file = Vec::new();
    let mut sealed = recipients.seal(&own, &mut file).unwrap();
    sealed.write_all(&whole).unwrap();
    sealed.flush().unwrap();
    drop(sealed);
    assert!(read_back(&file, Some(&own)).is_err(), "no last chunk was written");
}
