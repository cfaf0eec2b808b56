//! Environment files that no person would write, and ones that they do: every rule of the format is
//! met often, most files are right, and the rest are wrong in one of many ways.

use super::dice::Dice;

/// Names that references use and lines set, so that the two often meet.
pub(super) const NAMES: &[&str] =
    &["A", "B", "C", "D_1", "_e", "LONG_NAME", "OUTER", "BLANK", "DOLLAR", "NOTHING"];

const ODD_KEYS: &[&str] = &[
    "1A",
    "a.b",
    "x-y",
    "a[0]",
    "[",
    "é",
    "ключ",
    "名前",
    "Ⅻ",
    "٣",
    "½",
    "ſ",
    "\u{212a}",
    "export",
    "exportX",
    "export.A",
    "",
    "-",
    "ª",
    "ʰ",
    "A\tB",
    "A\u{a0}B",
    "A\u{85}B",
    "A\u{b}\u{c}B",
    "A\rB",
];

const WRONG_KEYS: &[&str] = &[
    "A B",
    "A  B C",
    "A \tB",
    "A$",
    "e\u{301}",
    "A\u{3000}",
    "“A”",
    "A!",
    "A\"",
    "'A'",
    "A\u{2028}B",
    "$A",
    "{",
    "A\\",
    "A,B",
    "A/B",
    "\u{feff}A",
    "A\u{200b}",
    "€",
    "A#",
    "Aⓐ",
    "A\0",
    "A\u{1b}",
    "अ\u{93f}",
];

const BLANKS: &[&str] =
    &["", "", "", "", " ", " ", "  ", "\t", "\u{b}", "\u{c}", "\r", "\u{85}", "\u{a0}", " \t "];

/// White space that counts before a statement and behind a value, but not around a name.
const WIDE_BLANKS: &[&str] =
    &["\u{1680}", "\u{2003}", "\u{2028}", "\u{202f}", "\u{205f}", "\u{3000}"];

const WORDS: &[&str] = &[
    "a",
    "B",
    "word",
    "postgres://u:p@h/d?x=y",
    "12",
    "é",
    "пароль",
    "語",
    "😀",
    "p4$$",
    "=",
    ":",
    "-",
    "+",
    "?",
    "#",
    "{",
    "}",
    "{a",
    "“",
    "”",
    "%24",
    "&",
    "*",
    "\u{301}",
    "\u{200d}",
    "null",
    "true",
    "~",
    "<",
    ">",
    "@",
    "\u{7f}",
    "\u{1}",
    "\u{feff}",
    "/",
    "|",
    "!",
    "[",
    "]",
    "\u{1f}",
    ",",
];

pub(super) struct Generator {
    dice: Dice,
    end_of_line: &'static str,
    /// Whether this file is to be wrong somewhere.
    wrong: bool,
}

impl Generator {
    /// The file of this seed.
    pub(super) fn file(seed: u64) -> String {
        let mut dice = Dice::new(seed);
        let end_of_line = if dice.happens(15) { "\r\n" } else { "\n" };
        let wrong = dice.happens(18);
        Self { dice, end_of_line, wrong }.whole()
    }

    fn whole(&mut self) -> String {
        let mut file = String::new();
        if self.dice.happens(4) {
            file.push('\u{feff}');
        }
        let lines = 1 + self.dice.below(9);
        for line in 0..lines {
            self.line(&mut file);
            if line + 1 < lines || self.dice.happens(80) {
                file.push_str(self.end_of_line);
            }
            if self.dice.happens(3) {
                file.push('\n');
            }
        }
        if self.wrong && self.dice.happens(5) {
            file.push_str(self.end_of_line);
            file.push_str("export ");
            self.blank(&mut file);
        }
        file
    }

