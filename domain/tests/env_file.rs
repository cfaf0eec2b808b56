//! What Compose makes of an environment file: each value here was seen in `docker compose config`.

use domain::env_file::{EnvFile, parse};
use secrecy::ExposeSecret as _;

fn outer(name: &str) -> Option<String> {
    match name {
        "OUTER" => Some("from outside".to_owned()),
        "BLANK" => Some(String::new()),
        _ => None,
    }
}

fn values(file: &EnvFile) -> Vec<(&str, &str)> {
    let mut values = Vec::new();
    for statement in &file.statements {
        let Some(value) = &statement.value else { continue };
        values.retain(|(key, _)| *key != statement.key);
        values.push((statement.key.as_str(), value.expose_secret()));
    }
    values
}

#[track_caller]
fn assert_reads(text: &str, expected: &[(&str, &str)]) {
    let file = parse(text, &outer);
    assert!(file.is_accepted(), "{text:?}: {:?}", file.remarks);
    assert_eq!(values(&file), expected, "{text:?}");
}

#[test]
fn names_are_read_as_compose_reads_them() {
    for (text, expected) in [
        ("A=1\nB=2\n", &[("A", "1"), ("B", "2")][..]),
        ("  A = 1\n", &[("A", "1")]),
        ("A\u{85}\u{a0}=\u{b}\u{c}\r\u{85}1\n", &[("A", "1")]),
        ("\u{3000}\u{2028}A=1", &[("A", "1")]),
        ("\u{feff}A=1\n", &[("A", "1")]),
        ("A: 1\nB:2\n", &[("A", "1"), ("B", "2")]),
        ("1A=2\na[1].b-c=3\n", &[("1A", "2"), ("a[1].b-c", "3")]),
        ("árvíz=x\nⅠ=1\n", &[("árvíz", "x"), ("Ⅰ", "1")]),
        ("A\tB=1\n", &[("A\tB", "1")]),
        ("export A=1\nexport\tB=2\nexportC=3\n", &[("A", "1"), ("B", "2"), ("exportC", "3")]),
        ("export\n A=1\nexport \n", &[("A", "1")]),
        ("export\u{b}A=1\n", &[("export\u{b}A", "1")]),
        ("export\rA=1\nexport\u{c}B=2\n", &[("A", "1"), ("B", "2")]),
        ("export=1\n", &[("export", "1")]),
        ("A=1\nA=2\nB=$A\n", &[("A", "2"), ("B", "2")]),
        ("OUTER=1\nB=$OUTER\n", &[("OUTER", "1"), ("B", "from outside")]),
        ("OUTER\nA\nB=1\nB\n", &[("OUTER", "from outside"), ("B", "1")]),
        ("A=1\nB", &[("A", "1"), ("", "B")]),
        ("A B", &[("", "A B")]),
        ("export", &[("", "export")]),
        ("=5\n", &[("", "5")]),
        ("=\n", &[("", "")]),
        ("A==b\n", &[("A", "=b")]),
        ("", &[]),
        ("# only\n\n   # this", &[]),
    ] {
        assert_reads(text, expected);
    }
}

#[test]
fn values_are_read_as_compose_reads_them() {
    for (text, value) in [
        ("A=", ""),
        ("A=   \n", ""),
        ("A= a b \u{a0}\t\r\n", "a b"),
        ("A=a #b\n", "a"),
        ("A=a#b\n", "a#b"),
        ("A=a\t# b\n", "a\t# b"),
        ("A=   # note\n", "# note"),
        ("A=a\\$NOTHING\\\n", "a\\\\"),
        ("A=a\"b\"\n", "a\"b\""),
        ("A='a\\'b\\\\'\n", "a'b\\\\"),
        ("A='$OUTER \\n # b'\n", "$OUTER \\n # b"),
        ("A='a\nb' # c\n", "a\nb"),
        ("A=\"a\r\nb\"#c\n", "a\r\nb"),
        ("A=\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\"\n", "\u{7}\u{8}\u{c}\n\r\t\u{b}\\\""),
        ("A=\"\\0101\\0377\\0400\\01\\0\\c\\x\\08\\é\"\n", "Aÿ\\400\\1\\\\c\\x\\8\\é"),
        ("A=\"\\0000\"\n", "\0"),
        ("A=\"\\$OUTER $$OUTER\"\n", "$OUTER $OUTER"),
        ("A=\"\\0044OUTER\"\n", "from outside"),
        ("A=\"a\\\nb\"\n", "a\\\nb"),
    ] {
        assert_reads(text, &[("A", value)]);
    }
}

#[test]
fn references_are_resolved_as_compose_resolves_them() {
    for (value, expected) in [
        ("$OUTER", "from outside"),
        ("${OUTER}s", "from outsides"),
        ("a$$b$1$ $", "a$b$1$ $"),
        ("$NOTHING.", "."),
        ("$\u{17f}$K\u{212a}.", "."),
        ("${BLANK:-x}${BLANK-x}", "x"),
        ("${NOTHING:-x}${NOTHING-y}", "xy"),
        ("${OUTER:+x}${BLANK:+y}${BLANK+z}${NOTHING+w}", "xz"),
        ("${OUTER:?x}${BLANK?y}", "from outside"),
        ("${NOTHING:-1}-${NOTHING:-2}", "1-2"),
        ("${NOTHING:-${NOTHING:-${OUTER}}}", "from outside"),
        ("${NOTHING:-{a}b}c}", "{a}bc}"),
        ("${NOTHING:-{}", "{"),
        ("${NOTHING:-{{}}}", "{{}}"),
        ("${NOTHING:-{}}x}", "{}}x"),
        ("${NOTHING:-$}", "$"),
        ("${NOTHING-a:-b}", "a:-b"),
        ("{$OUTER}}", "{from outside}}"),
    ] {
        assert_reads(&format!("A={value}\n"), &[("A", expected)]);
    }
}

#[test]
fn what_compose_refuses_is_refused() {
    for text in [
        "A%=1\n",
        "\u{feff}\u{feff}A=1\n",
        "A\u{3000}=1\n",
        "e\u{301}=1\n",
        "A B=1\n",
        "export A B=1\n",
        "A B\n",
        "export ",
        "A=\"x",
        "A='x\\'",
        "A=\"x\\",
        "A=${}\n",
        "A=${é}\n",
        "A=${B:x}\n",
        "A=${B:-x\n",
        "A=${B-${C}\n",
        "A=\"${B:-x\ny}\"\n",
        "A=${B:-x #y}\n",
        "A=${B?}\n",
        "A=${BLANK:?}\n",
        "A=1\nB=${A:-${C?}}\n",
    ] {
        assert!(!parse(text, &outer).is_accepted(), "{text:?}");
    }
}
