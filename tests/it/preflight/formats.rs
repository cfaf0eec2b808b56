//! What programs read of the findings: SARIF that holds to the schema of OASIS, whatever was found,
//! and workflow commands that nothing typed can break out of.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use domain::configuration::Attribute;
use domain::env_file::Position;
use jsonschema::Validator;
use preflight::finding::Finding;
use preflight::registry::{ALL, CAUSES, Cause, FileFault};
use preflight::report::{self, Format, Report, Subject};
use preflight::variables::{Key, STACK};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use tests::workspace_root;

use super::Stack;

/// The schema, with its formats (`uri` and the like) held to as well.
static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let text = std::fs::read_to_string(schema()).expect("the schema can be read");
    // OASIS published the pattern of a language with a bracket that nothing opens, which not every
    // reader takes. No run of ours names a language.
    assert!(text.contains("{2}]?$\""), "the schema is mended by now");
    let text = text.replace("{2}]?$\"", "{2}$\"");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is a schema")
});

/// Where cargo keeps the package that holds the schema. The registry is asked only when the package
/// was never downloaded.
#[expect(clippy::disallowed_methods, reason = "cargo needs the environment of whoever runs it")]
fn schema() -> PathBuf {
    let manifest = workspace_root().join("tests/sarif-schema/Cargo.toml");
    let ask = |offline: &[&str]| {
        Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
            .args(["metadata", "--quiet", "--locked", "--format-version", "1", "--manifest-path"])
            .arg(&manifest)
            .args(offline)
            .output()
            .expect("cargo can be started")
    };
    let mut answer = ask(&["--offline"]);
    if !answer.status.success() {
        answer = ask(&[]);
    }
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let metadata: Value = serde_json::from_slice(&answer.stdout).expect("cargo answers in JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif");
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let folder = Path::new(manifest.expect("the package is there")).parent();
    folder.expect("a manifest is in a folder").join("src/schema.json")
}

fn assert_valid(document: &str) -> Value {
    let document: Value = serde_json::from_str(document).expect("SARIF is JSON");
    let faults: Vec<String> = SCHEMA
        .iter_errors(&document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}\n{document:#}", faults.join("\n"));
    document
}

fn finding() -> impl Strategy<Value = Finding> {
    let key = prop_oneof![
        Just(Key::EnvFile),
        Just(Key::Certificate),
        select(Attribute::ALL).prop_map(Key::Attribute),
        (0..STACK.len()).prop_map(Key::Stack),
    ];
    let position =
        (1..=u32::MAX, 1..=u32::MAX).prop_map(|(line, column)| Position { line, column });
    (key, select(CAUSES), prop::option::of(position), any::<bool>())
        .prop_map(|(key, cause, position, waived)| Finding { key, position, cause, waived })
}

/// Paths as the kernel takes them: any bytes but NUL, and the awkward ones often.
fn path() -> impl Strategy<Value = PathBuf> {
    let byte = prop_oneof![select(b"/.:,%#?[]\n\r\x1b \\\"".to_vec()), 1..=u8::MAX];
    prop::collection::vec(byte, 1..40).prop_map(|bytes| OsString::from_vec(bytes).into())
}

fn rendered(format: Format, findings: &[Finding], subject: Subject<'_>) -> String {
    let mut out = Vec::new();
    report::write(&mut out, format, &Report { findings, subject, fingerprint: None }, false)
        .expect("memory is there");
    String::from_utf8(out).expect("a report is UTF-8")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn sarif_is_valid_whatever_was_found(
        findings in prop::collection::vec(finding(), 0..30),
        path in prop::option::of(path()),
    ) {
        let subject = path.as_deref().map_or(Subject::Environment, Subject::File);
        let document = assert_valid(&rendered(Format::Sarif, &findings, subject));
        let run = &document["runs"][0];
        let results = run["results"].as_array().expect("there are results");
        prop_assert_eq!(results.len(), findings.len());
        for (finding, result) in findings.iter().zip(results) {
            let index = result["ruleIndex"].as_u64().expect("an index");
            let rule = &run["tool"]["driver"]["rules"][usize::try_from(index).unwrap()];
            prop_assert_eq!(&rule["id"], finding.check().code);
            prop_assert_eq!(&result["ruleId"], finding.check().code);
            prop_assert_eq!(result.get("suppressions").is_some(), finding.waived);
        }
    }

    #[test]
    fn a_workflow_command_is_one_line_whatever_the_file_is_called(
        findings in prop::collection::vec(finding(), 0..10),
        path in path(),
    ) {
        let text = rendered(Format::Github, &findings, Subject::File(&path));
        let named = |finding: &&Finding| finding.cause != Cause::File(FileFault::KeyAbsent);
        let lines = findings.iter().filter(named).count()
            + usize::from(!findings.iter().all(|finding| named(&finding)));
        prop_assert_eq!(text.split(['\n', '\r']).filter(|line| !line.is_empty()).count(), lines);
        for line in text.lines() {
            let command = line.strip_prefix("::error ").or(line.strip_prefix("::warning "));
            let (properties, _) = command.and_then(|rest| rest.split_once("::")).expect("a command");
            for property in properties.split(',') {
                let (name, value) = property.split_once('=').expect("a name and a value");
                prop_assert!(["file", "line", "col", "title"].contains(&name), "{}", line);
                prop_assert!(!value.contains(':'), "{}", line);
            }
        }
    }
}

#[test]
fn sarif_is_valid_of_every_check_at_once() {
    let all: Vec<Finding> = CAUSES.iter().map(|cause| Finding::new(Key::EnvFile, *cause)).collect();
    let document = assert_valid(&rendered(Format::Sarif, &all, Subject::Environment));
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), ALL.len());
    // A brace or a bracket that stands alone would be read as a placeholder or a link.
    for text in texts(&document["runs"][0]) {
        for (open, close) in [("{{", "}}"), ("\\[", "\\]")] {
            let rest = text.replace(open, "").replace(close, "");
            let marks: &[char] = if open == "{{" { &['{', '}'] } else { &['[', ']'] };
            assert!(!rest.contains(marks), "{text}");
        }
    }
}

