//! The certificate: made by openssl for a time and for names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tests::{Scratch, unique};

use super::folders::preflight_as_nobody;
use super::{Scene, of, preflight};

/// From when until when, in days from now.
#[derive(Clone, Copy)]
pub(super) struct Validity(i32, i32);

impl Validity {
    pub(super) const GOOD: Self = Self(-1, 90);
    pub(super) const EXPIRED: Self = Self(-90, -1);
    const FUTURE: Self = Self(1, 90);
    const SOON: Self = Self(-80, 13);
    const NOT_YET_SOON: Self = Self(-1, 15);
}

/// A certificate with these alternative names, as openssl writes them; none where there are none.
pub(super) fn make(folder: &Scratch, names: &str, Validity(from, until): Validity) -> PathBuf {
    let home = folder.join(format!("certificate-{}", unique()));
    fs::create_dir(&home).expect("a folder can be made");
    let alternatives =
        if names.is_empty() { String::new() } else { format!("subjectAltName = {names}") };
    let configuration = format!(
        "[ca]\ndefault_ca = d\n[d]\nnew_certs_dir = .\ndatabase = index.txt\nrand_serial = yes\n\
         default_md = sha256\npolicy = p\nx509_extensions = e\n[p]\ncommonName = supplied\n\
         [e]\nbasicConstraints = CA:FALSE\n{alternatives}\n[req]\ndistinguished_name = n\n[n]\n"
    );
    fs::write(home.join("configuration"), configuration).expect("a file can be made");
    fs::write(home.join("index.txt"), "").expect("a file can be made");
    let run = |program: &str, words: &[&str]| {
        let output =
            Command::new(program).args(words).current_dir(&home).stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let day = |days: i32| run("date", &["-u", "-d", &format!("{days} days"), "+%Y%m%d%H%M%SZ"]);
    let configured = ["-config", "configuration"];
    let request = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=named.example.org \
         -keyout key.pem -out request.pem";
    let words: Vec<&str> = request.split_whitespace().chain(configured).collect();
    run("openssl", &words);
    let (from, until) = (day(from), day(until));
    let sign = "ca -batch -notext -selfsign -keyfile key.pem -in request.pem -out chain.pem";
    let times = ["-startdate", &from, "-enddate", &until];
    let words: Vec<&str> = sign.split_whitespace().chain(times).chain(configured).collect();
    run("openssl", &words);
    home.join("chain.pem")
}

impl Scene {
    fn codes_of_certificate(&mut self, host: &str, certificate: &Path) -> Vec<String> {
        self.set("TELEGRAM_WEBHOOK_URL", format!("https://{host}/webhook"));
        self.set("TLS_CERTIFICATE", certificate.display().to_string());
        self.codes("TLS_CERTIFICATE")
    }
}

#[test]
fn a_certificate_is_for_the_names_that_it_has() {
    let mut scene = Scene::new();
    for (names, host, expected) in [
        ("DNS:a.invalid,DNS:bot.invalid", "bot.invalid", &[][..]),
        ("DNS:BOT.invalid", "bot.INVALID", &[]),
        ("DNS:*.example.invalid", "bot.example.invalid", &[]),
        ("DNS:*.example.invalid", "a.bot.example.invalid", &["PF243"]),
        ("DNS:*.example.invalid", "example.invalid", &["PF243"]),
        ("DNS:a.invalid", "bot.invalid", &["PF243"]),
        ("IP:198.41.0.4", "198.41.0.4", &[]),
        ("IP:198.41.0.5,DNS:198.41.0.4", "198.41.0.4", &["PF243"]),
        // The common name counts only where no other is given.
        ("", "named.example.org", &[]),
        ("IP:198.41.0.4", "named.example.org", &[]),
        ("DNS:bot.invalid", "named.example.org", &["PF243"]),
    ] {
        let certificate = make(&scene.stack.folder, names, Validity::GOOD);
        assert_eq!(scene.codes_of_certificate(host, &certificate), expected, "{names} {host}");
    }
}

#[test]
fn a_certificate_has_its_time() {
    let mut scene = Scene::new();
    for (validity, expected) in [
        (Validity::GOOD, &[][..]),
        (Validity::EXPIRED, &["PF245"]),
        (Validity::FUTURE, &["PF244"]),
        (Validity::SOON, &["PF246"]),
        (Validity::NOT_YET_SOON, &[]),
    ] {
        let certificate = make(&scene.stack.folder, "IP:198.41.0.4", validity);
        let codes = scene.codes_of_certificate("198.41.0.4", &certificate);
        assert_eq!(codes, expected, "{} {}", validity.0, validity.1);
    }
    let soon = make(&scene.stack.folder, "IP:198.41.0.4", Validity::SOON);
    scene.set("TLS_CERTIFICATE", soon.display().to_string());
    let waived = ["--ignore=PF210", "--ignore=PF220"];
    assert_eq!(scene.finished(preflight().args(waived)).code, 0, "a warning stops nothing");
}

#[test]
fn only_the_first_certificate_of_a_chain_is_the_server_s() {
    let mut scene = Scene::new();
    let read = |path: PathBuf| fs::read_to_string(path).expect("it was made");
    let good = read(make(&scene.stack.folder, "DNS:bot.invalid", Validity::GOOD));
    let other = read(make(&scene.stack.folder, "DNS:ca.invalid", Validity::EXPIRED));
    let path = scene.stack.folder.join("chain.pem");
    for (text, expected) in [
        (format!("{good}{other}"), &[][..]),
        (format!("{other}{good}"), &["PF243", "PF245"]),
        (format!("Bag Attributes\r\n{}", good.replace('\n', "\r\n")), &[]),
        (good[..good.len() / 2].to_owned(), &["PF242"]),
        (good.replacen("MII", "MIJ", 1), &["PF242"]),
        ("garbage".to_owned(), &["PF242"]),
        (String::new(), &["PF242"]),
    ] {
        fs::write(&path, &text).expect("a file can be made");
        assert_eq!(scene.codes_of_certificate("bot.invalid", &path), expected, "{text}");
    }
}

#[test]
fn a_certificate_that_is_missing_is_told_from_one_that_can_not_be_read() {
    let mut scene = Scene::new();
    let folder = scene.stack.folder.path().to_owned();
    assert_eq!(scene.codes_of_certificate("198.41.0.4", &folder.join("none")), ["PF240"]);
    assert_eq!(scene.codes_of_certificate("198.41.0.4", &folder), ["PF241"]);
    let pipe = folder.join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo can be run");
    assert!(made.success());
    assert_eq!(scene.codes_of_certificate("198.41.0.4", &pipe), ["PF241"]);
    let private = make(&scene.stack.folder, "IP:198.41.0.4", Validity::GOOD);
    fs::set_permissions(&private, fs::Permissions::from_mode(0o000)).expect("it is ours");
    scene.set("TLS_CERTIFICATE", private.display().to_string());
    let found = scene.found_by(preflight_as_nobody());
    assert_eq!(of("TLS_CERTIFICATE", found), ["PF241"]);
}
