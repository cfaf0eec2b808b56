//! Values that stand for "fill me in": `changeme`, `xxx`, `<…>`, all that the template holds.
//!
//! A random password or token is never taken for one. So a word counts only where everything around
//! it is words too, and an angle bracket only where what it encloses is a whole part.

use std::borrow::Cow;

/// What [`fill`] puts in the place of `<…>`: it can stand for a name, a password, a host, a port and
/// a number.
pub(super) const FILLED: &str = "1";

/// Words that ask to be replaced wherever they stand.
const REQUESTS: &[&str] = &["changeme", "changethis", "placeholder", "replaceme", "replacethis"];

/// Two words that do.
const PAIRS: &[(&[&str], &[&str])] =
    &[(&["change", "replace", "fill"], &["me", "this", "it", "in", "with"])];

/// Words that do at the beginning.
const NOTES: &[&str] = &["fixme", "tbd", "todo"];

/// What comes before `your` in a request.
const VERBS: &[&str] = &["add", "enter", "insert", "paste", "put", "set", "type", "use"];

/// What `your` is said of when the two are written as one word.
const NOUNS: &[&str] = &[
    "account", "apikey", "app", "bot", "company", "database", "db", "domain", "host", "hostname",
    "key", "name", "password", "project", "secret", "server", "site", "token", "user", "username",
];

/// Words of which documentation makes passwords, each a whole one.
const SAMPLES: &[&str] = &["password", "secret", "example", "dummy", "test"];

/// The token in Telegram's own documentation, without the bot's number.
const SAMPLE_TOKEN: &str = "ABC-DEF1234ghIkl-zyx57W2v1u123ew11";

/// Whether the whole value is a placeholder.
pub(super) fn is_whole(text: &str) -> bool {
    is_enclosed(text) || is_marked(text) || is_mask(text) || is_request(text)
}

/// Whether a whole password is a placeholder, or a word that stands for one in documentation.
pub(super) fn is_password(text: &str) -> bool {
    is_whole(text) || SAMPLES.iter().any(|sample| text.eq_ignore_ascii_case(sample))
}

/// Whether the whole value is a description in angle brackets.
pub(super) fn is_enclosed(text: &str) -> bool {
    let enclosed = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    enclosed.is_some_and(is_description)
}

/// Whether the secret part of a token is a placeholder, or masked somewhere in it. It has letters,
/// digits, `_` and `-` only, so that any other sign is none of its own.
pub(super) fn is_in_token(text: &str) -> bool {
    let masks = ["...", "…", "***", "xxxxxx", "XXXXXX"];
    is_whole(text)
        || text == SAMPLE_TOKEN
        || masks.iter().any(|mask| text.contains(mask))
        || replace(text, |_, _| true).is_some()
}

/// Whether the name of a host is a placeholder, or has one for a label.
pub(super) fn is_host(host: &str) -> bool {
    let mut labels = host.split('.').peekable();
    if is_mask(host) {
        return true;
    }
    while let Some(label) = labels.next() {
        let label = label.to_ascii_lowercase();
        let words: Vec<&str> = label.split('-').collect();
        let yours = match words.as_slice() {
            // bot.your.domain
            ["your"] => labels.peek().is_some_and(|next| NOUNS.contains(next)),
            [word] => REQUESTS.contains(word) || is_your_noun(word),
            ["your", noun, ..] => NOUNS.contains(noun),
            _ => is_request(&label),
        };
        if yours {
            return true;
        }
    }
    false
}

/// Whether a part of a path is a placeholder, such as the token behind `/webhook/`.
pub(super) fn is_in_path(path: &str) -> bool {
    path.split('/').any(|part| is_whole(part) || part.split(':').any(is_whole))
}

/// The text with [`FILLED`] in the place of each `<…>` that is a whole part of a connection string;
/// `None` where there is none. In a password, an angle bracket may be just that.
pub(super) fn fill_parts(text: &str) -> Option<String> {
    replace(text, |before, behind| {
        before.is_none_or(|c| ":/@=&,".contains(c)) && behind.is_none_or(|c| ":/@?&,#".contains(c))
    })
}

/// The same for a text in which no angle bracket has a place.
pub(super) fn fill(text: &str) -> Option<String> {
    replace(text, |_, _| true)
}

