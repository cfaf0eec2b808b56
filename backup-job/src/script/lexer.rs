//! The lexical rules of psql and the server, as far as a dump needs them.
//!
//! A piece may end anywhere, also in the middle of `$tag$` or of `\.`: what is needed to go on is
//! kept in the [`Lexer`]. Long strings and rows are passed over, never kept.

const COPY: &[u8] = b"COPY ";
const ROWS_END: &[u8] = b"\\.";

/// A table has at most 1,600 columns of 63 bytes each, which quoting may double.
const MAX_STATEMENT_BYTES: usize = 1024 * 1024;
/// The lines that matter are short; of others the beginning is enough to tell them apart.
const MAX_LINE_BYTES: usize = 512;

/// What the reader of a dump needs to know about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A comment that stands between statements, from `--` to the end of its line.
    Comment(Vec<u8>),
    /// A command of psql, from its backslash to the end of its line.
    Meta(Vec<u8>),
    /// A statement has ended.
    Statement,
    /// A `COPY` statement has ended, whose text this is; rows follow.
    Copy(Vec<u8>),
    /// A `COPY` statement is longer than any can be.
    Overlong,
    /// So many rows have ended with `\.`.
    Rows(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Outside of strings, names, comments and rows.
    #[default]
    Code,
    /// `'…'`, where a backslash means itself.
    Quote,
    /// `E'…'`.
    Escapes,
    /// After a backslash in `E'…'`.
    Escaped,
    /// After a quote in `E'…'`: its end, or half of a doubled quote.
    Doubled,
    /// `"…"`.
    Name,
    /// The `tag$` that opens `$tag$…$tag$`.
    Tag,
    Dollar,
    LineComment,
    BlockComment,
    Meta,
    /// Between the semicolon of a `COPY` statement and its first row.
    Head,
    Rows,
}

#[derive(Debug, Default)]
pub(super) struct Lexer {
    state: State,
    /// Whether a statement has begun and not ended.
    within: bool,
    /// The statement so far, while it may still be `COPY`.
    copy: Option<Vec<u8>>,
    /// The two bytes before this one, where they are of the same state.
    previous: [u8; 2],
    /// A comment, a command of psql, or the row that the last piece broke off in.
    line: Vec<u8>,
    tag: Vec<u8>,
    /// How much of `tag` has just been seen, or how deep block comments are nested.
    depth: usize,
    rows: u64,
}

