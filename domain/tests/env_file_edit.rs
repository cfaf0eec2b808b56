//! An environment file with other values: they are in force, and no other byte has changed.

use domain::env_file::{EditError, parse, value_of, with_values};
use proptest::prelude::*;

#[track_caller]
fn assert_edits(text: &str, values: &[(&str, &str)], expected: &str) {
    assert_eq!(with_values(text, values).as_deref(), Ok(expected), "{text:?}");
}

#[test]
fn the_statement_in_force_is_changed_where_it_stands() {
    let value = [("A", "v1.2.4")];
    for (text, expected) in [
        ("A=1\nB=2\n", "A=v1.2.4\nB=2\n"),
        ("A=1\nA=2\nB=3\n", "A=1\nA=v1.2.4\nB=3\n"),
        (
            "\u{feff}é=1\r\nexport  A = \"1\"\t\r\n# c\r\n",
            "\u{feff}é=1\r\nexport  A = v1.2.4\t\r\n# c\r\n",
        ),
        ("\u{feff}A=1", "\u{feff}A=v1.2.4"),
        ("A: 1 # c\n", "A: v1.2.4 # c\n"),
        ("A='1' # c\n", "A=v1.2.4 # c\n"),
        ("A='1'# c\n", "A='v1.2.4'# c\n"),
        ("A='1'\t# c\n", "A='v1.2.4'\t# c\n"),
        ("A=\"1\n2\" B=3\n", "A='v1.2.4' B=3\n"),
        ("A=\nB=\n", "A=v1.2.4\nB=\n"),
        ("A=  \r\nB=\r\n", "A=v1.2.4  \r\nB=\r\n"),
        ("B=1\nA=$B$$ \n", "B=1\nA=v1.2.4 \n"),
    ] {
        assert_edits(text, &value, expected);
    }
}

#[test]
fn a_name_that_no_line_sets_gets_a_line_of_its_own() {
    let value = [("A", "v1.2.4")];
    for (text, expected) in [
        ("", "A=v1.2.4\n"),
        ("\u{feff}", "\u{feff}A=v1.2.4\n"),
        ("B=1", "B=1\nA=v1.2.4\n"),
        ("B=1\r\n# c", "B=1\r\n# c\r\nA=v1.2.4\r\n"),
        ("A=1\nA\nB=1\n", "A=1\nA\nB=1\nA=v1.2.4\n"),
        ("B=$A\n", "B=$A\nA=v1.2.4\n"),
    ] {
        assert_edits(text, &value, expected);
    }
}

#[test]
fn a_value_is_quoted_where_it_must_be() {
    for (value, written) in [
        ("registry:5000/a/b_c:v1.2.3-rc.1+x@sha256", "registry:5000/a/b_c:v1.2.3-rc.1+x@sha256"),
        ("", "''"),
        ("a b", "'a b'"),
        ("$A", "'$A'"),
        ("it's", "'it\\'s'"),
        ("\\", "\"\\\\\""),
        ("\\'\"$x", "\"\\\\'\\\"\\$x\""),
        ("one\ntwo", "'one\ntwo'"),
    ] {
        assert_edits("A=1 # c\n", &[("A", value)], &format!("A={written} # c\n"));
        assert_edits("", &[("A", value)], &format!("A={written}\n"));
    }
}

#[test]
fn a_value_that_another_line_refers_to_changes_with_that_line_or_not_at_all() {
    let text = "TAG=v1\nIMAGE=bot:${TAG}\n";
    assert_eq!(with_values(text, &[("TAG", "v2")]), Err(EditError::Entangled));
    assert_edits(text, &[("TAG", "v2"), ("IMAGE", "bot:v2")], "TAG=v2\nIMAGE=bot:v2\n");
    assert_edits(text, &[("TAG", "v1")], text);
    assert_edits("T=1\nI=$T\nT=2\n", &[("T", "3")], "T=1\nI=$T\nT=3\n");
}

#[test]
fn what_no_line_can_say_is_refused() {
    for text in ["A%=1\n", "A='1\n", "A=${B?}\n"] {
        assert_eq!(with_values(text, &[("A", "2")]), Err(EditError::Refused), "{text:?}");
        assert_eq!(value_of(text, "A"), None);
    }
    for key in ["A B", "export A", "A=1\nB", "C%", "#"] {
        assert_eq!(with_values("A=1\n", &[(key, "2")]), Err(EditError::Entangled), "{key:?}");
    }
    assert_eq!(with_values("", &[("A", "1"), ("A", "2")]), Err(EditError::Entangled));
    // To Compose the last line is a value without a name, which another line would make a name.
    assert_eq!(with_values("B", &[("A", "1")]), Err(EditError::Entangled));
}

#[test]
fn the_value_of_a_name_is_the_one_in_force() {
    let text = "A=1\nA='x y'\nB\nC=$A\n";
    assert_eq!(value_of(text, "A").as_deref(), Some("x y"));
    assert_eq!(value_of(text, "C").as_deref(), Some("x y"));
    assert_eq!((value_of(text, "B"), value_of(text, "D")), (None, None));
}