fn replace(text: &str, fits: impl Fn(Option<char>, Option<char>) -> bool) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(open) = rest.find('<') {
        let (before, enclosed) = (&rest[..open], &rest[open + 1..]);
        filled.push_str(before);
        let last = filled.chars().next_back();
        match enclosed.find(['<', '>']) {
            Some(close)
                if enclosed[close..].starts_with('>')
                    && is_description(&enclosed[..close])
                    && fits(last, enclosed[close + 1..].chars().next()) =>
            {
                found = true;
                filled.push_str(FILLED);
                rest = &enclosed[close + 1..];
            }
            _ => {
                filled.push('<');
                rest = enclosed;
            }
        }
    }
    filled.push_str(rest);
    found.then_some(filled)
}

/// What may stand in angle brackets: words, or a sample of the value.
fn is_description(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || " _-.,:/@'()+=…".contains(c))
}

/// One sign over and over, as in `xxx`, `***`, `...` and `XXX-XXX`. Letters go on behind a space;
/// other signs don't, for `* * * * *` is a schedule.
fn is_mask(text: &str) -> bool {
    let is_gap = |c: char| "-_".contains(c) || (c == ' ' && text.starts_with(['x', 'X']));
    let signs: Vec<char> = text.chars().filter(|c| !is_gap(*c)).collect();
    let Some(first) = signs.first() else { return false };
    let enough = if *first == '…' { 1 } else { 3 };
    "xX*.?•…".contains(*first) && signs.len() >= enough && signs.iter().all(|sign| sign == first)
}

/// A name for a template's engine or a form to fill in: `{{ password }}`, `[password]`,
/// `__PASSWORD__`.
fn is_marked(text: &str) -> bool {
    let between = |begin: &str, end: &str| {
        let inside = text.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
        inside.map(str::trim).filter(|inside| !inside.is_empty())
    };
    between("{{", "}}").is_some_and(|inside| !inside.contains(['{', '}']))
        || between("[", "]").is_some_and(|inside| words(inside).is_some())
        || between("__", "__").is_some_and(|inside| {
            words(inside).is_some() && !inside.starts_with('_') && !inside.ends_with('_')
        })
}

/// Words that ask to be replaced, and nothing but words.
fn is_request(text: &str) -> bool {
    let Some(words) = words(text) else { return false };
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let pair = |two: &[&str]| {
        PAIRS.iter().any(|(first, second)| first.contains(&two[0]) && second.contains(&two[1]))
    };
    words.iter().any(|word| REQUESTS.contains(word))
        || words.windows(2).any(pair)
        || match words.as_slice() {
            [word] => NOTES.contains(word) || is_your_noun(word),
            ["your", ..] => true,
            [verb, "your", ..] | [verb, .., "here"] => VERBS.contains(verb),
            [first, ..] => NOTES.contains(first),
            [] => false,
        }
}

fn is_your_noun(word: &str) -> bool {
    word.strip_prefix("your").is_some_and(|noun| NOUNS.contains(&noun))
}

/// The words of a text in small letters, without a number of up to four digits behind them; `None`
/// where something in it is no word: mixed case, digits in the midst, more than 20 letters.
fn words(text: &str) -> Option<Vec<Cow<'_, str>>> {
    let is_sign = |c: char| !c.is_ascii_alphanumeric();
    let mut words = Vec::new();
    for part in text.split(is_sign).filter(|part| !part.is_empty()) {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let upper = word.bytes().filter(u8::is_ascii_uppercase).count();
        let capitals = upper == 1 && word.starts_with(|c: char| c.is_ascii_uppercase());
        let one_case =
            upper == 0 || upper == word.len() || capitals || (upper <= 3 && is_camel(word));
        if !letters || !one_case || word.len() > 20 || part.len() - word.len() > 4 {
            return None;
        }
        match word {
            "" => {}
            _ if upper == 0 => words.push(Cow::Borrowed(word)),
            _ => words.push(Cow::Owned(word.to_ascii_lowercase())),
        }
    }
    (text.chars().all(|c| c.is_ascii_alphanumeric() || " _-.,:;!?'()".contains(c))).then_some(words)
}

