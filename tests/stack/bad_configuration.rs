//! A bad configuration: everything wrong is named, nothing is shown, nothing starts. Ever.

use std::time::Duration;

use tests::canary::assert_absent;
use tests::{Canary, Finished, unique};

use crate::engine::Engine;
use crate::records::events;
use crate::secrets::secrets;
use crate::stack::{STAYING, Stack};

const SOON: Duration = Duration::from_secs(20);

/// One fault each: the variable, what its line says instead, and the code that says so. `SECRET` is
/// a new one each time, and `OWN` is what the line has said before.
const FAULTS: [(&str, &str, &str); 20] = [
    // What stands in the file is not what Compose makes of it.
    ("STRIPE_API_KEY", "OWNSECRET$gone", "PF106"),
    ("LOG_LEVEL", "   # INFO, and SECRET", "PF107"),
    ("STRIPE_API_KEY", "\"OWN\"MORE=SECRET", "PF108"),
    ("STRIPE_API_KEY", "“OWNSECRET”", "PF115"),
    // It says nothing, or nothing of its own.
    ("TELEGRAM_BOT_TOKEN", "", "PF002"),
    ("TELEGRAM_BOT_TOKEN", "<telegram bot token>", "PF003"),
    ("DATABASE_PASSWORD", "changeme", "PF003"),
    // It is of the wrong kind.
    ("TELEGRAM_BOT_TOKEN", "no-token-SECRET", "PF030"),
    ("TELEGRAM_WEBHOOK_URL", "http://bot.example.org/webhook/SECRET", "PF032"),
    ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org:8081/webhook/SECRET", "PF033"),
    ("LOG_LEVEL", "LOUD-SECRET", "PF011"),
    ("MAX_WORKERS", "SECRET", "PF012"),
    ("DEPLOYMENT_TAG", "latest-SECRET", "PF014"),
    ("DATABASE_URL", "mysql://toogoodtogo:SECRET@postgres/toogoodtogo", "PF040"),
    ("REDIS_URL", "redis://:SECRET@redis:6379/zero", "PF051"),
    ("STRIPE_API_KEY", "pk_live_SECRET", "PF061"),
    // It doesn't fit the rest.
    ("DATABASE_PASSWORD", "SECRET", "PF046"),
    ("STRIPE_API_KEY", "sk_test_SECRET", "PF062"),
    ("LOG_LEVEL", "DEBUG", "PF070"),
    ("ALLOWED_ORIGINS", "*", "PF071"),
];

#[test]
fn a_bad_configuration_is_named_whole_and_starts_nothing() {
    let stack = Stack::new(Engine::of_this_host());
    let mut starts = stack.engine.starts(&stack.label());
    let own = secrets(&stack);
    many_faults_at_once_are_all_named(&stack, &own);
    for (name, value, code) in FAULTS {
        one_fault_is_enough(&stack, &own, (name, value, code));
    }
    // preflight's own starts show that every other would have been seen.
    let expected = "preflight\n".repeat(1 + FAULTS.len());
    starts
        .wait_until("every start is told", SOON, |starts| starts.stdout().len() >= expected.len());
    assert_eq!(starts.stdout(), expected, "only preflight was started");
    for service in STAYING.iter().chain(&["backup-predeploy"]) {
        assert_eq!(stack.container(service)["State"]["Status"], "created", "{service}");
    }
    assert!(events(&stack).is_empty(), "no deployment has begun");
}

fn many_faults_at_once_are_all_named(stack: &Stack, own: &[Canary]) {
    let good = stack.layout.text();
    let bad = [
        ("TELEGRAM_BOT_TOKEN", "n0t-a-token"),
        ("LOG_LEVEL", "LOUDLY-PLEASE"),
        ("DEPLOYMENT_TAG", "latest-and-greatest"),
    ];
    for (name, value) in bad {
        stack.layout.set(name, value);
    }
    let canaries = [own.to_vec(), bad.map(|(name, value)| Canary::of(name, value)).into()].concat();
    let log = refused(stack, &canaries);
    for (name, _) in bad {
        assert!(log.contains(name), "{name} is not named:\n{log}");
    }
    stack.layout.write(&good);
}

fn one_fault_is_enough(stack: &Stack, own: &[Canary], (name, value, code): (&str, &str, &str)) {
    let good = stack.layout.text();
    let canary = Canary::of(code, &unique());
    let value = value.replace("OWN", &stack.layout.setting(name));
    stack.layout.set(name, &value.replace("SECRET", canary.value()));
    // Of a line that Compose reads otherwise, only the file itself tells.
    let line = format!(".env.production:{}:", stack.layout.text().lines().count());
    let log = refused(stack, &[own, &[canary]].concat());
    for word in [code, name, &line] {
        assert!(log.contains(word), "{code} of {name} is not told with {word}:\n{log}");
    }
    stack.layout.write(&good);
}

/// `up -d` fails, and says nothing that is secret. Returns what preflight has said this time.
fn refused(stack: &Stack, canaries: &[Canary]) -> String {
    let Finished { code, stdout, stderr } = stack.up();
    assert_eq!(code, 1, "up -d must fail: {stderr}");
    assert_absent(canaries, "what Compose says", (stdout + &stderr).as_bytes());
    let preflight = stack.container("preflight");
    assert_eq!(preflight["State"]["ExitCode"], 1);
    let log = stack.compose(&["logs", "--no-color", "--no-log-prefix", "preflight"]).stdout;
    assert_absent(canaries, "preflight's log", log.as_bytes());
    log
}
