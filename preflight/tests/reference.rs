//! What stands in files beside the program is what the program says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use preflight::reference;
use preflight::variables::{self, Key, STACK};

/// What Compose is given for one rollout, and nobody writes into a file.
const OF_A_ROLLOUT: [&str; 2] = ["DEPLOYMENT_EVENT_ID", "DEPLOYMENT_OPERATOR"];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn assert_renewed(path: &str, made: &str, command: &str) {
    let file = read(path);
    let differs = file.lines().zip(made.lines()).position(|(old, new)| old != new);
    assert!(
        file == made,
        "{path} is not what the program makes, first in line {}. Look at the difference, then renew \
         it: cargo run -q -p preflight -- {command} >{path}",
        differs.unwrap_or_else(|| file.lines().count().min(made.lines().count())) + 1
    );
}

#[test]
fn the_page_of_checks_is_what_the_registry_says() {
    assert_renewed("preflight/CHECKS.md", &reference::markdown(), "explain --markdown");
}

#[test]
fn the_template_is_what_the_variables_say() {
    let path = "compose/.env.production.template";
    assert_renewed(path, &variables::template(), "template");
}

/// The names of `${NAME…}` and the default behind a `:-`, where there is one.
fn interpolated(text: &str) -> BTreeMap<&str, Option<&str>> {
    let places = text.match_indices("${").filter(|(at, _)| !text[..*at].ends_with('$'));
    let read = |(at, _): (usize, &str)| {
        let rest = &text[at + 2..];
        let inside = &rest[..rest.find('}')?];
        let end = inside.find([':', '-', '?']).unwrap_or(inside.len());
        Some((&inside[..end], inside[end..].strip_prefix(":-")))
    };
    let mut names = BTreeMap::new();
    for (name, default) in places.filter_map(read).filter(|(name, _)| !name.is_empty()) {
        let known = names.entry(name).or_insert(default);
        *known = known.or(default);
    }
    names
}

#[test]
fn compose_reads_what_the_template_has_and_has_the_same_defaults() {
    let (services, images) = (read("compose/services.yml"), read("docker/images.yml"));
    let (services, images) = (interpolated(&services), interpolated(&images));
    assert!(services.len() > 30 && images.contains_key("RUST_IMAGE"), "the names are found");
    for name in services.keys() {
        let known = Key::find(name).is_some() || OF_A_ROLLOUT.contains(name);
        assert!(known, "services.yml reads {name}, which preflight's variables lack");
        assert!(variables::is_known(name), "{name}");
    }
    for variable in STACK {
        let name = variable.name;
        let reader = services.get(name).or_else(|| images.get(name));
        let default = reader.unwrap_or_else(|| panic!("nothing reads {name}"));
        assert_eq!(default.is_none(), variable.is_required, "{name}: {default:?}");
        if let Some(default) = default.filter(|_| !variable.sample.starts_with('<')) {
            // What is mounted where no file is given.
            let default = default.strip_prefix("/dev/null").unwrap_or(default);
            assert_eq!(variable.sample, default, "{name}");
        }
    }
}