/// A line in three parts: what stands before the value, the value, and what stands behind it.
type Line = (String, &'static str, &'static str);

const NAMES: &[&str] = &["A", "B", "TAG", "é.1"];

fn any_line() -> impl Strategy<Value = (Option<&'static str>, Line)> {
    let name = proptest::sample::select(NAMES);
    let before = proptest::sample::select(&["", "", "export ", " ", "\texport\t "]);
    let sign = proptest::sample::select(&["=", "=", " = ", ": ", ":"]);
    let plain = proptest::sample::select(&[
        "v1",
        "a b",
        "a#b",
        "x'y",
        "$$1",
        "a\\n",
        "é",
        "postgres://u:p@h/d",
    ]);
    let quoted = proptest::sample::select(&[
        "'v1'",
        "\"\"",
        "'a\\'b'",
        "\"a\\\"b\"",
        "'1\n2'",
        "\"$$ #\"",
        "' '",
    ]);
    let behind_plain = proptest::sample::select(&["", "", " ", " # note", "  # A=1"]);
    let behind_quoted = proptest::sample::select(&["", " ", "#note", "\t# it's", " C=1", "D: 'x'"]);
    let other = proptest::sample::select(&["", "# A=1", "  # \"", "OTHER", "E=5"]);
    let value = prop_oneof![(plain, behind_plain), (quoted, behind_quoted)];
    let statement =
        (name, before, sign, value).prop_map(|(name, before, sign, (value, behind))| {
            (Some(name), (format!("{before}{name}{sign}"), value, behind))
        });
    prop_oneof![3 => statement, 1 => other.prop_map(|text| (None, (text.to_owned(), "", "")))]
}

fn joined(lines: &[(Option<&str>, Line)], mark: &str, end_of_line: &str, is_ended: bool) -> String {
    let lines: Vec<_> = lines.iter().map(|(_, (a, b, c))| format!("{a}{b}{c}")).collect();
    let end = if is_ended { end_of_line } else { "" };
    format!("{mark}{}{end}", lines.join(end_of_line))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_byte_changes_but_those_of_the_value(
        mut lines in proptest::collection::vec(any_line(), 1..9),
        mark in proptest::sample::select(&["", "\u{feff}"]),
        end_of_line in proptest::sample::select(&["\n", "\r\n"]),
        is_ended in any::<bool>(),
        name in proptest::sample::select(NAMES),
        value in prop_oneof![Just("v1.2.3".to_owned()), "[a'\"$# \\\\{}\n]{0,6}", any::<String>()],
    ) {
        // Without a newline behind it, a bare name is a value: a rule of its own.
        let is_ended = is_ended || lines.last().is_some_and(|(_, (text, ..))| text == "OTHER");
        let text = joined(&lines, mark, end_of_line, is_ended);
        let edited = with_values(&text, &[(name, &value)]).expect("nothing refers to it");
        prop_assert_eq!(value_of(&edited, name), Some(value.clone()));
        let Some(index) = lines.iter().rposition(|(named, _)| *named == Some(name)) else {
            prop_assert!(edited.starts_with(&text));
            prop_assert!(edited.ends_with(end_of_line) || !text.contains("\r\n"));
            return Ok(());
        };
        let (_, (before, _, _)) = lines[index].clone();
        let at = joined(&lines[..index], mark, end_of_line, index > 0).len() + before.len();
        lines[index].1.1 = "";
        let rest = joined(&lines, mark, end_of_line, is_ended).split_off(at);
        prop_assert!(edited.starts_with(&text[..at]) && edited.ends_with(&rest));
        // What stands between the two is the value in one of its forms.
        let put = &edited[at..edited.len() - rest.len()];
        let said = format!("X={put}\n");
        prop_assert_eq!(value_of(&said, "X"), Some(value));
    }

    #[test]
    fn whatever_the_file_it_is_right_or_refused(
        tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..40),
        value in proptest::sample::select(&["v1.2.3", "", "a'b", "$A", "\\"]),
    ) {
        let text = tokens.concat();
        let accepted = parse(&text, &|_| None).is_accepted();
        match with_values(&text, &[("A", value)]) {
            Err(EditError::Refused) => prop_assert!(!accepted),
            Err(EditError::Entangled) => prop_assert!(accepted),
            Ok(edited) => {
                prop_assert_eq!(value_of(&edited, "A"), Some(value.to_owned()));
                for name in ["B", "OUTER", ""] {
                    prop_assert_eq!(value_of(&edited, name), value_of(&text, name));
                }
                prop_assert_eq!(with_values(&edited, &[("A", value)]), Ok(edited));
            }
        }
    }
}

const TOKENS: &[&str] = &[
    "A=", "B=", "OUTER=", "A", "B", "\n", "\n", "\n", "\r\n", " ", "\t", "#", " #", "'", "\"",
    "\\", "$", "$$", "$A", "${B}", "${A:-", "}", "export ", ":", "=", "é", "\u{feff}", "\u{3000}",
    "x",
];
