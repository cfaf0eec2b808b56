//! The variables of the stack that are no attributes: those that must be set, those that must agree
//! with a URL, and those that backups are encrypted and copied by.

use domain::configuration::{self, PostgresUrl, Rule, Verdict};
use secrecy::{ExposeSecret, SecretString};

use super::given::Given;
use crate::finding::Finding;
use crate::registry::{AcrossFault, Cause};
use crate::variables::{Key, STACK};

/// What off-site copies can't be without.
const OFFSITE: [&str; 3] = ["S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"];

/// What is missing, empty or a placeholder.
pub(super) fn presence(given: &Given) -> Vec<Finding> {
    let rule = |key: Key| {
        let text = given.value(key).map(ExposeSecret::expose_secret);
        match text {
            None if key.is_required() && !given.is_unseen(key) => Some(Rule::Unset),
            Some("") if key.is_required() => Some(Rule::Empty),
            Some(text) if !text.is_empty() && stands_in(key, text) => Some(Rule::Placeholder),
            _ => None,
        }
    };
    let stack = Key::all().filter(|key| matches!(key, Key::Stack(_)));
    stack.filter_map(|key| Some(Finding::new(key, Cause::Rule(rule(key)?)))).collect()
}

/// What the URLs of the stack's own services say otherwise.
pub(super) fn across(given: &Given, verdict: &Verdict) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(url) = verdict.database_url.as_ref().filter(|url| is_of_stack(url)) {
        let pairs = [
            ("POSTGRES_USER", &url.user, AcrossFault::PostgresUsersDiffer),
            ("POSTGRES_DB", &url.database, AcrossFault::PostgresDatabasesDiffer),
        ];
        for (name, in_url, fault) in pairs {
            findings.extend(differing(given, name, in_url, fault));
        }
    }
    if let Some(url) = verdict.redis_url.as_ref().filter(|url| configuration::is_service(&url.host))
    {
        let in_url = url.password.as_ref().map_or("", ExposeSecret::expose_secret);
        let fault = AcrossFault::RedisPasswordsDiffer;
        findings.extend(differing(given, "REDIS_PASSWORD", in_url, fault));
    }
    findings.extend(recipients(given));
    findings.extend(half_set(given));
    findings
}

/// What is told of the recipients that backups are encrypted for.
fn recipients(given: &Given) -> Option<Finding> {
    let key = Key::named("BACKUP_AGE_RECIPIENT");
    let text = given.value(key)?.expose_secret();
    let is_public = |one: &str| {
        let rest = one.trim().strip_prefix("age1");
        rest.is_some_and(|rest| {
            !rest.is_empty()
                && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    };
    let is_told = text.is_empty() || stands_in(key, text) || text.split(',').all(is_public);
    (!is_told).then(|| Finding::new(key, Cause::Across(AcrossFault::AgeRecipient)))
}

/// What off-site copies lack, where only a part of it is there.
fn half_set(given: &Given) -> Vec<Finding> {
    let parts = OFFSITE.map(Key::named);
    let lacking: Vec<_> = parts.into_iter().filter(|key| given.lacks(*key)).collect();
    if lacking.len() == parts.len() {
        return Vec::new();
    }
    let fault = Cause::Across(AcrossFault::S3HalfSet);
    lacking.into_iter().map(|key| Finding::new(key, fault)).collect()
}

/// The fault, where `in_url` is not the value of `name`. What is a placeholder is told as that.
fn differing(given: &Given, name: &str, in_url: &str, fault: AcrossFault) -> Option<Finding> {
    let value = in_force(given, name)?;
    let key = Key::named(name);
    let differs = value.expose_secret() != in_url && !stands_in(key, in_url);
    differs.then(|| Finding::new(key, Cause::Across(fault)))
}

/// The value that Compose will use: of an empty or missing one the default. None where it can't be
/// known, or is nothing to compare with.
fn in_force(given: &Given, name: &str) -> Option<SecretString> {
    let key = Key::named(name);
    if given.is_unseen(key) {
        return None;
    }
    let default = STACK.iter().find(|variable| variable.name == name)?.sample;
    let own = given.value(key).filter(|value| !value.expose_secret().is_empty());
    let value = own.cloned().unwrap_or_else(|| default.into());
    (!stands_in(key, value.expose_secret())).then_some(value)
}

fn is_of_stack(url: &PostgresUrl) -> bool {
    url.hosts.iter().any(|(host, _)| configuration::is_service(host))
}

/// A password may be no word of documentation; a user or a database may be called `test`.
fn stands_in(key: Key, text: &str) -> bool {
    if key == Key::named("REDIS_PASSWORD") {
        configuration::is_placeholder_password(text)
    } else {
        configuration::is_placeholder(text)
    }
}
