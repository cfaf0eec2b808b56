//! A value in quotes: where it ends, and what the backslashes in it mean.

use std::borrow::Cow;

/// A value without its quotes and backslashes.
pub(super) struct Quoted<'t> {
    /// What is left. In double quotes it is still to be searched for references.
    pub(super) text: Cow<'t, str>,
    /// Where the closing quote is.
    pub(super) close: usize,
    start: usize,
    /// Where the text goes on elsewhere in the file, once a backslash has come.
    origin: Vec<(usize, usize)>,
}

impl<'t> Quoted<'t> {
    /// Reads the value whose opening quote is at `open`; `None` where nothing closes it.
    pub(super) fn read(source: &'t str, open: usize) -> Option<Self> {
        let quote = source[open..].chars().next()?;
        let start = open + 1;
        let mut at = start + source[start..].find([quote, '\\'])?;
        let mut quoted =
            Self { text: source[start..at].into(), close: at, start, origin: Vec::new() };
        while !source[at..].starts_with(quote) {
            let escaped = source[at + 1..].chars().next()?;
            let behind = at + 1 + escaped.len_utf8();
            at = if escaped == quote {
                quoted.push(at, escaped.encode_utf8(&mut [0; 4]));
                behind
            } else if quote == '"' {
                quoted.escape(source, at, escaped)
            } else {
                quoted.push(at, &source[at..behind]);
                behind
            };
            let plain = source[at..].find([quote, '\\'])?;
            quoted.push(at, &source[at..at + plain]);
            at += plain;
        }
        quoted.close = at;
        Some(quoted)
    }

    /// The byte of the file that gave the byte `at` of the text.
    pub(super) fn origin(&self, at: usize) -> usize {
        let runs = self.origin.partition_point(|(here, _)| *here <= at);
        match runs.checked_sub(1).and_then(|last| self.origin.get(last)) {
            Some((here, there)) => there + (at - here),
            None => self.start + at,
        }
    }

    fn push(&mut self, at: usize, text: &str) {
        if !text.is_empty() {
            self.origin.push((self.text.len(), at));
            self.text.to_mut().push_str(text);
        }
    }

    /// Puts down what the backslash at `at` and what follows it mean in double quotes, and says where
    /// it goes on.
    fn escape(&mut self, source: &str, at: usize, escaped: char) -> usize {
        let behind = at + 1 + escaped.len_utf8();
        let meant = match escaped {
            'a' => "\u{7}",
            'b' => "\u{8}",
            'f' => "\u{c}",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            'v' => "\u{b}",
            '\\' => "\\",
            // The references come later, and take this for a single one.
            '$' => "$$",
            '0' => return self.octal(source, at, behind),
            // Not known: the backslash stays, `\c` too, though Compose looks for it.
            _ => &source[at..behind],
        };
        self.push(at, meant);
        behind
    }

    /// `\0` and up to three digits. Three octal ones below 400 are a character; of everything else
    /// only the 0 is lost.
    fn octal(&mut self, source: &str, at: usize, digits: usize) -> usize {
        let length =
            source.as_bytes()[digits..].iter().take(3).take_while(|b| b.is_ascii_digit()).count();
        let found = &source[digits..digits + length];
        match u8::from_str_radix(found, 8) {
            Ok(code) if length == 3 => {
                self.push(at, char::from(code).encode_utf8(&mut [0; 4]));
            }
            _ => {
                self.push(at, "\\");
                self.push(digits, found);
            }
        }
        digits + length
    }
}
