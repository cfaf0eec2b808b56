//! No secret of `.env.production` leaves the process: not in a log, a page, a record or a layer.

use std::path::Path;
use std::time::Duration;

use tests::canary::assert_absent;
use tests::{Canary, Program};

use crate::checks::Checks;
use crate::stack::{ONE_SHOTS, STAYING, Stack};

const PAGES: [&str; 9] = [
    "/",
    "/health",
    "/livez",
    "/readyz",
    "/services",
    "/history",
    "/deployments",
    "/backups",
    "/metrics",
];

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    let secrets = secrets(stack);
    checks.hold("no secret stands in a log", || {
        for service in ONE_SHOTS.iter().chain(&STAYING) {
            let log = stack.logs(service);
            assert_absent(&secrets, &format!("the log of {service}"), log.as_bytes());
        }
        assert!(stack.logs("sidecar").contains('{'), "there are logs to search");
    });
    checks.hold("no secret stands on a page", || {
        for path in PAGES {
            if let Some(answer) = stack.inside("sidecar", path, &[]) {
                assert_absent(&secrets, &format!("the page {path}"), answer.body.as_bytes());
            }
        }
        let missing = stack.https("/webhook/1:wrong", &[]).expect("nginx answers");
        assert_absent(&secrets, "nginx's own page", missing.body.as_bytes());
    });
    checks.hold("no secret stands in a record or a backup", || {
        for variable in ["STATE_DIR", "LOG_DIR", "BACKUP_DIR"] {
            files(&stack.layout.records(variable), &secrets);
        }
    });
    checks.hold("no secret stands in a layer of our images", || {
        let images = images_of(stack);
        let folder = tests::Scratch::new();
        for image in images {
            layers(stack, &image, &folder.join("layers"), &secrets);
        }
    });
}

/// Everything in the file that is secret, as it is and as it stands in a connection string.
pub(crate) fn secrets(stack: &Stack) -> Vec<Canary> {
    let secrets: Vec<_> = stack
        .layout
        .settings()
        .iter()
        .filter(|(name, value)| {
            let secret = ["TOKEN", "PASSWORD", "KEY", "DATABASE_URL", "REDIS_URL"];
            secret.iter().any(|word| name.contains(word)) && !value.is_empty()
        })
        .map(|(name, value)| Canary::of(name, value))
        .collect();
    assert!(secrets.len() >= 6, "only {} secrets found", secrets.len());
    secrets
}

fn files(folder: &Path, secrets: &[Canary]) {
    for entry in std::fs::read_dir(folder).expect("a record folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, secrets);
            continue;
        }
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).expect("a record can be read");
        assert_absent(secrets, &name, &bytes);
        if path.extension().is_some_and(|extension| extension == "gz") {
            let unpacked = Program::at(Path::new("gunzip")).args(["-c", &name]);
            let unpacked = unpacked.run(Duration::from_mins(1));
            assert_eq!(unpacked.code, 0, "{name}: {}", unpacked.stderr);
            assert_absent(secrets, &name, unpacked.stdout.as_bytes());
        }
    }
}

/// Ours, not those that others made.
pub(crate) fn images_of(stack: &Stack) -> Vec<String> {
    ["preflight", "sidecar", "bot", "backup"]
        .iter()
        .filter_map(|service| {
            stack.container(service)["Config"]["Image"].as_str().map(str::to_owned)
        })
        .collect()
}

/// Saves an image and searches it; the layers inside are plain tar files.
fn layers(stack: &Stack, image: &str, file: &Path, secrets: &[Canary]) {
    let path = file.display().to_string();
    let saved = stack.engine.docker(&["save", "-o", &path, image]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    // One pass of grep over what may be hundreds of megabytes; the secrets come on its input.
    let patterns: Vec<_> =
        secrets.iter().flat_map(|secret| [secret.value().to_owned(), secret.in_url()]).collect();
    let grep = Program::at(Path::new("grep"))
        .args(["-a", "-q", "-F", "-f", "-"])
        .arg(file)
        .env("LC_ALL", "C")
        .input(patterns.join("\n"))
        .run(Duration::from_mins(2));
    assert_eq!(grep.code, 1, "a secret stands in a layer of {image}: {}", grep.stderr);
    let history = stack.engine.docker(&["history", "--no-trunc", image]).stdout;
    let labels = stack.engine.docker(&["image", "inspect", image]).stdout;
    assert_absent(secrets, &format!("the history of {image}"), history.as_bytes());
    assert_absent(secrets, &format!("the labels of {image}"), labels.as_bytes());
}
