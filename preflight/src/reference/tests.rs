//! What a person reads.

use super::*;
use crate::registry::{ALL, Code};

fn shown(code: &str) -> String {
    entry(code.parse::<Code>().expect("a code that exists").check(), false)
}

#[test]
fn one_check_is_a_page_of_its_own() {
    insta::assert_snapshot!("entry", shown("PF106"));
    insta::assert_snapshot!("entry_with_hidden_characters", shown("pf111"));
    insta::assert_snapshot!("entry_that_production_keeps", shown("PF003"));
}

#[test]
fn the_list_has_every_check_under_its_phase() {
    insta::assert_snapshot!("list", list());
    for check in ALL {
        assert!(list().contains(&format!("  {}  ", check.code)), "{}", check.code);
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for check in ALL {
        let coloured = entry(check, true);
        assert!(coloured.starts_with("\x1b[1m"));
        let words = coloured.replace("\x1b[1m", "").replace("\x1b[0m", "");
        assert_eq!(words, entry(check, false));
    }
}

#[test]
fn every_line_fits_and_shows_all_of_its_characters() {
    for page in ALL.iter().map(|check| entry(check, false)).chain([list()]) {
        for line in page.lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert!(!line.ends_with(' ') && !line.contains(['\r', '\t', '\u{feff}']), "{line}");
        }
    }
}

#[test]
fn the_page_in_markdown_leads_to_every_check() {
    let page = markdown();
    for check in ALL {
        let anchor = format!("(#{}-{})", check.code.to_ascii_lowercase(), check.name);
        let heading = format!("\n### {} {}\n", check.code, check.name);
        assert_eq!((page.matches(&anchor).count(), page.matches(&heading).count()), (1, 1));
    }
    assert!(
        page.lines()
            .filter(|line| line.starts_with('|'))
            .all(|line| { line.replace("\\|", "").matches('|').count() == 5 })
    );
}
