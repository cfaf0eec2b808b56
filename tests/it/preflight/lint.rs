//! `lint` on a host, and `check` beside the file that is mounted for it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use tests::{Finished, Program};

use super::Stack;

impl Stack {
    /// The good configuration as a file, with the lines that `edit` makes of it.
    fn env_file(&self, edit: impl Fn(&str) -> String) -> PathBuf {
        let path = self.folder.join(".env.production");
        let lines = self.configuration().map(|(key, value)| edit(&format!("{key}='{value}'\n")));
        let rest = format!(
            "POSTGRES_USER=app\nPOSTGRES_DB=app\nREDIS_PASSWORD='{}'\n",
            self.password.value()
        );
        fs::write(&path, lines.concat() + &rest).expect("the folder is writable");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("the file is ours");
        path
    }

    fn lint(&self, file: &PathBuf, arguments: &[&str]) -> Finished {
        self.run(Program::new("preflight").arg("lint").args(arguments).arg(file))
    }
}

/// `CODE KEY LINE` of every error and of every warning but those of what is absent.
fn found(finished: &Finished) -> Vec<String> {
    let document: Value = serde_json::from_str(&finished.stdout).expect("stdout is JSON");
    let findings = document["findings"].as_array().expect("findings is a list");
    let told = findings.iter().filter(|finding| finding["code"] != "PF132");
    told.map(|one| {
        let line = one["line"].as_u64().map_or("-".to_owned(), |line| line.to_string());
        let word = |key: &str| one[key].as_str().expect("it is a string").to_owned();
        format!("{} {} {line}", word("code"), word("key"))
    })
    .collect()
}

#[test]
fn a_good_file_passes_and_a_bad_one_is_told_with_its_lines() {
    let stack = Stack::new();
    let good = stack.lint(&stack.env_file(str::to_owned), &["--format", "json"]);
    assert_eq!((good.code, found(&good)), (0, vec![]), "{}", good.stderr);

    let broken = stack.env_file(|line| match line.split_once('=') {
        Some(("DATABASE_PASSWORD" | "STRIPE_API_KEY", _)) => line.replacen("='", "=", 1),
        Some(("MAX_WORKERS", _)) => String::new(),
        _ => line.to_owned(),
    });
    let bad = stack.lint(&broken, &["--format", "json"]);
    assert_eq!(bad.code, 1);
    assert!(found(&bad).contains(&"PF001 MAX_WORKERS -".to_owned()), "{}", bad.stdout);
    let human = stack.lint(&broken, &[]);
    assert!(human.code == 1 && human.stdout.contains("MAX_WORKERS"), "{}", human.stdout);
}

#[test]
fn what_can_not_be_read_is_wrong_usage_and_a_path_is_no_secret() {
    let stack = Stack::new();
    for (path, word) in [
        (stack.folder.join("nowhere"), "name a file that exists"),
        (stack.state(), "name the file in it"),
    ] {
        let finished = stack.lint(&path, &[]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        assert!(finished.stderr.contains(word), "{}", finished.stderr);
    }
    let none = stack.run(Program::new("preflight").arg("lint"));
    assert!(none.code == 2 && none.stderr.contains("FILE"), "{}", none.stderr);
}

#[test]
fn a_file_that_is_decrypted_on_the_way_is_read_from_a_pipe() {
    let stack = Stack::new();
    let text = fs::read(stack.env_file(str::to_owned)).expect("it was just written");
    let program = Program::new("preflight").args(["lint", "--format", "json", "/dev/stdin"]);
    let finished = stack.run(program.input(text));
    assert_eq!((finished.code, found(&finished)), (0, vec![]), "{}", finished.stderr);
}

#[test]
fn check_tells_where_the_value_in_force_is_not_what_the_file_gives() {
    let stack = Stack::new();
    let file = stack.env_file(|line| match line.split_once('=') {
        Some(("MAX_WORKERS", _)) => "MAX_WORKERS=8\n".to_owned(),
        _ => line.to_owned(),
    });
    let path = file.to_str().expect("the path is UTF-8");
    let check = |path: &str| {
        let program = stack.preflight().env("ENV_FILE", path);
        stack.run(program.args(["check", "--format", "json"]))
    };
    let drifted = check(path);
    assert_eq!((drifted.code, found(&drifted)), (0, vec!["PF124 MAX_WORKERS 9".to_owned()]));

    let gone = check("/nowhere/at/all");
    assert_eq!((gone.code, found(&gone)), (0, vec!["PF120 ENV_FILE -".to_owned()]));
    assert_eq!(found(&check("")), Vec::<String>::new());

    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("the file is ours");
    let exposed = check(path);
    assert_eq!(exposed.code, 1);
    assert!(found(&exposed).contains(&"PF123 ENV_FILE -".to_owned()), "{}", exposed.stdout);
}

#[test]
fn check_does_not_wait_for_a_pipe() {
    let stack = Stack::new();
    let pipe = stack.folder.join("pipe");
    let path = pipe.to_str().expect("the path is UTF-8");
    let made = stack.run(Program::at("mkfifo".as_ref()).args([path]));
    assert_eq!(made.code, 0, "{}", made.stderr);
    let program = stack.preflight().env("ENV_FILE", path);
    let finished = stack.run(program.args(["check", "--format", "json"]));
    assert_eq!((finished.code, found(&finished)), (0, vec!["PF120 ENV_FILE -".to_owned()]));
}

#[test]
fn an_ignored_finding_is_printed_and_lets_the_stack_start_and_be_recorded() {
    let stack = Stack::new();
    let webhook = |arguments: &[&str]| {
        let program = stack.preflight().env("MAX_WORKERS", "5000");
        stack.run(program.args(["check", "--format", "json", "--record"]).args(arguments))
    };
    assert_eq!(webhook(&[]).code, 1);
    let ignored = webhook(&["--ignore", "PF012"]);
    assert_eq!((ignored.code, found(&ignored)), (0, vec!["PF012 MAX_WORKERS -".to_owned()]));
    let journal = fs::read_to_string(stack.journal()).expect("the event was recorded");
    assert!(journal.contains("\"artifact_id\":\"v1.2.3\""), "{journal}");

    let unknown = webhook(&["--ignore", "PF999"]);
    assert!(unknown.code == 2 && unknown.stdout.is_empty(), "{}", unknown.stderr);
}

#[test]
fn a_placeholder_can_be_ignored_in_staging_and_not_in_production() {
    let stack = Stack::new();
    let check = |environment: &str| {
        let program = stack.preflight().env("ENVIRONMENT_NAME", environment);
        let program = program.env("STRIPE_API_KEY", "changeme");
        stack.run(program.args(["check", "--format", "json", "--ignore", "pf003"]))
    };
    let staging = check("staging");
    assert_eq!((staging.code, found(&staging)), (0, vec!["PF003 STRIPE_API_KEY -".to_owned()]));
    assert!(!staging.stderr.contains("PF003"), "{}", staging.stderr);
    for environment in ["production", "", "Production"] {
        let held = check(environment);
        assert_eq!(held.code, 1, "{environment}");
        assert!(held.stderr.contains("PF003"), "{}", held.stderr);
    }
}
