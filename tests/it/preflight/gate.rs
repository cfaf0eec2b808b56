//! What passes the gate and what does not, and the program that installs itself.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use serde_json::Value;
use tests::{Program, binary};

use super::{SOON, Stack};

const FAULTY: [&str; 3] = ["TELEGRAM_WEBHOOK_URL", "DATABASE_PASSWORD", "STRIPE_API_KEY"];

fn with_three_faults(stack: &Stack) -> Program {
    stack
        .preflight()
        .env("TELEGRAM_WEBHOOK_URL", format!("http://x/{}", stack.token.value()))
        .env("DATABASE_PASSWORD", format!("{} ", stack.password.value()))
        .env("STRIPE_API_KEY", format!("pk_live_{}", stack.stripe.value()))
}

#[test]
fn three_faults_at_once_are_all_named_and_no_value_is_shown() {
    let stack = Stack::new();
    for arguments in [&[][..], &["--record"], &["check", "--format", "human", "--record"]] {
        let finished = stack.run(with_three_faults(&stack).args(arguments));
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        assert!(FAULTY.iter().all(|key| finished.stdout.contains(key)), "{}", finished.stdout);
    }
    let json = stack.run(with_three_faults(&stack).args(["check", "--format=json", "--record"]));
    let document: Value = serde_json::from_str(&json.stdout).expect("stdout is JSON and no more");
    let findings = document["findings"].as_array().expect("findings is a list");
    let mut keys: Vec<_> = findings.iter().filter_map(|finding| finding["key"].as_str()).collect();
    keys.dedup();
    assert_eq!((document["ok"].as_bool(), keys), (Some(false), FAULTY.to_vec()));
    for folder in [stack.state(), stack.log()] {
        let entries = fs::read_dir(folder).expect("the folder can be read").count();
        assert_eq!(entries, 0, "a start that was refused leaves no record");
    }
}

#[test]
fn a_secret_may_come_from_a_file() {
    let stack = Stack::new();
    let file = stack.folder.join("password");
    fs::write(&file, format!("{}\n", stack.password.value())).expect("the file is writable");
    let from_file = |path: &str| {
        let others =
            stack.configuration().into_iter().filter(|(key, _)| *key != "DATABASE_PASSWORD");
        Program::new("preflight").envs(others).env("DATABASE_PASSWORD_FILE", path)
    };
    let path = file.to_str().expect("the path is UTF-8");
    let good = stack.run(from_file(path));
    assert_eq!(good.code, 0, "{}", good.stdout);

    let both = stack.run(from_file(path).env("DATABASE_PASSWORD", stack.password.value()));
    assert!(both.code == 1 && both.stdout.contains("PF081"), "{}", both.stdout);
    let missing = stack.run(from_file(&format!("/nowhere/{}", stack.password.value())));
    assert!(missing.code == 1 && missing.stdout.contains("PF083"), "{}", missing.stdout);
}

#[test]
fn wrong_usage_is_told_apart_from_a_bad_configuration() {
    let stack = Stack::new();
    for arguments in [
        vec!["--nothing", stack.password.value()],
        vec!["check", stack.password.value()],
        vec!["probe", "--timeout", stack.password.value(), "http://x"],
    ] {
        let finished = stack.run(stack.preflight().args(arguments));
        assert_eq!(finished.code, 2);
        assert!(finished.stdout.is_empty() && finished.stderr.starts_with("preflight: "));
    }
    let version = Program::new("preflight").arg("--version").run(SOON);
    assert!(version.code == 0 && version.stdout.starts_with("preflight 0."));
    assert_eq!(Program::new("preflight").args(["check", "--help"]).run(SOON).code, 0);
}

#[test]
fn the_program_installs_itself_and_runs_from_there() {
    let stack = Stack::new();
    let bin = stack.folder.join("bin");
    fs::create_dir(&bin).expect("a folder can be made");
    let folder = bin.to_str().expect("the path is UTF-8");
    let refused = stack.run(with_three_faults(&stack).args(["check", "--install", folder]));
    assert_eq!((refused.code, bin.join("preflight").exists()), (1, false));

    let checked = stack.run(stack.preflight().args(["check", "--install", folder]));
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let installed = fs::metadata(bin.join("preflight")).expect("it is there");
    assert_eq!(installed.permissions().mode() & 0o777, 0o755);
    let again = Program::new("preflight").args(["install", folder]).run(SOON);
    assert_eq!((again.code, again.stdout.as_str()), (0, "already installed\n"));
    let still = fs::metadata(bin.join("preflight")).expect("it is there");
    assert_eq!(still.ino(), installed.ino());
    let copy = Program::at(&bin.join("preflight")).arg("--version").run(SOON);
    assert_eq!(copy.code, 0);

    let missing = Program::new("preflight").args(["install", "/nowhere"]).run(SOON);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("install -d -m 0750"), "{}", missing.stderr);
}

#[test]
fn a_result_that_can_not_be_written_is_not_good() {
    // Without a variable the configuration is bad, whoever can read that.
    for (arguments, code) in [("template", 3), ("check", 1)] {
        let program = binary("preflight");
        let to_a_full_disk = format!("exec {} {arguments} >/dev/full", program.display());
        let finished = Program::at("sh".as_ref()).args(["-c", &to_a_full_disk]).run(SOON);
        assert_eq!(finished.code, code, "{arguments}: {}", finished.stderr);
    }
}
