//! What the codes of failures mean, as the end of a sentence.

use platform::{engine, http, postgres, redis};

/// What `code` means: no capital, no full stop. `None` for a code that nobody knows here.
pub(super) fn meaning(code: &str) -> Option<String> {
    let known = match code.split('_').next()? {
        "postgres" => {
            of(postgres::Code::ALL, code, postgres::Code::as_str, postgres::Code::meaning)
        }
        "redis" => of(redis::Code::ALL, code, redis::Code::as_str, redis::Code::meaning),
        "engine" => of(engine::Code::ALL, code, engine::Code::as_str, engine::Code::meaning),
        // It answers over HTTP, and its codes are named apart.
        "bot" if code != "bot_unhealthy" => {
            let code = code.replacen("bot", "http", 1);
            of(http::Code::ALL, &code, http::Code::as_str, http::Code::meaning)
        }
        _ => match code {
            "bot_unhealthy" => Some("It says itself that it is not healthy."),
            "not_yet_known" => Some("The first check has not finished."),
            "missing" => Some("There is no such file."),
            "unreadable" => Some("The file can't be read."),
            "corrupt" => Some("The file does not hold what it should."),
            "newer" => Some("A newer program wrote the file."),
            _ => None,
        },
    };
    known.map(continued)
}

fn of<C: Copy>(
    all: &[C],
    code: &str,
    as_str: impl Fn(C) -> &'static str,
    meaning: impl Fn(C) -> &'static str,
) -> Option<&'static str> {
    all.iter().copied().find(|known| as_str(*known) == code).map(meaning)
}

/// A sentence as the end of another one.
fn continued(sentence: &str) -> String {
    let plain = sentence.trim_end_matches('.').replace('`', "");
    let mut letters = plain.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    // A name keeps its capitals.
    if letters.clone().next().is_some_and(char::is_uppercase) {
        return plain;
    }
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_can_be_shown_is_explained() {
        let codes = (postgres::Code::ALL.iter().map(|code| code.as_str()))
            .chain(redis::Code::ALL.iter().map(|code| code.as_str()))
            .chain(engine::Code::ALL.iter().map(|code| code.as_str()));
        for code in codes.chain(["bot_unhealthy", "bot_refused", "bot_timeout", "not_yet_known"]) {
            let meaning = meaning(code).unwrap_or_else(|| panic!("{code} is not explained"));
            assert!(!meaning.is_empty() && !meaning.ends_with('.') && !meaning.contains('`'));
        }
        assert_eq!(
            meaning("redis_loading").as_deref(),
            Some("the server is reading its data in (LOADING)")
        );
        assert_eq!(meaning("bot_refused").as_deref(), Some("nothing listens there"));
        assert_eq!(meaning("hunter22"), None);
    }
}
