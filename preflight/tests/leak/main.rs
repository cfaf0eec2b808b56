//! No value of an environment, a file or a command line is ever shown: not whole, not four characters
//! of it, not in another alphabet; by no command, in no format, in no log and no panic. And none makes
//! the program panic.
//!
//! 100,000 cases; `LEAK_CASES` says another number. `LEAK_SEED` begins elsewhere.

mod canary;
mod detector;
mod input;
mod logs;
mod processes;
mod random;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use detector::Detector;
use platform::clock::FixedClock;
use platform::env::{Env, MapEnv, ProcessEnv};
use platform::exit::ExitCode;
use preflight::Output;
use preflight::examine::{self, Checked};
use preflight::report::{self, Format, Report, Subject};
use random::Random;

const FORMATS: [Format; 4] = [Format::Human, Format::Json, Format::Github, Format::Sarif];

/// A number that somebody may set for this test.
fn number(name: &str, default: u64) -> u64 {
    let text = ProcessEnv.get(name).expect("it is UTF-8");
    text.map_or(default, |text| text.parse().expect("it is a number"))
}

/// How many cases a test has that does `share` of a hundred of them, and where its seeds begin.
fn seeds(share: u64, group: u64) -> impl Iterator<Item = u64> {
    let first = number("LEAK_SEED", 0) + (group << 40);
    first..first + number("LEAK_CASES", 100_000) * share / 100
}

/// Fails. The program's own panic hook shows no message of a panic, so it goes before.
fn fail(text: &str) -> ! {
    std::io::stderr().write_all(text.as_bytes()).expect("stderr is open");
    panic!("a secret is shown");
}

/// Looks at everything that came out of the case with this seed.
fn look(detector: &mut Detector, seed: u64, out: &[u8]) {
    for bytes in [out, logs::taken().as_bytes()] {
        if let Some(form) = detector.found_in(bytes) {
            fail(&format!("LEAK_SEED={seed}: {form}: {}\n", String::from_utf8_lossy(bytes)));
        }
    }
}

/// A file of the test's own. Its path is shown, so no letter of it is by chance.
fn path_for(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("leak");
    std::fs::create_dir_all(&folder).expect("the folder is the test's own");
    folder.join(test)
}

#[expect(clippy::disallowed_methods, reason = "the file is the test's own")]
fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("the folder is writable");
}

fn of(pairs: &[(String, Option<String>)]) -> MapEnv {
    pairs.iter().fold(MapEnv::default(), |env, (name, value)| match value {
        Some(value) => env.with(name, value),
        None => env.with_bytes(name),
    })
}

/// The findings in one of the formats, on a terminal or off it; now and then what a log or a panic
/// would print of all that was read, the values among it.
fn shown(checked: &Checked, subject: Subject<'_>, random: &mut Random) -> Vec<u8> {
    let report = Report { findings: &checked.findings, subject, fingerprint: None };
    let (format, colour) = (random.pick(&FORMATS), random.one_in(2));
    let mut out = Vec::new();
    report::write(&mut out, format, &report, colour).expect("a vector takes everything");
    if random.one_in(20) {
        out.extend(format!("{checked:?}").bytes());
    }
    out
}

#[test]
fn an_environment_is_never_shown() {
    logs::keep();
    let mut detector = Detector::default();
    for seed in seeds(65, 1) {
        let random = &mut Random::of(seed);
        let env = of(&input::environment(random));
        let checked = examine::environment(&env, &[]);
        look(&mut detector, seed, &shown(&checked, Subject::Environment, random));
    }
}

#[test]
fn a_file_is_never_shown() {
    logs::keep();
    let mut detector = Detector::default();
    let path = Path::new(".env.production");
    for seed in seeds(20, 2) {
        let random = &mut Random::of(seed);
        let shell = of(&if random.one_in(2) { vec![] } else { input::environment(random) });
        let shell = |name: &str| shell.get(name).ok().flatten();
        let raw = platform::env_file::Raw {
            bytes: input::file(random),
            is_too_large: false,
            is_exposed: random.one_in(2),
        };
        let checked = examine::file(&raw, &shell, &[]);
        let mut out = shown(&checked, Subject::File(path), random);
        out.extend(format!("{raw:?}").bytes());
        look(&mut detector, seed, &out);
    }
}