    fn line(&mut self, file: &mut String) {
        self.blank(file);
        if self.dice.happens(3) {
            file.push_str(self.dice.pick(WIDE_BLANKS));
        }
        match self.dice.below(100) {
            0..5 => {}
            5..12 => {
                file.push('#');
                self.words(file, 3);
            }
            12..18 => self.key(file),
            18..20 => {
                file.push_str("export");
                self.blank(file);
            }
            20..22 if self.wrong => self.words(file, 4),
            _ => self.statement(file),
        }
    }

    fn blank(&mut self, file: &mut String) {
        file.push_str(self.dice.pick(BLANKS));
    }

    fn key(&mut self, file: &mut String) {
        if self.dice.happens(12) {
            file.push_str("export");
            file.push_str(
                self.dice.pick(&[" ", "\t", "  ", " \t", "\r", "\u{c}", "\u{b}", "\u{a0}"]),
            );
        }
        let kind = self.dice.below(100);
        if self.wrong && kind < 12 {
            file.push_str(self.dice.pick(WRONG_KEYS));
        } else if self.wrong && kind < 16 {
            self.letter(file);
        } else if kind < 75 {
            file.push_str(self.dice.pick(NAMES));
        } else {
            file.push_str(self.dice.pick(ODD_KEYS));
        }
    }

    fn statement(&mut self, file: &mut String) {
        self.key(file);
        self.blank(file);
        file.push(if self.dice.happens(90) { '=' } else { ':' });
        self.blank(file);
        match self.dice.below(100) {
            0..45 => self.plain(file),
            45..70 => self.double(file),
            70..85 => self.single(file),
            85..90 => self.blank(file),
            90..93 => {
                file.push_str(self.dice.pick(&["# note", "#", "  # note", "\t# note", "#a #b"]));
            }
            _ => self.reference(file, 0),
        }
    }

    fn plain(&mut self, file: &mut String) {
        for _ in 0..=self.dice.below(5) {
            match self.dice.below(100) {
                0..40 => self.word(file),
                40..55 => self.reference(file, 0),
                55..62 => file.push_str(self.dice.pick(&[" #", "\t#", "#", " # "])),
                62..70 => {
                    file.push_str(self.dice.pick(&["\\", "\\n", "\\$A", "\\\\", "\\\"", "\\'"]));
                }
                70..75 => file.push_str(self.dice.pick(&["\"", "'", "\"\"", "a'b"])),
                75..78 => file.push_str(self.dice.pick(WIDE_BLANKS)),
                _ => self.blank(file),
            }
        }
    }

    fn double(&mut self, file: &mut String) {
        file.push('"');
        for _ in 0..self.dice.below(6) {
            match self.dice.below(100) {
                0..35 => self.word(file),
                35..55 => self.reference(file, 0),
                55..75 => self.escape(file),
                75..82 => file.push_str(self.end_of_line),
                82..86 => file.push_str(self.dice.pick(&["'", "#", " #", "A=", "\\\n"])),
                _ => self.blank(file),
            }
        }
        self.close(file, '"');
    }

    fn escape(&mut self, file: &mut String) {
        file.push('\\');
        match self.dice.below(3) {
            0 => file.push_str(
                self.dice.pick(&["a", "b", "c", "f", "n", "r", "t", "v", "$", "\"", "\\"]),
            ),
            1 => {
                file.push('0');
                for _ in 0..self.dice.below(5) {
                    file.push_str(self.dice.pick(&["0", "1", "2", "3", "4", "7", "8"]));
                }
            }
            _ => file.push_str(self.dice.pick(&[
                "x41", "u0041", "'", "e", "1", "é", "}", "{", "\\", "0044A", "0173", "$$", "$A",
                "${A}", "0044{A}", "é",
            ])),
        }
    }

    fn single(&mut self, file: &mut String) {
        file.push('\'');
        for _ in 0..self.dice.below(6) {
            match self.dice.below(100) {
                0..40 => self.word(file),
                40..60 => self.reference(file, 0),
                60..75 => {
                    file.push_str(self.dice.pick(&["\\'", "\\\\", "\\n", "\\\"", "\\é", "\\$"]));
                }
                75..85 => file.push_str(self.end_of_line),
                85..90 => file.push_str(self.dice.pick(&["\"", "#", " #"])),
                _ => self.blank(file),
            }
        }
        self.close(file, '\'');
    }

