//! What hides what, and what the container can know of the file.

use platform::env::MapEnv;
use platform::env_file::Raw;

use super::*;

const GOOD: &str = include_str!("../../tests/corpus/good.env");

/// `good.env` with `line` in the place of the one that sets its key.
fn good_with(key: &str, line: &str) -> String {
    let own = |text: &&str| text.split_once('=').is_some_and(|(name, _)| name == key);
    let put = |text| if own(&text) { line } else { text };
    GOOD.lines().map(put).fold(String::new(), |text, line| text + line + "\n")
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.findings.iter().map(|finding| finding.check().code).collect()
}

fn linted(text: &str, ignore: &[Code]) -> Checked {
    let raw = Raw { bytes: text.into(), is_too_large: false, is_exposed: false };
    file(&raw, &|_| None, ignore)
}

/// The container that Compose makes of `given`, with `text` mounted in it.
#[expect(clippy::disallowed_methods, reason = "the file is the test's own")]
fn checked(text: &str, given: &[(&str, &str)]) -> Checked {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("env");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let pairs = GOOD.lines().take(Attribute::ALL.len()).filter_map(|line| line.split_once('='));
    let env: MapEnv = pairs.chain(given.iter().copied()).collect();
    environment(&env.with("ENV_FILE", path.to_str().unwrap()), &[])
}

#[test]
fn what_was_waived_hides_nothing() {
    let text = good_with("MAX_WORKERS", "MAX_WORKERS=x\t# many");
    assert_eq!(codes(&linted(&text, &[])), ["PF107"]);
    let waived = linted(&text, &[Code("PF107")]);
    assert_eq!(codes(&waived), ["PF012", "PF107"]);
    assert!(!waived.is_ok());
    let both = linted(&text, &[Code("PF107"), Code("PF012")]);
    assert!(both.is_ok() && both.findings.iter().all(|finding| finding.waived));
}

#[test]
fn what_loses_no_line_hides_no_variable_that_is_not_there() {
    let note = "NOTE=\"see\nMAX_WORKERS=4\"\n";
    let without = good_with("MAX_WORKERS", "# none");
    assert_eq!(codes(&linted(&(without.clone() + note), &[])), ["PF131", "PF001"]);
    let beside = without.clone() + note + "X=$NOPE\n";
    assert_eq!(codes(&linted(&beside, &[])), ["PF131", "PF131", "PF106", "PF001"]);
    let open = without + note.trim_end_matches("\"\n") + "\n";
    assert_eq!(codes(&linted(&open, &[])), ["PF131", "PF103"]);
}

#[test]
fn what_keeps_a_secret_is_not_waived_in_production_and_that_is_told() {
    let text = good_with("LOG_LEVEL", "LOG_LEVEL=DEBUG");
    let held = linted(&text, &[Code("PF070"), Code("PF012")]);
    assert_eq!((held.is_ok(), held.refused.as_slice()), (false, &[Code("PF070")][..]));
}

#[test]
fn a_thousand_findings_are_kept_and_that_there_are_more_can_not_be_ignored() {
    for (lines, kept) in [(1_000, 1_000), (1_001, 1_001), (50_000, 1_001)] {
        let text = GOOD.to_owned() + &"two words=1\n".repeat(lines);
        let ignored = [Code("PF101"), Code("PF125")];
        let checked = linted(&text, &ignored);
        assert_eq!(checked.findings.len(), kept);
        assert_eq!((checked.is_ok(), codes(&checked)[0] == "PF125"), (kept == 1_000, kept > 1_000));
        assert_eq!(checked.refused, [Code("PF125")]);
    }
}

#[test]
fn in_a_container_a_dollar_is_eaten_where_the_value_in_force_says_so() {
    let text = good_with("STRIPE_API_KEY", "STRIPE_API_KEY=sk_live_$rest");
    let eaten = checked(&text, &[("STRIPE_API_KEY", "sk_live_")]);
    assert_eq!(codes(&eaten), ["PF106"]);
    let resolved = checked(&text, &[("STRIPE_API_KEY", "sk_live_abcdefghijklmnop")]);
    assert_eq!((codes(&resolved), resolved.is_ok()), (vec!["PF124"], true));
}

#[test]
fn in_a_container_a_reference_is_not_judged_on_a_line_that_nobody_sees_the_value_of() {
    let text = GOOD.to_owned() + "SMTP_HOST=$DOMAIN\n";
    assert_eq!(codes(&checked(&text, &[])), ["PF131"]);
}

#[test]
fn a_line_that_is_no_longer_in_force_hides_nothing_of_what_is() {
    let text = good_with("MAX_WORKERS", "MAX_WORKERS=\"4");
    let both = checked(&text, &[("MAX_WORKERS", "many")]);
    assert_eq!(codes(&both), ["PF012", "PF103"]);
}

#[test]
fn in_a_container_a_finding_has_the_place_that_its_value_comes_from() {
    let text = good_with("MAX_WORKERS", "MAX_WORKERS=many");
    let same = checked(&text, &[("MAX_WORKERS", "many")]);
    assert_eq!(same.findings[0].position.map(|place| (place.line, place.column)), Some((10, 13)));
    let other = checked(&text, &[("MAX_WORKERS", "few")]);
    assert_eq!(codes(&other), ["PF012", "PF124"]);
}

#[test]
fn what_the_file_says_of_the_stack_is_compared_with_the_urls_in_force() {
    let text = good_with("REDIS_PASSWORD", "REDIS_PASSWORD=other");
    assert_eq!(codes(&checked(&text, &[])), ["PF142"]);
    assert!(codes(&checked(&text, &[("REDIS_PASSWORD", "hunter3")])).contains(&"PF124"));
}

#[test]
fn the_containers_own_folders_are_not_those_of_the_file() {
    let own = [("STATE_DIR", "/opt/toogoodtogo/deployment"), ("LOG_DIR", "/elsewhere")];
    assert!(checked(GOOD, &own).findings.is_empty());
}
