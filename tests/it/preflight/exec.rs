//! The gate inside a container: a command is started on a good configuration only, and then as if
//! nobody had stood before it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use tests::{Finished, Program};

use super::{SOON, Stack};

/// All that a process is given.
const CIRCUMSTANCES: &str = r"
    printf '%s|' arguments: $# $@; echo
    env -0 | sort -z | tr '\0' '\1'; echo
    for file in /proc/self/fd/*; do test -e $file && echo $file; done
    grep -E '^(Sig(Blk|Ign)|Umask|Groups|Cap|NoNewPrivs|Seccomp|Threads)' /proc/self/status
    cat /proc/self/limits; pwd; nice";

fn gated<'a>(program: Program, command: impl IntoIterator<Item = &'a str>) -> Program {
    program.args(["exec", "--"]).args(command)
}

#[test]
fn on_a_bad_configuration_the_command_is_not_started() {
    let stack = Stack::new();
    let started = stack.folder.join("started");
    let command = format!("echo started; echo >{}", started.display());
    let refused = |program: Program| -> Finished {
        let finished = stack.run(gated(program, ["sh", "-c", &command]));
        assert_eq!((finished.code, finished.stdout.as_str()), (1, ""), "{}", finished.stderr);
        assert!(!started.exists(), "the command was started");
        finished
    };
    let bad = stack
        .preflight()
        .env("TELEGRAM_WEBHOOK_URL", format!("http://bot.example.org/{}", stack.token.value()))
        .env("STRIPE_API_KEY", format!("pk_live_{}", stack.stripe.value()));
    let told = refused(bad).stderr;
    for word in ["TELEGRAM_WEBHOOK_URL", "STRIPE_API_KEY", "The configuration is bad: 2 errors"] {
        assert!(told.contains(word), "{word}:\n{told}");
    }
    refused(Program::new("preflight"));
    // Nobody reads what it says, and it still holds.
    let program = tests::binary("preflight");
    let silent = format!("{} exec -- sh -c '{command}' 2>/dev/full", program.display());
    let finished = Program::at("sh".as_ref()).args(["-c", &silent]).run(SOON);
    assert_eq!((finished.code, started.exists()), (1, false), "{}", finished.stdout);

    let good = stack.run(gated(stack.preflight(), ["sh", "-c", &command]));
    assert_eq!((good.code, good.stdout.as_str(), good.stderr.as_str()), (0, "started\n", ""));
    assert!(started.exists());
}

#[test]
fn secrets_from_files_are_judged_anew_at_every_start() {
    let stack = Stack::new();
    let file = stack.folder.join("token");
    let start = |content: &str| {
        fs::write(&file, content).expect("the file is writable");
        let others =
            stack.configuration().into_iter().filter(|(key, _)| *key != "TELEGRAM_BOT_TOKEN");
        let program = Program::new("preflight").envs(others).env("TELEGRAM_BOT_TOKEN_FILE", &file);
        stack.run(gated(program, ["sh", "-c", "echo $TELEGRAM_BOT_TOKEN_FILE"]))
    };
    let good = start(&format!("{}\n", stack.token.value()));
    assert_eq!((good.code, good.stdout), (0, format!("{}\n", file.display())));
    let bad = start(&format!("no {}", stack.token.value()));
    assert!(bad.code == 1 && bad.stderr.contains("PF030"), "{}", bad.stderr);
    assert_eq!(start(stack.token.value()).code, 0);
}

#[test]
fn the_command_is_given_what_it_would_be_given_without_the_gate() {
    let stack = Stack::new();
    let odd = OsStr::from_bytes(b"\xff\n=odd");
    let command = ["sh", "-c", CIRCUMSTANCES, "sh", "-h", "--ignore", "--", "--", ""];
    let told = |program: Program| {
        let finished = program.env("ODD", odd).env("EMPTY", "").run(SOON);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
        finished.stdout
    };
    let without = Program::at(command[0].as_ref()).args(&command[1..]);
    let without = told(without.envs(stack.configuration()));
    let with = told(gated(stack.preflight(), command));
    assert!(["SigIgn", "ODD=", "/fd/2", "|-h|"].iter().all(|part| with.contains(part)), "{with}");
    let lines = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
    let (with, without) = (lines(&with), lines(&without));
    let changed: Vec<_> = with.symmetric_difference(&without).collect();
    assert!(changed.is_empty(), "{} lines are not the same", changed.len());
}

#[test]
fn the_command_is_the_same_process_and_its_end_is_its_own() {
    let stack = Stack::new();
    let shell = |script: &str| gated(stack.preflight(), ["sh", "-c", script]);
    let running = shell("echo $$").spawn();
    let id = running.id();
    assert_eq!(running.wait(SOON).stdout, format!("{id}\n"));
    assert_eq!(stack.run(shell("exit 77")).code, 77);
    assert_eq!(stack.run(shell("kill -TERM $$")).code, 128 + 15);
    // A reader that has had enough ends a writer, as in any shell.
    let piped = stack.run(shell("yes | head -n 1 && kill -PIPE $$"));
    assert_eq!((piped.code, piped.stdout.as_str()), (128 + 13, "y\n"));

    let mut running =
        shell("trap 'echo told; exit 5' TERM; echo on; while :; do sleep 0.05; done").spawn();
    running.wait_until("the command runs", SOON, |running| running.stdout() == "on\n");
    running.terminate();
    let ended = running.wait(SOON);
    assert_eq!((ended.code, ended.stdout.as_str()), (5, "on\ntold\n"));
}

#[test]
fn a_command_that_can_not_be_started_is_wrong_usage_and_not_named() {
    let stack = Stack::new();
    let plain = stack.folder.join("plain");
    fs::write(&plain, "not a program").expect("the folder is writable");
    let plain = plain.to_str().expect("the path is UTF-8").to_owned();
    let secret = stack.token.value();
    for command in [vec![&format!("/nowhere/{secret}")[..], secret], vec![secret], vec!["", secret]]
        .into_iter()
        .chain([vec!["/", secret], vec![&plain, secret]])
    {
        let finished = stack.run(gated(stack.preflight(), command));
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{}", finished.stderr);
        assert!(finished.stderr.contains("the command is not started"), "{}", finished.stderr);
    }
    for wrong in
        [&["exec"][..], &["exec", "--"], &["exec", "true"], &["exec", secret, "--", "true"]]
    {
        let finished = stack.run(stack.preflight().args(wrong));
        assert!(finished.code == 2 && finished.stdout.is_empty(), "{wrong:?}");
    }
}

#[test]
fn a_warning_is_told_and_the_command_started() {
    let stack = Stack::new();
    let tag = stack.preflight().env("DEPLOYMENT_TAG", "latest").env("ENVIRONMENT_NAME", "staging");
    let refused = stack.run(gated(tag, ["true"]));
    assert!(refused.code == 1 && refused.stderr.contains("DEPLOYMENT_TAG"), "{}", refused.stderr);
    let code = refused.stderr.split_whitespace().find(|word| word.starts_with("PF"));
    let ignored = stack
        .preflight()
        .env("DEPLOYMENT_TAG", "latest")
        .env("ENVIRONMENT_NAME", "staging")
        .args(["exec", "--ignore", code.expect("it has a code"), "--", "echo", "started"]);
    let started = stack.run(ignored);
    assert_eq!((started.code, started.stdout.as_str()), (0, "started\n"), "{}", started.stderr);
    assert!(started.stderr.contains("DEPLOYMENT_TAG"), "{}", started.stderr);
}

#[test]
fn the_file_behind_the_environment_is_judged_too_where_it_is_mounted() {
    let stack = Stack::new();
    let file = stack.folder.join("env.production");
    let mut lines: Vec<String> =
        stack.configuration().iter().map(|(key, value)| format!("{key}={value}")).collect();
    lines.push(format!("REDIS_PASSWORD={}", stack.password.value()));
    lines.extend(["POSTGRES_USER=app".to_owned(), "POSTGRES_DB=app".to_owned()]);
    let start = |key: &str, value: &str| {
        let set = |line: &String| match line.split_once('=') {
            Some((name, _)) if name == key => format!("{key}={value}\n"),
            _ => format!("{line}\n"),
        };
        fs::write(&file, lines.iter().map(set).collect::<String>()).expect("it is writable");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("it is ours");
        stack.run(gated(stack.preflight().env("ENV_FILE", &file), ["echo", "started"]))
    };
    // A folder of the host has another path in the container.
    let good = start("STATE_DIR", "./deployment");
    assert_eq!((good.code, good.stdout.as_str(), good.stderr.as_str()), (0, "started\n", ""));
    let changed = start("MAX_WORKERS", "9");
    assert_eq!((changed.code, changed.stdout.as_str()), (0, "started\n"), "{}", changed.stderr);
    assert!(changed.stderr.contains("PF124"), "{}", changed.stderr);
    let broken = start("LOG_LEVEL", "   # INFO, later");
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""), "{}", broken.stderr);
    assert!(broken.stderr.contains("PF107"), "{}", broken.stderr);
    fs::remove_file(&file).expect("it is there");
    let missing = stack.run(gated(stack.preflight().env("ENV_FILE", &file), ["echo", "started"]));
    assert!(missing.code == 0 && missing.stderr.contains("PF120"), "{}", missing.stderr);
}
