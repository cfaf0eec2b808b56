//! Reads the corpus. `malformed.txt` says at its beginning what stands there.

use platform::env::MapEnv;

const GOOD: &str = include_str!("good.env");
const MODE: u32 = 0o640;

/// A file, what is around it, and what must be found in it.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The file as it is written to disk.
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) shell: MapEnv,
    /// The findings, in order.
    pub(crate) expected: Vec<String>,
    /// How the case is written, to tell it from others.
    pub(crate) edits: Vec<String>,
}

/// Reads all cases of a file of the corpus.
pub(crate) fn read(text: &str) -> Vec<Case> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut cases: Vec<(String, Vec<&str>)> = Vec::new();
    for line in lines {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            cases.push((name.to_owned(), Vec::new()));
        } else {
            cases.last_mut().expect("a case begins with its name").1.push(line);
        }
    }
    cases.into_iter().map(|(name, lines)| case(name, &lines)).collect()
}

fn case(name: String, edits: &[&str]) -> Case {
    let mut lines: Vec<(&str, Vec<u8>)> = GOOD.lines().map(good_line).collect();
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    let (mut mode, mut shell, mut expected) = (MODE, MapEnv::default(), Vec::new());
    let mut is_crlf = false;
    for edit in edits {
        let (word, rest) = edit.split_once(' ').unwrap_or((edit, ""));
        match word {
            "crlf" => is_crlf = true,
            "<" => before = bytes(rest),
            "+" => behind = bytes(rest),
            "!" => mode = u32::from_str_radix(rest, 8).expect("a mode is octal"),
            "-" => {
                let index = index_of(&lines, rest);
                lines.remove(index);
            }
            "$" => {
                let (name, value) = rest.split_once('=').expect("a variable has a value");
                shell = shell.with(name, value);
            }
            _ => match word.strip_suffix('>') {
                Some(key) => {
                    let index = index_of(&lines, key);
                    lines[index].1 = bytes(rest);
                }
                None => expected.push((*edit).to_owned()),
            },
        }
    }
    let newline: &[u8] = if is_crlf { b"\r\n" } else { b"\n" };
    let mut bytes = before;
    for (_, line) in &lines {
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(newline);
    }
    bytes.extend(behind);
    expected.sort();
    let edits = edits.iter().map(|edit| (*edit).to_owned()).collect();
    Case { name, bytes, mode, shell, expected, edits }
}

fn good_line(line: &str) -> (&str, Vec<u8>) {
    let (key, _) = line.split_once('=').expect("every line of good.env sets a variable");
    (key, line.into())
}

fn index_of(lines: &[(&str, Vec<u8>)], key: &str) -> usize {
    lines.iter().position(|(name, _)| *name == key).unwrap_or_else(|| panic!("{key} is a line"))
}

/// The bytes that a text with escapes stands for.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend(plain.bytes());
        let kind = escape.chars().next().expect("something follows a backslash");
        rest = &escape[1..];
        let mut braced = || {
            let (inside, behind) = rest[1..].split_once('}').expect("a brace is closed");
            rest = behind;
            inside
        };
        match kind {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '0' => bytes.push(0),
            '\\' => bytes.push(b'\\'),
            'x' => {
                bytes.push(u8::from_str_radix(&rest[..2], 16).expect("a byte is hexadecimal"));
                rest = &rest[2..];
            }
            'u' => {
                let number = u32::from_str_radix(braced(), 16).expect("a character is hexadecimal");
                let character = char::from_u32(number).expect("it is a character");
                bytes.extend(character.to_string().bytes());
            }
            'R' => {
                let (times, text) = braced().split_once(',').expect("a number, a comma, a text");
                bytes.extend(text.repeat(times.parse().expect("it is a number")).bytes());
            }
            other => panic!("\\{other} is no escape"),
        }
    }
    bytes.extend(rest.bytes());
    bytes
}
