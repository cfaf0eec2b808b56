//! Which quirk is told of which line, and where: a table for each, with what is *not* one.

use domain::env_file::Quirk::{self, *};
use domain::env_file::{EnvFile, Position, Statement, parse};
use secrecy::ExposeSecret;

fn outer(name: &str) -> Option<String> {
    match name {
        "OUTER" => Some("from outside".to_owned()),
        "BLANK" => Some(String::new()),
        _ => None,
    }
}

type Told = Vec<(u32, u32, Quirk)>;
/// A file, and what is told of it.
type Case<'a> = (&'a str, &'a [(u32, u32, Quirk)]);

fn told(text: &str) -> Told {
    let place = |Position { line, column }: Position| (line, column);
    parse(text, &outer)
        .remarks
        .iter()
        .map(|remark| (place(remark.position).0, place(remark.position).1, remark.quirk))
        .collect()
}

#[track_caller]
fn assert_tells(cases: &[Case<'_>]) {
    for (text, expected) in cases {
        assert_eq!(told(text), *expected, "{text:?}");
    }
}

#[track_caller]
fn assert_silent(texts: &[&str]) {
    for text in texts {
        assert_eq!(told(text), Told::new(), "{text:?}");
    }
}

fn in_force<'a>(file: &'a EnvFile, key: &str) -> Option<&'a Statement> {
    file.in_force().get(key).map(|index| &file.statements[*index])
}

#[test]
fn a_usual_file_has_none() {
    assert_silent(&[
        "",
        "\n\n",
        "# a comment\n\n  # another\nA=1\nexport B=2\n",
        "A=\nB=''\nC=\"\"\n",
        "A='$ecret \\ #1'\nB=\"a \\$ b\"\nC=$$x\nD=a#b\nE=#b\n",
        "A=1\nB=$A${A}${OUTER}${BLANK}\n",
        "A=a # comment\nB='a' # comment\nC=\"a\"\t# comment\n",
        "A='one\ntwo\nthree'\nB=\"one\n\ntwo\"\n",
        "A=1",
        "A = 1\n\tB=2\n",
        "A=postgresql://u:p%40@h:1/d?x=y\n",
    ]);
}

#[test]
fn a_name_is_refused_where_its_fault_stands() {
    assert_tells(&[
        ("A%B=1\n", &[(1, 2, KeyCharacter)]),
        ("  \"A\"=1\n", &[(1, 3, KeyCharacter)]),
        ("# é\né“=1\nB=2\n", &[(2, 2, KeyCharacter)]),
        ("A B=1\n", &[(1, 2, KeySpace)]),
        ("export A  B=1\n", &[(1, 9, KeySpace)]),
        ("A B\n", &[(1, 2, KeySpace)]),
        ("A=1\nexport ", &[(2, 1, KeyMissing)]),
        ("A B=\"one\ntwo\" C%\nD=1\n", &[(1, 2, KeySpace)]),
    ]);
}

#[test]
fn an_open_quote_is_told_where_it_opens_and_hides_no_other_line() {
    assert_tells(&[
        ("A=\"x\nB%=1\n", &[(1, 3, QuoteUnterminated), (2, 2, KeyCharacter)]),
        ("A= 'x\nB=2\n", &[(1, 4, QuoteUnterminated)]),
        ("A=\"x\\\"\nB=2\n", &[(1, 3, QuoteUnterminated)]),
        // Compose finds the quote of the next value, and refuses what is behind it.
        ("A=\"x\nB=\"y\"\nC=\"z\"\n", &[(1, 3, QuoteUnterminated)]),
        ("A='x\n\nB='y z'\n", &[(1, 3, QuoteUnterminated)]),
        ("A=\"x\n# it's \"quoted\"\nB=1\n", &[(1, 3, QuoteUnterminated)]),
        (
            "A=\"x\nB=\"y\nC=\"z\n",
            &[(1, 3, QuoteUnterminated), (2, 3, QuoteUnterminated), (3, 3, QuoteUnterminated)],
        ),
        // Compose takes this one, and so it is what it says.
        ("A=\"x\nB=\"y\n", &[(2, 4, StatementAfterQuote), (2, 4, BareKey)]),
        // A value of several lines, whose end is what it seems.
        ("A=\"one\ntwo\" x!\n", &[(2, 6, StatementAfterQuote), (2, 7, KeyCharacter)]),
    ]);
    let file = parse("A=\"x\nB=\"y\"\nC=\"z\"\n", &outer);
    let value = |key| in_force(&file, key).and_then(|found| found.value.as_ref());
    assert!(value("A").is_none());
    assert_eq!(value("B").map(ExposeSecret::expose_secret), Some("y"));
    assert_eq!(value("C").map(ExposeSecret::expose_secret), Some("z"));
}

