//! Each shape of a secret, and what is none.

use super::*;

fn redactor(secrets: &[&str]) -> Redactor {
    Redactor::new(secrets.iter().map(|secret| SecretString::from(*secret)))
}

#[track_caller]
fn assert_lines(redactor: &Redactor, cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        assert_eq!(redactor.line(line), *expected, "{line:?}");
        assert_eq!(redactor.line(expected), *expected, "a second time");
    }
}

#[track_caller]
fn assert_unchanged(redactor: &Redactor, lines: &[&str]) {
    for line in lines {
        assert_eq!(redactor.line(line), *line);
    }
}

#[test]
fn a_known_secret_goes_in_each_form() {
    let redactor = redactor(&["p@ss/wörd \"1\"+", "p@ss"]);
    assert_lines(
        &redactor,
        &[
            ("a p@ss/wörd \"1\"+ b", "a [redacted] b"),
            ("p@ss p@ss", "[redacted] [redacted]"),
            ("a p%40ss%2fw%C3%b6rd%20%221%22%2B b", "a [redacted] b"),
            ("a p%40ss/w%c3%B6rd+%221%22%2b b", "a [redacted] b"),
            (r#"{"a":"p@ss\/wörd \"1\"+"}"#, r#"{"a":"[redacted]"}"#),
            (r#"{"a":"p\u0040ss/w\u00F6rd \u00221\"+"}"#, r#"{"a":"[redacted]"}"#),
            (r#""{\"a\":\"p@ss\\/wörd \\\"1\\\"+\"}""#, r#""{\"a\":\"[redacted]\"}""#),
            ("x=cEBzcy93w7ZyZCAiMSIr.", "x=[redacted]."),
            ("x=cEBzcw== y=cEBzcw", "x=[redacted]== y=[redacted]"),
            ("p@\u{1b}[1mss", "[redacted]"),
        ],
    );
}

#[test]
fn a_connection_string_gives_its_user_password_and_far_hosts() {
    let redactor = redactor(&[
        "postgresql://some_user:pg%40word@db.example.org:6432,10.1.2.3,postgres/shop",
        "rediss://:r3dis-word@redis:6379/0",
        "postgresql://postgres:other-word@postgres/shop",
    ]);
    assert_lines(
        &redactor,
        &[
            ("role some_user at db.example.org", "role [redacted] at [redacted]"),
            ("10.1.2.3 said pg@word or pg%40word", "[redacted] said [redacted] or [redacted]"),
            ("AUTH r3dis-word, other-word", "AUTH [redacted], [redacted]"),
        ],
    );
    assert_unchanged(&redactor, &["postgres: shop is at redis:6379"]);
}

#[test]
fn what_looks_like_a_secret_goes() {
    let token = "123456789:AAqz7wdqTcvCH1vGWJxfSeofSAs0K5PALDsa";
    let escaped = token.replace(':', "%3A");
    let key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    assert_lines(
        &redactor(&[]),
        &[
            ("to postgres://u:p@h/d?a=b, then", "to [redacted] then"),
            ("x='amqp+ssl://u:p/w@h'", "x='[redacted]'"),
            ("https://ghp_x@github.com/a", "[redacted]"),
            (r#""url":"redis:\/\/:pw@h:1""#, r#""url":"[redacted]""#),
            (&format!("/bot{token}/getMe"), "/bot[redacted]/getMe"),
            (&format!("/bot{escaped}"), "/bot[redacted]"),
            (
                "sk_live_a1, rk_test_b2 sk_test_x whsec_a/b+c=",
                "[redacted], [redacted] [redacted] [redacted]",
            ),
            ("AGE-SECRET-KEY-1QPZ age-secret-key-1x.", "[redacted] [redacted]."),
            ("Bearer  abc.def, bearer x", "Bearer  [redacted] bearer [redacted]"),
            ("-H 'Authorization: Basic dTpw x' -v", "-H 'Authorization: [redacted]' -v"),
            (r#"{"authorization":"Basic dTpw x"}"#, r#"{"authorization":"[redacted]"}"#),
            ("AWS_SECRET_ACCESS_KEY=wJa/rXU b", "AWS_SECRET_ACCESS_KEY=[redacted] b"),
            ("DB_PASSWORD = a,b;c d", "DB_PASSWORD = [redacted] d"),
            ("password='a b' pwd=\"\" x", "password='[redacted]' pwd=\"\" x"),
            (r#"{"api_key": "a\"b\\", "c":1}"#, r#"{"api_key": "[redacted]", "c":1}"#),
            (
                r#"{\"x-api-key\":\"a\\\"b\\\\\",\"c\":1}"#,
                r#"{\"x-api-key\":\"[redacted]\",\"c\":1}"#,
            ),
            ("config['token'] => \"a b\" c", "config['token'] => \"[redacted]\" c"),
            (r#"token=\"Bearer \" x"#, r#"token=\"[redacted]\" x"#),
            (r#""{\"a\":\"token=b\"}""#, r#""{\"a\":\"token=[redacted]\"}""#),
            ("bad token: password: x", "bad token: [redacted] [redacted]"),
            ("Passwd:'never closed", "Passwd:'[redacted]"),
            (&format!("key {key} x"), "key [redacted] x"),
            (
                "a -----BEGIN RSA PRIVATE KEY-----\\nab\\n-----END RSA PRIVATE KEY----- b",
                "a [redacted] b",
            ),
        ],
    );
}

#[test]
fn what_is_no_secret_stays() {
    let redactor = redactor(&["abc", "", "   ", "dact", "[redacted]"]);
    assert_unchanged(
        &redactor,
        &[
            "GET https://example.org:8443/a?b=c 200 12:30:45.123456",
            "max_tokens=5 tokens: 3 token_type=x keyword:abc abc",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "password= ",
            "sk_live_ whsec_ the-bearer",
            "-----BEGIN CERTIFICATE----- redacted [redacted]",
            "é ю 語 😀 \\ % %4 \\u12 \\ud800 +",
        ],
    );
}

#[test]
fn nothing_is_left_for_a_terminal_to_obey() {
    assert_lines(
        &redactor(&[]),
        &[
            ("\u{1b}[1;31merror\u{1b}[0m\r\n", "error"),
            ("a\tb\u{0}c\u{7f}d\u{85}e\u{9b}2Jf", "a bcdef"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;x\u{1b}\\b\u{1b}(Bc\u{1b}7d", "abcd"),
            ("\u{1b}]never ends", "never ends"),
            ("a\u{1b}", "a"),
            ("\u{202e}drowssap\u{200f}", "drowssap"),
        ],
    );
}

#[test]
fn a_private_key_goes_with_all_of_its_lines() {
    let redactor = redactor(&["one-line-of-it\nand-another-one\n}\n"]);
    let lines =
        ["a", "-----BEGIN PRIVATE KEY-----", "QUJD", "", "REVG=", "-----END PRIVATE KEY-----", "b"];
    let expected = ["a", MARK, MARK, MARK, MARK, MARK, "b"];
    assert_eq!(redactor.lines(lines), expected);
    let said = ["no -----BEGIN PRIVATE KEY----- in the file", "and so it ends", "QUJD"];
    assert_eq!(redactor.lines(said), ["no [redacted]", "and so it ends", "QUJD"]);
    assert_eq!(redactor.lines(["x one-line-of-it", "}"]), ["x [redacted]", "}"]);
}

#[test]
fn a_long_line_is_cut_and_no_part_of_a_secret_left_at_its_end() {
    let secret = "s3cret-wörd".repeat(30);
    let redactor = redactor(&[&secret]);
    for before in MOST_BYTES - 400..MOST_BYTES + 5 {
        let line = redactor.line(&format!("{}{secret}{}", ".".repeat(before), "x".repeat(9)));
        assert!(line.len() <= MOST_BYTES, "{before}");
        assert!(!line.contains("s3"), "{before}");
        let end = line.trim_start_matches('.');
        assert!(
            ["", "x"].contains(&end.trim_start_matches(MARK).trim_end_matches('x'))
                || end.is_empty(),
            "{end}"
        );
    }
}

#[test]
fn nothing_of_a_redactor_is_shown() {
    assert_eq!(format!("{:?}", redactor(&["qz7w-qz7w"])), "Redactor { .. }");
}
