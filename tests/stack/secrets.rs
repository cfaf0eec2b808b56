//! No secret of `.env.production` leaves the process: not in a log, a page, a record or a layer.

use std::path::Path;
use std::time::Duration;

use tests::canary::assert_absent;
use tests::{Canary, Program, SIDECAR_PATHS, workspace_root};

use crate::checks::Checks;
use crate::image;
use crate::layout::settings_of;
use crate::stack::{ONE_SHOTS, STAYING, Stack};

pub(crate) fn check(checks: &mut Checks<'_>, stack: &Stack) {
    let secrets = secrets(stack);
    checks.hold("no secret stands in a log, nor in what Compose says", || {
        for service in ONE_SHOTS.iter().chain(&STAYING) {
            let log = stack.logs(service);
            assert_absent(&secrets, &format!("the log of {service}"), log.as_bytes());
        }
        assert!(stack.logs("sidecar").contains('{'), "there are logs to search");
        let said = stack.said();
        assert!(said.contains("Started"), "there is something to search: {said}");
        assert_absent(&secrets, "what up -d says", said.as_bytes());
    });
    checks.hold("no secret stands in what a health check says", || {
        for service in STAYING {
            let results = stack.container(service)["State"]["Health"]["Log"].clone();
            assert!(results.as_array().is_some_and(|results| !results.is_empty()), "{service}");
            let place = format!("the health log of {service}");
            assert_absent(&secrets, &place, results.to_string().as_bytes());
        }
    });
    checks.hold("no secret stands on a page", || pages(stack, &secrets));
    checks.hold("no secret stands in a record or a backup", || {
        for variable in ["STATE_DIR", "LOG_DIR", "BACKUP_DIR"] {
            files(&stack.layout.records(variable), &secrets);
        }
    });
    checks.hold("no secret stands in one of our images", || {
        // The images are older than this stack; a demo's secrets may be older than the images.
        let demo = settings_of(&workspace_root().join("compose/.env.production"));
        let all = [secrets.clone(), canaries(demo.unwrap_or_default())].concat();
        for image in images_of(stack) {
            assert_eq!(image::secrets_in(&stack.engine, &image, &all), [""; 0], "{image}");
        }
    });
}

/// Each server answers: silence hides nothing and shows nothing.
fn pages(stack: &Stack, secrets: &[Canary]) {
    for (service, path) in
        SIDECAR_PATHS.map(|path| ("sidecar", path)).into_iter().chain([("bot", "/health")])
    {
        let answer = stack.inside(service, path, &[]);
        let answer = answer.unwrap_or_else(|| panic!("{service} answers on {path}"));
        assert_eq!(answer.status, 200, "{service}, {path}");
        assert_absent(secrets, &format!("{path} of {service}"), answer.body.as_bytes());
    }
    let missing = stack.https("/webhook/1:wrong", &[]).expect("nginx answers");
    assert_absent(secrets, "nginx's own page", missing.body.as_bytes());
}

/// Everything in the file that is secret, as it is and as it stands in a connection string.
pub(crate) fn secrets(stack: &Stack) -> Vec<Canary> {
    let secrets = canaries(stack.layout.settings());
    assert!(secrets.len() >= 6, "only {} secrets found", secrets.len());
    secrets
}

fn canaries(settings: Vec<(String, String)>) -> Vec<Canary> {
    let secret = ["TOKEN", "PASSWORD", "KEY", "DATABASE_URL", "REDIS_URL"];
    let is_secret = |(name, value): &(String, String)| {
        secret.iter().any(|word| name.contains(word)) && !value.is_empty()
    };
    let settings = settings.into_iter().filter(is_secret);
    settings.map(|(name, value)| Canary::of(&name, &value)).collect()
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