    fn close(&mut self, file: &mut String, quote: char) {
        if self.wrong && self.dice.happens(8) {
            return;
        }
        file.push(quote);
        match self.dice.below(100) {
            0..75 => {}
            75..82 => self.blank(file),
            82..88 => file.push_str(self.dice.pick(&[" # note", "#note", "\u{3000}# note", "\t#"])),
            88..92 if self.wrong => self.words(file, 2),
            88..94 => {
                self.blank(file);
                self.key(file);
            }
            _ => {
                self.blank(file);
                self.statement(file);
            }
        }
    }

    fn reference(&mut self, file: &mut String, depth: usize) {
        let kind = self.dice.below(100);
        match kind {
            0..8 => file.push_str("$$"),
            8..12 => file.push_str(self.dice.pick(&[
                "$1",
                "$ ",
                "$.",
                "$é",
                "$-",
                "$)",
                "$\u{17f}",
                "$\u{212a}A",
                "$A\u{212a}",
            ])),
            12..35 => {
                file.push('$');
                file.push_str(self.dice.pick(NAMES));
            }
            35..50 => {
                file.push_str("${");
                file.push_str(self.dice.pick(NAMES));
                file.push('}');
            }
            50..53 if self.wrong => file.push_str(
                self.dice.pick(&["${", "${}", "${1}", "${A:x}", "${A ", "${ A}", "${é}", "${A"]),
            ),
            _ => self.operation(file, depth),
        }
    }

    fn operation(&mut self, file: &mut String, depth: usize) {
        file.push_str("${");
        let required = self.dice.happens(if self.wrong { 15 } else { 4 });
        let names = if required && !self.wrong { &["OUTER", "DOLLAR"][..] } else { NAMES };
        file.push_str(self.dice.pick(names));
        let operators = if required { &[":?", "?"][..] } else { &[":-", "-", ":+", "+"][..] };
        file.push_str(self.dice.pick(operators));
        for _ in 0..self.dice.below(4) {
            match self.dice.below(100) {
                0..50 if depth < 5 => self.reference(file, depth + 1),
                50..56 => file.push_str(self.dice.pick(&["{", "}", "{}", "{{", "}}", "{$"])),
                56..60 => file.push_str(self.dice.pick(&["'", " ", "\t", ":-", "?", "-", "\\"])),
                60..61 if self.wrong => file.push_str(self.end_of_line),
                _ => self.word(file),
            }
        }
        if !self.wrong || self.dice.happens(92) {
            file.push('}');
        }
    }

    fn words(&mut self, file: &mut String, most: usize) {
        for _ in 0..=self.dice.below(most) {
            self.word(file);
            self.blank(file);
        }
    }

    fn word(&mut self, file: &mut String) {
        if self.dice.happens(6) {
            self.letter(file);
        } else {
            file.push_str(self.dice.pick(WORDS));
        }
    }

    /// Any character of blocks that are old enough for every Compose to know.
    fn letter(&mut self, file: &mut String) {
        let (first, last) = *self.dice.pick(&[
            &(0x80, 0x2ff),
            &(0x300, 0x5ff),
            &(0x900, 0x97f),
            &(0xe00, 0xe7f),
            &(0x1f00, 0x1fff),
            &(0x2000, 0x219f),
            &(0x2460, 0x24ff),
            &(0x3000, 0x30ff),
            &(0x4e00, 0x9fa5),
            &(0xac00, 0xd7a3),
            &(0xff00, 0xffef),
            &(0x1_d400, 0x1_d7ff),
            &(0x1_f130, 0x1_f190),
        ]);
        let code = first + self.dice.below(last - first + 1);
        let character = u32::try_from(code).ok().and_then(char::from_u32);
        file.push(character.unwrap_or('a'));
    }
}