/// Every plain text of a message, however deep.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if key == "text" => vec![text.as_str()],
                _ => texts(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_schema_tells_what_is_no_sarif() {
    let good = rendered(Format::Sarif, &[], Subject::Environment);
    let document = assert_valid(&good);
    let broken = |change: fn(&mut Value)| {
        let mut changed = document.clone();
        change(&mut changed);
        !SCHEMA.is_valid(&changed)
    };
    assert!(broken(|document| document["version"] = "2.0".into()));
    assert!(broken(|document| document["runs"][0]["tool"]["driver"]["name"] = Value::Null));
    assert!(broken(|document| document["runs"][0]["novelty"] = 1.into()));
    assert!(broken(|document| document["$schema"] = "no URI".into()));
}

#[test]
fn the_program_speaks_every_format_of_the_environment() {
    let stack = Stack::new();
    let check = |format: &str| {
        let program = stack.preflight().env("MAX_WORKERS", "").env("LOG_LEVEL", "LOUD");
        let finished = stack.run(program.args(["check", "--format", format]));
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        finished.stdout
    };
    let sarif = assert_valid(&check("sarif"));
    let results = sarif["runs"][0]["results"].as_array().expect("there are results");
    let codes: Vec<_> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    assert_eq!(codes, ["PF011", "PF002"]);
    let github = check("github");
    assert_eq!(github.lines().filter(|line| line.starts_with("::error title=PF")).count(), 2);
    let json: Value = serde_json::from_str(&check("json")).expect("stdout is JSON");
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(2));

    for format in ["sarif", "github", "json", "human"] {
        let good = stack.run(stack.preflight().args(["check", "--format", format]));
        assert_eq!(good.code, 0, "{}", good.stdout);
    }
    let good = stack.run(stack.preflight().args(["check", "--format=sarif"])).stdout;
    assert_eq!(assert_valid(&good)["runs"][0]["results"].as_array().map(Vec::len), Some(0));
}

#[test]
fn the_program_names_the_file_it_has_read_and_no_other() {
    let stack = Stack::new();
    let folder = stack.folder.join("a b");
    std::fs::create_dir(&folder).expect("a folder can be made");
    let text = format!("MAX_WORKERS=none\nSTRIPE_API_KEY='{}\n", stack.stripe.value());
    std::fs::write(folder.join("prod.env"), text).expect("the file is writable");
    let lint = |format: &str, file: &str, code: i32| {
        let program = stack.preflight().current_dir(&folder);
        let finished = stack.run(program.args(["lint", "--format", format, file]));
        assert_eq!(finished.code, code, "{}{}", finished.stdout, finished.stderr);
        finished.stdout
    };
    let sarif = assert_valid(&lint("sarif", "../a b/prod.env", 1));
    let results = sarif["runs"][0]["results"].as_array().expect("there are results");
    let quote = results.iter().find(|result| result["ruleId"] == "PF103").expect("no end of quote");
    let place = &quote["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "../a%20b/prod.env");
    assert_eq!(place["region"], serde_json::json!({"startLine": 2, "startColumn": 16}));
    let github = lint("github", "./prod.env", 1);
    assert!(github.contains("::error file=prod.env,line=2,col=16,title=PF103 "), "{github}");
    assert!(lint("human", "prod.env", 1).contains("  prod.env:2:16\n"));

    // What is typed in the file's place may be a secret: `Stack::run` looks for it.
    for format in ["human", "json", "github", "sarif"] {
        assert_eq!(lint(format, stack.stripe.value(), 2), "");
    }
}