#[test]
fn a_reference_that_is_refused_is_told_at_its_dollar() {
    assert_tells(&[
        ("A=ab${\n", &[(1, 5, ReferenceMalformed)]),
        (
            "A=${}\nB=${1}\nC=${A:x}\n",
            &[(1, 3, ReferenceMalformed), (2, 3, ReferenceMalformed), (3, 3, ReferenceMalformed)],
        ),
        ("A=${${${\n", &[(1, 3, ReferenceMalformed)]),
        ("A=${OUTER:-${B}\n", &[(1, 12, ReferenceMalformed)]),
        ("A=\"\\té\\n\n${x\"\n", &[(2, 1, ReferenceMalformed)]),
        ("A=${B?}\n", &[(1, 3, ReferenceRequired)]),
        ("A=${BLANK?}${BLANK:?}\n", &[(1, 12, ReferenceRequired)]),
        ("A=${OUTER:-${B:?}}\n", &[(1, 12, ReferenceRequired)]),
        // What refers to a line that is refused is not to blame.
        ("A=${\nB=$A${A}${A:-x}\n", &[(1, 3, ReferenceMalformed)]),
    ]);
}

#[test]
fn a_dollar_is_eaten_only_where_nothing_gives_the_name() {
    assert_tells(&[
        ("A=pa$word\n", &[(1, 5, DollarEaten)]),
        ("A=\"pa\\\"$word\"\n", &[(1, 8, DollarEaten)]),
        ("A=$B$C\nB=1\n", &[(1, 3, DollarEaten), (1, 5, DollarEaten)]),
        ("A=${B}\n", &[(1, 3, DollarEaten)]),
        ("A=${B:-$C}\n", &[(1, 8, DollarEaten)]),
        ("A=\"\\0044B\"\n", &[(1, 4, DollarEaten)]),
        ("A=$A\n", &[(1, 3, DollarEaten)]),
    ]);
    assert_silent(&[
        "A=${B:-}${B-}${B:+x}${B+x}\n",
        "A=${OUTER:-$B}${OUTER:?$B}${B:+$C}\n",
        "A=$1$ $.$\n",
        "A=$BLANK\n",
        "B=\nA=$B\n",
        "A='$B'\nC=\"\\$B $$B\"\nD=$$B\n",
    ]);
}

#[test]
fn a_comment_is_a_value_only_behind_a_blank() {
    assert_tells(&[
        ("A=   # note\n", &[(1, 6, CommentAsValue)]),
        ("A= #note\n", &[(1, 4, CommentAsValue)]),
        ("A=# note\n", &[(1, 3, CommentAsValue)]),
        ("A=#\n", &[(1, 3, CommentAsValue)]),
        ("A=x\t# note\n", &[(1, 5, CommentAsValue)]),
        ("A=x\u{a0}# note\n", &[(1, 5, CommentAsValue)]),
    ]);
    assert_silent(&["A=#secret\n", "A=a#b\n", "A=a ## b\n", "A='# b'\n"]);
}

#[test]
fn what_stands_behind_a_closing_quote_is_told() {
    assert_tells(&[
        ("A=\"x\"B=1\n", &[(1, 6, StatementAfterQuote)]),
        ("A='x'  B=1\n", &[(1, 8, StatementAfterQuote)]),
        ("A='x'y\nB=1\n", &[(1, 6, StatementAfterQuote), (1, 6, BareKey)]),
        ("A='x'y'\n", &[(1, 6, StatementAfterQuote), (1, 7, KeyCharacter)]),
        ("A=\"x\"=y\n", &[(1, 6, StatementAfterQuote), (1, 6, EmptyKey)]),
        ("A=\"a\"B=\"b\"C=c\n", &[(1, 6, StatementAfterQuote), (1, 11, StatementAfterQuote)]),
    ]);
    // What is wrong with it belongs to the value before it.
    let file = parse("X=1\nA='x'y'\nB%=1\n", &outer);
    let statements: Vec<_> = file.remarks.iter().map(|remark| remark.statement).collect();
    assert_eq!(statements, [Some(1), Some(1), None]);
}

