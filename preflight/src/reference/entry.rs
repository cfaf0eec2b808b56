//! One check, for the person who has just met it.

use std::fmt::Write;

use super::{severity, text, waiver};
use crate::registry::Check;

const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// What a finding means, what it looks like, what to do, and whether it can be ignored.
#[must_use]
pub fn entry(check: &Check, colour: bool) -> String {
    let bold = |words: &str| {
        if colour { format!("{BOLD}{words}{PLAIN}") } else { words.to_owned() }
    };
    let title = bold(&format!("{} {}", check.code, check.name));
    let mut page = format!("{title} ({})\n", severity(check));
    page.push_str(&text::wrapped(0, text::WIDTH, check.message));
    page.push('\n');
    page.push_str(&text::wrapped(0, text::WIDTH, check.explanation));
    for (heading, example) in [("Bad", check.bad), ("Good", check.good)] {
        let _ = writeln!(page, "\n{}", bold(heading));
        for line in text::visible(example).lines() {
            let _ = writeln!(page, "    {line}");
        }
    }
    if let Some(legend) = text::legend([check.bad, check.good]) {
        let _ = write!(page, "\n{}", text::wrapped(0, text::WIDTH, &legend));
    }
    for (heading, words) in [
        ("What to do", check.remedy.to_owned()),
        ("Variables", check.keys.words()),
        ("To ignore it", waiver(check)),
    ] {
        let _ = write!(page, "\n{}\n{}", bold(heading), text::wrapped(4, text::WIDTH, &words));
    }
    page
}