/// `ChangeMe` and `changeMe`: known words, written in the way of programs.
fn is_camel(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    REQUESTS.contains(&lower.as_str()) || is_your_noun(&lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_ask_to_be_replaced_are_placeholders() {
        for text in [
            "changeme",
            "CHANGEME",
            "ChangeMe",
            "change_me",
            "change-me!",
            "changeme1234",
            "changeme-abcdefghijklmnopqrst",
            "Change me",
            "my-changeme-password",
            "replace_with_real_key",
            "todo",
            "Todo: token",
            "tbd",
            "Fixme",
            "your_key_here",
            "your-token",
            "YOUR_PASSWORD",
            "yourpassword",
            "YourToken1",
            "insert your token",
            "put-token-here",
            "placeholder",
            "telegram-placeholder",
            "xxx",
            "XXXXXXXX",
            "xxx-xxx",
            "***",
            "...",
            "…",
            "????",
            "<password>",
            "<your token>",
            "<https://bot.your.domain/webhook/telegram bot token>",
            "{{ password }}",
            "{{DB_PASSWORD}}",
            "[password]",
            "[your password]",
            "__PASSWORD__",
            "__db_password__",
            "xxx xxx",
            "***-***",
        ] {
            assert!(is_whole(text), "{text}");
        }
    }

    #[test]
    fn what_only_looks_a_little_like_it_is_none() {
        for text in [
            "x",
            "xx",
            "xyz",
            "exchangemen",
            "todos",
            "yours",
            "your",
            "youreallymeanit",
            "production",
            "p<a>q",
            "<",
            "<>",
            "a<b>",
            "<a&b>",
            "changeme4Xq9",
            "cHaNgEmE0",
            "your_kQ9zP_here",
            "todo_4fGh7Lq",
            "correct-horse-battery-staple",
            "here",
            "put",
            "-",
            "___",
            "change",
            "pw",
            "12345",
            "INFO",
            "v1.2.3",
            "hunter2",
            "toogoodtogo",
            "changeme12345",
            "changeme-abcdefghijklmnopqrstu",
            "let-me-in",
            "change-lanes",
            "YOur-key-here",
            "yOur-key-here",
            "your-1",
            "* * * * *",
            "*/5 * * * *",
            "? ? ?",
            ". . .",
            "{{}}",
            "{password}",
            "{{a}b}}",
            "[]",
            "[k9Q-zP4x]",
            "x[password]",
            "____",
            "__k9QzP4x__",
            "__init__.py",
        ] {
            assert!(!is_whole(text), "{text}");
        }
    }

    #[test]
    fn a_password_of_documentation_is_one_as_a_whole_password_alone() {
        for text in ["password", "Password", "SECRET", "example", "dummy", "test", "changeme"] {
            assert!(is_password(text), "{text}");
        }
        for text in ["password1", "my-secret", "testing", "examples", "tests", "contest"] {
            assert!(!is_password(text), "{text}");
        }
        assert!(!is_whole("test") && !is_host("example.org"));
        assert!(is_in_token("ABC-DEF1234ghIkl-zyx57W2v1u123ew11"));
        assert!(!is_in_token("ABC-DEF1234ghIkl-zyx57W2v1u123ew12"));
    }

    #[test]
    fn a_host_is_one_where_a_label_is() {
        for host in [
            "your-domain",
            "your-domain.com",
            "bot.your.domain",
            "yourdomain.org",
            "Bot.YourDomain.com",
            "changeme.example.com",
            "change-me.org",
            "xxx",
            "your-db-host",
            "placeholder.org",
        ] {
            assert!(is_host(host), "{host}");
        }
        for host in ["bot.example.org", "postgres", "yourstory.com", "a.xxx", "xxx.org", "todo.org"]
        {
            assert!(!is_host(host), "{host}");
        }
    }

    #[test]
    fn a_bracket_counts_where_it_encloses_a_whole_part() {
        let filled = fill_parts("postgresql://<user>:<the password>@<host>:<port>/<db>?user=<me>");
        assert_eq!(filled.as_deref(), Some("postgresql://1:1@1:1/1?user=1"));
        for text in ["postgresql://u:a<b>c@h/d", "postgresql://u:<b>c@h/d", "redis://:<@h", "a"] {
            assert_eq!(fill_parts(text), None, "{text}");
        }
        assert_eq!(fill("https://bot.<domain>.org/<").as_deref(), Some("https://bot.1.org/<"));
    }
}
