//! Whatever the bytes: no panic, every place is a place of the text, and time grows with the length
//! and no faster.

mod processor;

use std::hint::black_box;
use std::time::Duration;

use domain::env_file::{EnvFile, Position, Quirk, parse};
use proptest::prelude::*;

fn outer(name: &str) -> Option<String> {
    (name == "OUTER").then(|| "from outside".to_owned())
}

/// The characters that mean something, and some that look like it.
const TOKENS: &[&str] = &[
    "A", "B", "OUTER", "=", "=", ":", "\n", "\n", "\r\n", "\r", " ", "\t", "\u{a0}", "\u{3000}",
    "#", " #", "'", "'", "\"", "\"", "\\", "\\\"", "$", "$$", "$A", "${", "${A", "${A:-", "${B-",
    "${A:?", "${B+", "}", "{", "?", "-", "+", "export ", "export", "0", "\\0101", "é", "“",
    "\u{feff}", "\0", "😀",
];

fn anything() -> impl Strategy<Value = String> {
    let tokens = proptest::collection::vec(proptest::sample::select(TOKENS), 0..60)
        .prop_map(|tokens| tokens.concat());
    let bytes = proptest::collection::vec(any::<u8>(), 0..200)
        .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    prop_oneof![4 => tokens, 1 => bytes, 1 => any::<String>()]
}

/// How many characters each line has.
fn widths(text: &str) -> Vec<usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n').map(|line| line.chars().count()).collect()
}

fn is_inside(widths: &[usize], Position { line, column }: Position) -> bool {
    let line = usize::try_from(line).expect("a small number");
    let column = usize::try_from(column).expect("a small number");
    // One past the last character is where the newline stands, or the end.
    line >= 1 && column >= 1 && widths.get(line - 1).is_some_and(|width| column <= width + 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn every_place_is_in_the_text_and_in_order(text in anything()) {
        let EnvFile { statements, remarks } = parse(&text, &outer);
        let widths = widths(&text);
        for statement in &statements {
            prop_assert!(is_inside(&widths, statement.position));
            prop_assert!(is_inside(&widths, statement.value_position));
            prop_assert!(statement.position <= statement.value_position);
        }
        prop_assert!(statements.windows(2).all(|pair| pair[0].position < pair[1].position));
        for remark in &remarks {
            prop_assert!(is_inside(&widths, remark.position), "{:?}", remark);
            prop_assert!(remark.statement.is_none_or(|index| index < statements.len()));
        }
        prop_assert!(remarks.windows(2).all(|pair| pair[0].position <= pair[1].position));
        prop_assert!(
            remarks.windows(2).all(|pair| pair[0] != pair[1]),
            "told twice: {:?}", remarks
        );
    }

    #[test]
    fn a_line_that_is_right_stays_right_beside_one_that_is_wrong(text in "[^\n'\"]*") {
        let file = parse(&format!("{text}\nRIGHT='x y'\n"), &outer);
        let index = file.in_force().get("RIGHT").copied();
        let right = &file.statements[index.expect("it is a line of its own")];
        prop_assert!(right.value.is_some());
        prop_assert_eq!(right.position, Position { line: 2, column: 1 });
    }
}

fn repeated(unit: &str, length: usize) -> String {
    unit.repeat(length / unit.len())
}

fn nested(length: usize, inside: &str) -> String {
    let depth = length / 14;
    let filled = repeated(inside, length / 2);
    format!("A={}{filled}{}\n", "${B:-".repeat(depth), "}".repeat(depth))
}

/// What a value can be made of, and what a file can: texts made to be slow to read.
const VALUES: &[&str] = &[
    "\"", "'", "${", "#", "\\", "a", " ", "$", "{", "}", "é", "\u{3000}", "$$", "$A", "${A:-",
    "${A:-x}", "{${A-", "“", "\n", "=", " \t", "\r",
];
const LINES: &[&str] = &[
    "\n",
    "=",
    "\r\n",
    "a",
    "#",
    "\u{3000}",
    "A=\"\"",
    "A=\"\n",
    "A='\nB=\"\n",
    "A=\"x\nB=\"y\" \"\n",
    "A B=\"x\n",
    "A\n",
    "A=$A\n",
    "A=${A:-x}${B\n",
    "A=x # y\n",
    "A=\"\\0101\\\"\"\n",
    "A=' x\n'\n",
    "export ",
    "#\n",
    "% \n",
    "A=\"${B}\n\" ",
    "export A\n",
];

type Texts = Vec<(String, String)>;

/// Each of about this many bytes, with its name.
fn hostile_values(length: usize) -> Texts {
    let mut texts = Vec::new();
    for unit in VALUES {
        let rest = repeated(unit, length);
        texts.push((format!("a value of many {unit:?}"), format!("A={rest}")));
        texts.push((format!("a quoted value of many {unit:?}"), format!("A=\"{rest}")));
    }
    texts
}

fn hostile_lines(length: usize) -> Texts {
    let many = |unit: &&str| (format!("many {unit:?}"), repeated(unit, length));
    let mut texts: Texts = LINES.iter().map(many).collect();
    texts.push(("deep, and long inside".to_owned(), nested(length, "x")));
    texts.push(("deep, and many inside".to_owned(), nested(length, "${B:-}")));
    let lines: Vec<_> = (0..length / 16).map(|line| format!("KEY_{line}=v{line}\n")).collect();
    texts.push(("lines".to_owned(), lines.concat()));
    let length = length / 8;
    texts.push((
        "long, and often".to_owned(),
        format!("A={}\n{}", repeated("x", length * 4), repeated("B=$A\n", length * 4)),
    ));
    texts
}

/// The time of one reading.
fn time_of(text: &str) -> Duration {
    processor::time_of(|| drop(black_box(parse(black_box(text), &outer))))
}

const MEBIBYTE: usize = 1 << 20;

/// A sixteenth of the text takes about a sixteenth of the time; were it the square, it would be a
/// two-hundred-and-fifty-sixth.
#[track_caller]
fn assert_linear(texts: fn(usize) -> Texts) {
    for ((shape, small), (_, large)) in texts(MEBIBYTE / 16).iter().zip(&texts(MEBIBYTE)) {
        let (small, large) = (time_of(small), time_of(large));
        assert!(large < small * 80, "{shape}: {small:?} for 64 KiB, {large:?} for 1 MiB");
    }
}

#[test]
fn the_time_for_a_value_grows_with_its_length_and_no_faster() {
    assert_linear(hostile_values);
}

#[test]
fn the_time_for_lines_grows_with_their_number_and_no_faster() {
    assert_linear(hostile_lines);
}

#[test]
fn a_reference_may_be_nested_as_deep_as_the_file_is_long() {
    let file = parse(&nested(MEBIBYTE, "x"), &outer);
    assert!(file.is_accepted());
    assert!(file.statements[0].value.is_some());
    let open = parse(&format!("A={}", "${B:-".repeat(100_000)), &outer);
    assert!(open.remarks.iter().any(|remark| remark.quirk == Quirk::ReferenceMalformed));
}

/// `cargo test --release -p domain --test env_file_anything -- --ignored --nocapture`
#[test]
#[ignore = "prints times, which say something only of a release build on a machine at rest"]
fn what_a_mebibyte_takes() {
    let mut times: Vec<_> = [hostile_values(MEBIBYTE), hostile_lines(MEBIBYTE)]
        .concat()
        .into_iter()
        .map(|(shape, text)| (time_of(&text), shape))
        .collect();
    times.sort();
    for (time, shape) in times.iter().rev() {
        println!("{time:>10.1?}  {shape}");
    }
}