#[test]
fn a_mounted_file_and_what_became_of_it_are_never_shown() {
    logs::keep();
    let mut detector = Detector::default();
    let path = path_for("mounted");
    for seed in seeds(5, 3) {
        let random = &mut Random::of(seed);
        write(&path, &input::file(random));
        let env = of(&input::environment(random)).with("ENV_FILE", path.to_str().expect("UTF-8"));
        let checked = examine::environment(&env, &[]);
        look(&mut detector, seed, &shown(&checked, Subject::Environment, random));
    }
}

/// The whole of the program, but for what goes to stderr by other ways than the log.
#[test]
fn no_command_shows_what_it_was_given() {
    logs::keep();
    let mut detector = Detector::default();
    let path = path_for("commands");
    for seed in seeds(8, 4) {
        let random = &mut Random::of(seed);
        write(&path, &input::file(random));
        let env = of(&input::environment(random));
        let command = random.pick(&["check", "lint"]);
        let format = random.pick(&["human", "json", "github", "sarif"]);
        let file = Some(path.clone().into_os_string()).filter(|_| command == "lint");
        let arguments = ["preflight", command, "--format", format].map(OsString::from);
        let ignored = ["--ignore", "PF003", "--ignore", "PF100"].map(OsString::from);
        let ignored = ignored.into_iter().filter(|_| seed % 2 == 0);
        let arguments = arguments.into_iter().chain(ignored).chain(file);
        let mut output = Output { stream: Vec::new(), is_terminal: random.one_in(2) };
        let clock = FixedClock::new(chrono::DateTime::UNIX_EPOCH);
        let code = preflight::run(arguments, &env, &clock, &mut output);
        assert!(matches!(code, ExitCode::Good | ExitCode::Bad), "{seed}");
        if format == "json" {
            let document: serde_json::Value =
                serde_json::from_slice(&output.stream).expect("the result is JSON");
            assert_eq!(document["ok"].as_bool(), Some(code == ExitCode::Good), "{seed}");
        }
        look(&mut detector, seed, &output.stream);
    }
}

/// What the program says of itself holds no four characters that a secret can hold, in any of the
/// forms: what is found is a leak, and nothing has to be left out.
#[test]
fn no_text_of_the_program_looks_like_a_secret() {
    let mut text = preflight::variables::template();
    for check in preflight::registry::ALL {
        let _ = writeln!(text, "{check:#?}");
    }
    for command in ["", "check", "lint", "explain", "template", "exec", "probe", "install"] {
        text += &processes::run(&[command, "--help"].map(str::to_owned)[..], &[]).0;
    }
    text += &processes::run(&["explain".to_owned()], &[]).0;
    assert_eq!(Detector::default().found_in(text.as_bytes()), None);
    assert!(text.len() > 10_000);
}

#[test]
fn the_detector_finds_four_characters_in_every_form() {
    let mut random = Random::of(1);
    for _ in 0..1_000 {
        let secret = canary::canary(&mut random, canary::LEAK);
        let (hex, percent) = (detector::hex_after("", &secret), detector::hex_after("%", &secret));
        let reversed: String = secret.chars().rev().collect();
        let forms = [secret.clone(), hex, percent, reversed];
        let base64 = ["", "a", "ab"].map(|before| detector::base64(&format!("{before}{secret}--")));
        for text in forms.iter().chain(&base64) {
            let line = format!("error: \"{text}\" is wrong");
            assert!(Detector::default().found_in(line.as_bytes()).is_some(), "{secret} {text}");
        }
        let short = &secret[..canary::LEAK - 1];
        assert_eq!(Detector::default().found_in(short.as_bytes()), None, "{short}");
    }
}
