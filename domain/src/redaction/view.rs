//! A text as a reader of URLs or of JSON takes it, with the place of each byte: a secret is found in
//! it however it was escaped, and wherever only some of its characters were.

/// Bytes, and where in the text each of them stands.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// One more than there are bytes: the last is where the text ends.
    origin: Vec<usize>,
}

impl View {
    /// The text, and what may be read out of it.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let bytes = text.as_bytes().to_vec();
        let plain = Self { origin: (0..=bytes.len()).collect(), bytes };
        let mut views = Vec::new();
        if text.contains('\\') {
            let once = plain.read(json_escape);
            // A log line of JSON that holds JSON.
            views.push(once.read(json_escape));
            views.push(once.read(percent_escape));
            views.push(once);
        }
        if text.contains('%') {
            views.push(plain.read(percent_escape));
        }
        if text.contains('+') {
            views.push(plain.read(|rest| form_escape(rest).or_else(|| percent_escape(rest))));
        }
        views.push(plain);
        views
    }

    /// Where in the text the bytes from `start` up to `end` stand.
    pub(super) fn place(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        self.origin[start]..self.origin[end]
    }

    /// The view in which each escape has become what it means. `escape` gives that for the one that
    /// the bytes begin with, and its length.
    fn read(&self, escape: impl Fn(&[u8]) -> Option<(Meant, usize)>) -> Self {
        let mut view = Self { bytes: Vec::new(), origin: Vec::new() };
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let (meant, length) = escape(&self.bytes[at..]).unwrap_or((Meant::Byte(*byte), 1));
            match meant {
                Meant::Byte(byte) => view.bytes.push(byte),
                Meant::Character(character) => {
                    view.bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            view.origin.resize(view.bytes.len(), self.origin[at]);
            at += length;
        }
        view.origin.extend(self.origin.last());
        view
    }
}

enum Meant {
    Byte(u8),
    Character(char),
}

/// `%40`.
fn percent_escape(rest: &[u8]) -> Option<(Meant, usize)> {
    let digits = rest.strip_prefix(b"%")?.get(..2)?;
    u8::try_from(hex(digits)?).ok().map(|byte| (Meant::Byte(byte), 3))
}

/// `+`, which is a space in a form.
fn form_escape(rest: &[u8]) -> Option<(Meant, usize)> {
    rest.starts_with(b"+").then_some((Meant::Byte(b' '), 1))
}

/// `\"`, `\n`, `\u00e9`, `\ud83d\ude00`.
fn json_escape(rest: &[u8]) -> Option<(Meant, usize)> {
    let byte = match *rest.strip_prefix(b"\\")?.first()? {
        b'u' => return unicode_escape(rest),
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        sign @ (b'"' | b'\\' | b'/' | b'\'') => sign,
        _ => return None,
    };
    Some((Meant::Byte(byte), 2))
}

fn unicode_escape(rest: &[u8]) -> Option<(Meant, usize)> {
    let unit = |at: usize| hex(rest.get(at..)?.strip_prefix(b"\\u")?.get(..4)?);
    let first = unit(0)?;
    if let Some(character) = char::from_u32(first) {
        return Some((Meant::Character(character), 6));
    }
    let second = unit(6).filter(|low| (0xdc00..0xe000).contains(low))?;
    let code = 0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
    char::from_u32(code).map(|character| (Meant::Character(character), 12))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let value = |sum: u32, digit: &u8| Some(sum * 16 + char::from(*digit).to_digit(16)?);
    digits.iter().try_fold(0, value)
}
