//! What schemathesis, which knows how APIs break their promises, finds against the OpenAPI document.

use std::time::Duration;

use tests::{Program, workspace_root};

use crate::sidecar::World;

const DEADLINE: Duration = Duration::from_secs(100);
/// Cases for each operation that is fuzzed, besides those that cover its parameters.
const EXAMPLES: &str = "40";
/// So that a run says the same as the one before.
const SEED: &str = "20251228";

#[test]
fn schemathesis_finds_nothing() {
    let program = workspace_root().join("target/schemathesis/bin/schemathesis");
    assert!(program.exists(), "{} is missing: run tests/schemathesis/set-up", program.display());
    let world = World::new();
    let _sidecar = world.healthy_sidecar();
    let origin = format!("http://{}", world.address);
    let finished = Program::at(&program)
        .args(["--no-color", "run", &format!("{origin}/openapi.json"), "--url", &origin])
        .args(["--checks", "all", "--mode", "all", "--continue-on-failure"])
        .args(["--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none"])
        .env("HOME", world.record("."))
        .current_dir(&world.record("."))
        .run(DEADLINE);
    assert_eq!(finished.code, 0, "{}\n{}", finished.stdout, finished.stderr);
    // All but GET of the document itself, which it leaves out.
    assert!(finished.stdout.contains("19 selected / 19 total"), "{}", finished.stdout);
}
