//! The formats, each with one of everything: errors, warnings, what is ignored, places, and none.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use domain::configuration::{Attribute, Rule};
use domain::env_file::{Position, Quirk};

use super::*;
use crate::registry::{Cause, FileFault, LiveFault, SourceFault};
use crate::variables::{Key, STACK};

const fn at(line: u32, column: u32) -> Position {
    Position { line, column }
}

fn on(attribute: Attribute, cause: Cause) -> Finding {
    Finding::new(Key::Attribute(attribute), cause)
}

fn mixed() -> Vec<Finding> {
    let waived = |finding: Finding| Finding { waived: true, ..finding };
    let url = Attribute::DatabaseUrl;
    vec![
        Finding::new(Key::EnvFile, Cause::Line(Quirk::QuoteUnterminated)).at(at(12, 20)),
        Finding::new(Key::EnvFile, Cause::Line(Quirk::CarriageReturn)).at(at(1, 1)),
        Finding::new(Key::EnvFile, Cause::File(FileFault::Exposed)),
        Finding::new(Key::EnvFile, Cause::File(FileFault::KeyUnknown)).at(at(30, 1)),
        Finding::new(Key::EnvFile, Cause::File(FileFault::KeyUnknown)).at(at(31, 1)),
        on(Attribute::TelegramBotToken, Cause::Source(SourceFault::BothSet)),
        on(url, Cause::Line(Quirk::DollarEaten)).at(at(7, 44)),
        on(url, Cause::Line(Quirk::ReferenceMalformed)).at(at(7, 50)),
        on(url, Cause::Rule(Rule::PostgresShortScheme)).at(at(7, 14)),
        waived(on(Attribute::DatabasePassword, Cause::Rule(Rule::PasswordsDiffer)).at(at(8, 19))),
        on(Attribute::MaxWorkers, Cause::Rule(Rule::Unset)),
        on(url, Cause::Live(LiveFault::PostgresLogin)),
    ]
}

fn with_absent(mut findings: Vec<Finding>) -> Vec<Finding> {
    let absent = |index| Finding::new(Key::Stack(index), Cause::File(FileFault::KeyAbsent));
    findings.extend((0..STACK.len()).map(absent));
    findings
}

fn render(format: Format, findings: &[Finding], subject: Subject<'_>, colour: bool) -> String {
    let mut out = Vec::new();
    write(&mut out, format, &Report { findings, subject, fingerprint: None }, colour)
        .expect("a vector takes it all");
    String::from_utf8(out).expect("a report is UTF-8")
}

fn of_file(format: Format, findings: &[Finding]) -> String {
    render(format, findings, Subject::File(Path::new("./deploy/a b.env")), false)
}

#[test]
fn a_person_reads_one_paragraph_for_each_variable() {
    insta::assert_snapshot!(of_file(Format::Human, &with_absent(mixed())));
}

#[test]
fn a_person_with_colours_reads_the_same_words() {
    let coloured = render(Format::Human, &with_absent(mixed()), Subject::Environment, true);
    let plain = render(Format::Human, &with_absent(mixed()), Subject::Environment, false);
    let mut words = coloured.clone();
    for paint in ["\x1b[1;31m", "\x1b[1;33m", "\x1b[1;32m", "\x1b[1m", "\x1b[2m", "\x1b[0m"] {
        assert!(coloured.contains(paint) || paint == "\x1b[1;32m", "{paint:?}");
        words = words.replace(paint, "");
    }
    assert_eq!(words, plain);
}

#[test]
fn the_sum_is_true_of_either_subject() {
    let warning = [on(Attribute::DatabaseUrl, Cause::Rule(Rule::PostgresShortScheme))];
    let error = [on(Attribute::MaxWorkers, Cause::Rule(Rule::Unset))];
    let ignored = [Finding { waived: true, ..error[0] }];
    let absent = with_absent(Vec::new());
    let sums: Vec<String> = [&[][..], &warning, &error, &ignored, &absent[..1], &absent]
        .iter()
        .flat_map(|findings| {
            [Subject::Environment, Subject::File(Path::new("x"))].map(|subject| {
                let text = render(Format::Human, findings, subject, false);
                let sum = text.lines().find(|line| line.starts_with("The "));
                sum.expect("there is a sum").to_owned()
            })
        })
        .collect();
    insta::assert_snapshot!(sums.join("\n"));
}

#[test]
fn a_line_of_text_fits_a_terminal() {
    for check in crate::registry::ALL {
        assert!(check.message.split(' ').all(|word| word.len() <= 60), "{}", check.code);
    }
    let long = of_file(Format::Human, &with_absent(mixed()));
    assert!(long.lines().all(|line| line.chars().count() <= 80), "{long}");
}

#[test]
fn json_has_the_keys_of_the_contract() {
    insta::assert_snapshot!(of_file(Format::Json, &mixed()));
}

#[test]
fn github_shows_errors_first_and_what_is_absent_in_one_line() {
    insta::assert_snapshot!(of_file(Format::Github, &with_absent(mixed())));
}

#[test]
fn github_names_a_file_for_the_environment_only_beside_a_line() {
    let text = render(Format::Github, &mixed(), Subject::Environment, false);
    for line in text.lines() {
        assert_eq!(line.contains("file=.env.production,line="), line.contains("file="), "{line}");
    }
    assert!(text.contains("::error title=PF001 unset::MAX_WORKERS: "), "{text}");
    assert_eq!(render(Format::Github, &[], Subject::Environment, false), "");
}

#[test]
fn sarif_has_a_rule_for_each_code_and_a_place_for_each_result() {
    insta::assert_snapshot!(of_file(Format::Sarif, &mixed()));
}

#[test]
fn sarif_without_a_finding_is_still_a_run() {
    insta::assert_snapshot!(render(Format::Sarif, &[], Subject::Environment, false));
}

#[test]
fn a_path_is_escaped_as_its_reader_needs_it() {
    let findings = [Finding::new(Key::EnvFile, Cause::File(FileFault::KeyUnknown)).at(at(3, 1))];
    let bytes = b"a:b,c%/\n::stop-commands::x\x1b[31m \xc3\xa9\xe2\x80\xae\xc2\x9b\xff[v]";
    let subject = Subject::File(Path::new(OsStr::from_bytes(bytes)));
    let human = render(Format::Human, &findings, subject, false);
    assert!(
        human.starts_with("a:b,c%/\\n::stop-commands::x\\u{1b}[31m é\\u{202e}\\u{9b}\u{fffd}[v]\n"),
        "{human}"
    );
    let github = render(Format::Github, &findings, subject, false);
    let file = "a%3Ab%2Cc%25/\\n%3A%3Astop-commands%3A%3Ax\\u{1b}[31m é\\u{202e}\\u{9b}\u{fffd}[v]";
    assert!(github.starts_with(&format!("::warning file={file},line=3,")), "{github}");
    assert_eq!(github.lines().count(), 1);
    let sarif = render(Format::Sarif, &findings, subject, false);
    let uri =
        "\"a%3Ab%2Cc%25/%0A%3A%3Astop-commands%3A%3Ax%1B%5B31m%20%C3%A9%E2%80%AE%C2%9B%FF%5Bv%5D\"";
    assert!(sarif.contains(uri), "{sarif}");
    let absolute = Subject::File(Path::new("/opt//x/./y"));
    assert!(render(Format::Sarif, &findings, absolute, false).contains("\"file:///opt/x/y\""));
}
