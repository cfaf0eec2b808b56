//! The program as a process: both of its streams, its log in both forms, and its panics.

use std::process::{Command, Stdio};

use crate::detector::Detector;
use crate::random::Random;
use crate::{fail, input, path_for, seeds, write};

/// Runs the program; what it writes to stdout and to stderr.
#[expect(clippy::disallowed_methods, reason = "the test looks at the streams of a real process")]
pub(crate) fn run(arguments: &[String], env: &[(String, String)]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_preflight"));
    let pairs = env.iter().map(|(name, value)| (name, value));
    command.env_clear().envs(pairs).args(arguments.iter().filter(|word| !word.is_empty()));
    let output = command.stdin(Stdio::null()).output().expect("the program can be started");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap_or(-1))
}

#[test]
fn no_process_shows_what_it_was_given() {
    let mut detector = Detector::default();
    let path = path_for("processes");
    for seed in seeds(2, 5) {
        let random = &mut Random::of(seed);
        write(&path, &input::file(random));
        let file = path.to_str().expect("the path is UTF-8");
        let pairs = input::environment(random);
        let fits = |value: &String| !value.contains('\0');
        let mut env: Vec<(String, String)> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(fits)?)))
            .filter(|(name, _)| name != "LOG_LEVEL")
            .collect();
        let format = random.pick(&["json", "text"]);
        env.push(("LOG_LEVEL".to_owned(), "DEBUG".to_owned()));
        env.push(("LOG_FORMAT".to_owned(), format.to_owned()));
        if random.one_in(3) {
            env.push(("ENV_FILE".to_owned(), file.to_owned()));
        }
        let arguments = input::arguments(random, file);
        let (stdout, stderr, code) = run(&arguments, &env);
        if !(0..=2).contains(&code) {
            fail(&format!("LEAK_SEED={seed}: exit {code}: {arguments:?}\n{stderr}"));
        }
        for text in [stdout, stderr] {
            if let Some(form) = detector.found_in(text.as_bytes()) {
                fail(&format!("LEAK_SEED={seed}: {form}: {text}\n"));
            }
        }
    }
}

/// The child of the test below: it panics with a secret, behind the program's own hook.
#[test]
#[ignore = "it ends the process, as a panic of the program does"]
fn a_panic_with_a_secret() {
    let env = platform::env::MapEnv::from([("LOG_LEVEL", "DEBUG"), ("LOG_FORMAT", "text")]);
    platform::telemetry::init("preflight", &env).expect("both are right");
    let secret = input::secret(&mut Random::of(7));
    panic!("{secret} is no good value");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a panic ends the process, so it is another one")]
fn a_panic_shows_where_it_was_and_nothing_of_what() {
    let own = std::env::current_exe().expect("a test knows its own path");
    let name = "processes::a_panic_with_a_secret";
    let mut command = Command::new(own);
    let output = command.args(["--exact", name, "--ignored", "--nocapture"]).output();
    let output = output.expect("the test can be started");
    assert_eq!(output.status.code(), Some(3));
    let text = [output.stdout, output.stderr].concat();
    assert_eq!(Detector::default().found_in(&text), None);
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.contains("the program panicked") && text.contains("processes.rs"), "{text}");
}
