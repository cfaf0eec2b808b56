//! What the entries are held to, apart from being true.

use std::collections::BTreeSet;

use super::*;

#[test]
fn codes_and_names_are_unique_and_in_order() {
    let names: BTreeSet<_> = ALL.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), ALL.len());
    assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
    for Check { code, .. } in ALL {
        let digits = code.strip_prefix("PF").expect("a code begins with PF");
        assert!(digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    }
}

#[test]
fn every_cause_and_every_code_has_its_entry() {
    assert_eq!(CAUSES.len(), ALL.len());
    for (cause, check) in CAUSES.iter().zip(ALL) {
        assert_eq!(cause.check(), *check);
        let typed: Code = check.code.to_ascii_lowercase().parse().expect("a code that exists");
        assert_eq!(typed.check(), check);
    }
    assert!("PF999".parse::<Code>().is_err() && "".parse::<Code>().is_err());
}

#[test]
fn every_text_is_sentences_and_every_entry_has_all_of_them() {
    for Check { code, name, message, remedy, explanation, bad, good, .. } in ALL {
        for text in [message, remedy, explanation] {
            assert!(text.ends_with('.') && !text.contains('\n'), "{code}: {text}");
            assert!(!text.contains("  "), "{code}: {text}");
            let begins = |c: char| c.is_ascii_uppercase() || c == '$' || c == '"';
            assert!(text.starts_with(begins), "{code}: {text}");
        }
        let sentences = explanation.matches(['.', ':', '?']).count();
        assert!((2..=12).contains(&sentences) && explanation.len() < 500, "{code}: {explanation}");
        assert!(!bad.trim().is_empty() && !good.trim().is_empty() && bad != good, "{code}");
        let plain = |byte: u8| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte);
        assert!(name.bytes().all(plain), "{name}");
    }
}

/// What keeps a secret from leaking holds in production whatever somebody asks for.
#[test]
fn what_keeps_a_secret_is_never_ignored_in_production() {
    let kept: Vec<_> = ALL
        .iter()
        .filter(|check| check.waiver == Waiver::NotInProduction)
        .map(|check| check.name)
        .collect();
    let expected = [
        "placeholder",
        "plain-text",
        "webhook-not-https",
        "redis-insecure",
        "debug-in-production",
        "env-file-exposed",
    ];
    assert_eq!(kept, expected);
}

/// A line may be added. One that changes or goes breaks what somebody ignores or searches by.
#[test]
fn no_code_is_ever_given_a_second_meaning() {
    let line = |check: &Check| format!("{} {} {:?}", check.code, check.name, check.severity);
    insta::assert_snapshot!(ALL.iter().map(line).collect::<Vec<_>>().join("\n"));
}