#[test]
fn bytes_that_do_not_show_are_told() {
    assert_tells(&[
        ("\u{feff}A%=1\n", &[(1, 1, ByteOrderMark), (1, 2, KeyCharacter)]),
        ("A=1\r\nB=2\r\n", &[(1, 4, CarriageReturn)]),
        ("A=1\nB='x'\r\n", &[(2, 6, CarriageReturn)]),
        ("A=1 \n", &[(1, 4, TrailingSpace)]),
        ("A=1\t\u{3000}\r\n", &[(1, 4, TrailingSpace), (1, 6, CarriageReturn)]),
        ("A=1\rB=2\r", &[(1, 4, CarriageReturnKept)]),
        (
            "A=' x'\nB=\"x \"\nC=' '\n",
            &[(1, 4, PaddedValue), (2, 5, PaddedValue), (3, 4, PaddedValue)],
        ),
        ("A='x\r\ny'\n", &[(1, 5, CarriageReturn), (1, 5, CarriageReturnKept)]),
        ("A=“x”\nB=‘x\n", &[(1, 3, CurlyQuote), (2, 3, CurlyQuote)]),
    ]);
    assert_silent(&["A=x # y \nB=\nC=   \nD='x'  \nE=x“y”\nF='“x”'\n"]);
}

#[test]
fn odd_statements_are_told_at_the_name() {
    assert_tells(&[
        ("A=1\n A=2\n", &[(2, 2, DuplicateKey)]),
        ("A=${\nA=2\n", &[(1, 3, ReferenceMalformed), (2, 1, DuplicateKey)]),
        ("A\nA=1\n", &[(1, 1, BareKey)]),
        ("OUTER\nOUTER=1\n", &[(1, 1, BareKey), (2, 1, DuplicateKey)]),
        ("A=1\nOUTER", &[(2, 1, EmptyKey)]),
        ("=1\n=2\n", &[(1, 1, EmptyKey), (2, 1, EmptyKey)]),
        ("A: 1\nB :2\n", &[(1, 2, ColonAssignment), (2, 3, ColonAssignment)]),
        ("export\nA=1\n", &[(1, 7, BareKey)]),
    ]);
}

#[test]
fn a_statement_knows_where_its_name_and_value_begin() {
    let file = parse("\u{feff}# é\n export  Aé = \"x\"\nB=  \nOUTER\nC=\tx", &outer);
    let places: Vec<_> = file
        .statements
        .iter()
        .map(|statement| {
            let (name, value) = (statement.position, statement.value_position);
            (name.line, name.column, value.line, value.column)
        })
        .collect();
    assert_eq!(places, [(2, 10, 2, 15), (3, 1, 3, 3), (4, 1, 4, 1), (5, 1, 5, 4)]);
}

#[test]
fn a_bare_name_without_a_value_takes_none_away() {
    let line = |text| in_force(&parse(text, &outer), "A").map(|found| found.position.line);
    assert_eq!(line("A=1\nA\n"), Some(1));
    assert_eq!(line("A=1\nA=\n"), Some(2));
    assert_eq!(line("A\nB=1\n"), Some(1));
    assert_eq!(line("B=1\n"), None);
}

#[test]
fn references_can_not_grow_without_a_bound() {
    let thousand = |text: &str| text.repeat(1000);
    let text = [
        format!("A={}\n", thousand("x")),
        format!("B={}\n", thousand("$A")),
        format!("C={}\n", thousand("$B")),
        format!("D={}\n", thousand("$C")),
    ];
    let file = parse(&text.concat(), &outer);
    let long: Vec<_> =
        file.remarks.iter().map(|remark| (remark.position.line, remark.quirk)).collect();
    assert_eq!(long, [(3, ReferenceTooLong)]);
    assert!(in_force(&file, "C").is_some_and(|found| found.value.is_none()));
}

#[test]
fn nothing_is_shown_of_the_file() {
    let file = parse("A=canary1\nB=\"canary2\n", &outer);
    let shown = format!("{file:?}");
    assert!(!shown.contains("canary"), "{shown}");
}