impl Lexer {
    /// Goes on in `piece` up to the next token; `None` when the piece holds no further one.
    pub(super) fn next<'a>(&mut self, piece: &'a [u8]) -> Option<(Token, &'a [u8])> {
        let mut at = 0;
        loop {
            at += self.skip(&piece[at..]);
            let byte = *piece.get(at)?;
            at += 1;
            if let Some(token) = self.step(byte) {
                return Some((token, &piece[at..]));
            }
        }
    }

    /// Whether nothing is open: no statement, no string, no comment, no rows.
    pub(super) fn is_at_rest(&self) -> bool {
        self.state == State::Code && !self.within && !matches!(self.previous[1], b'-' | b'/')
    }

    /// How many bytes can't end the state that it is in.
    fn skip(&mut self, rest: &[u8]) -> usize {
        let stop = match self.state {
            State::Quote => b'\'',
            State::Name => b'"',
            State::Dollar if self.depth == 0 => b'$',
            State::Rows => return self.skip_rows(rest),
            _ => return 0,
        };
        let end = rest.iter().position(|byte| *byte == stop).unwrap_or(rest.len());
        self.keep(&rest[..end]);
        end
    }

    /// Passes rows over, up to the newline after the `\.` that ends them.
    fn skip_rows(&mut self, rest: &[u8]) -> usize {
        let mut start = 0;
        while let Some(length) = rest[start..].iter().position(|byte| *byte == b'\n') {
            let end = start + length;
            let row = &rest[start..end];
            let last = if self.line.is_empty() {
                row == ROWS_END
            } else {
                self.keep_line(row);
                std::mem::take(&mut self.line) == ROWS_END
            };
            if last {
                return end;
            }
            self.rows += 1;
            start = end + 1;
        }
        self.keep_line(&rest[start..]);
        rest.len()
    }

    fn step(&mut self, byte: u8) -> Option<Token> {
        match self.state {
            State::Code => return self.code(byte),
            State::Quote => self.keep_and_enter(byte, b'\'', State::Code),
            State::Name => self.keep_and_enter(byte, b'"', State::Code),
            State::Escapes if byte == b'\\' => self.enter(State::Escaped),
            State::Escapes => self.keep_and_enter(byte, b'\'', State::Doubled),
            State::Escaped => self.enter(State::Escapes),
            State::Doubled if byte == b'\'' => self.enter(State::Escapes),
            State::Doubled => {
                self.enter(State::Code);
                return self.code(byte);
            }
            State::Tag => return self.open_dollar(byte),
            State::Dollar => self.close_dollar(byte),
            State::BlockComment => self.block_comment(byte),
            State::LineComment | State::Meta => return self.line(byte),
            State::Head if byte == b'\n' => self.enter(State::Rows),
            State::Head => {}
            State::Rows => {
                self.enter(State::Code);
                return Some(Token::Rows(std::mem::take(&mut self.rows)));
            }
        }
        None
    }

    fn code(&mut self, byte: u8) -> Option<Token> {
        let [before, last] = self.previous;
        match (last, byte) {
            (b'-', b'-') => self.enter_line(State::LineComment, b"--"),
            (b'/', b'*') => {
                self.depth = 1;
                self.enter(State::BlockComment);
            }
            // No statement has one outside of quotes: psql takes it for a command within them, too.
            (_, b'\\') => self.enter_line(State::Meta, b"\\"),
            (_, b';') => return Some(self.end_statement()),
            _ => {
                self.begin_statement(byte);
                self.keep(&[byte]);
                self.previous = [last, byte];
                match byte {
                    b'\'' if matches!(last, b'E' | b'e') && !is_word(before) => {
                        self.enter(State::Escapes);
                    }
                    b'\'' => self.enter(State::Quote),
                    b'"' => self.enter(State::Name),
                    b'$' if !is_word(last) => {
                        self.tag = vec![byte];
                        self.enter(State::Tag);
                    }
                    _ => {}
                }
            }
        }
        let overlong = self.copy.as_ref().is_some_and(|text| text.len() > MAX_STATEMENT_BYTES);
        overlong.then_some(Token::Overlong)
    }

    fn begin_statement(&mut self, byte: u8) {
        let blank = byte.is_ascii_whitespace() || matches!(byte, b'-' | b'/');
        if !self.within && !blank {
            self.within = true;
            self.copy = Some(Vec::new());
        }
    }

    fn end_statement(&mut self) -> Token {
        self.within = false;
        let copy = self.copy.take().filter(|text| text.starts_with(COPY));
        self.enter(if copy.is_some() { State::Head } else { State::Code });
        copy.map_or(Token::Statement, Token::Copy)
    }

    fn open_dollar(&mut self, byte: u8) -> Option<Token> {
        let first = self.tag.len() == 1;
        if byte != b'$' && (!is_word(byte) || (first && byte.is_ascii_digit())) {
            // `$1`, or a dollar that opens nothing: what follows is code.
            self.enter(State::Code);
            self.previous = [b'$', b'$'];
            return self.code(byte);
        }
        self.tag.push(byte);
        self.depth = 0;
        self.keep_and_enter(byte, b'$', State::Dollar);
        None
    }

    fn close_dollar(&mut self, byte: u8) {
        self.keep(&[byte]);
        let matched = self.tag.get(self.depth) == Some(&byte);
        self.depth = if matched { self.depth + 1 } else { usize::from(byte == b'$') };
        if self.depth == self.tag.len() {
            self.enter(State::Code);
        }
    }

    fn block_comment(&mut self, byte: u8) {
        let last = self.previous[1];
        self.previous = [0, byte];
        match (last, byte) {
            (b'/', b'*') => self.depth += 1,
            (b'*', b'/') => self.depth -= 1,
            _ => return,
        }
        // The second byte of `*/` or `/*` is not the first of another.
        self.previous = [0; 2];
        if self.depth == 0 {
            self.enter(State::Code);
        }
    }

    /// A byte of a comment or of a psql command, both of which end with their line.
    fn line(&mut self, byte: u8) -> Option<Token> {
        if byte != b'\n' {
            self.keep_line(&[byte]);
            return None;
        }
        let comment = self.state == State::LineComment;
        self.enter(State::Code);
        let line = std::mem::take(&mut self.line);
        match comment {
            true if self.within => None,
            true => Some(Token::Comment(line)),
            false => Some(Token::Meta(line)),
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.previous = [0; 2];
    }

    fn enter_line(&mut self, state: State, begin: &[u8]) {
        self.line = begin.to_vec();
        self.enter(state);
    }

    /// Keeps a byte of a string or a name, and leaves it for `next` where the byte is its end.
    fn keep_and_enter(&mut self, byte: u8, end: u8, next: State) {
        self.keep(&[byte]);
        if byte == end {
            self.enter(next);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let Some(text) = &mut self.copy else { return };
        text.extend_from_slice(bytes);
        let known = text.len().min(COPY.len());
        if text[..known] != COPY[..known] {
            self.copy = None;
        }
    }

    fn keep_line(&mut self, bytes: &[u8]) {
        let room = MAX_LINE_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}
