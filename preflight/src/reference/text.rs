//! Text for a terminal: lines that fit, and characters that can be seen.

/// What a paragraph is broken at.
pub(super) const WIDTH: usize = 80;

/// What stands for a character that no screen shows, and what it is called.
const HIDDEN: [(char, &str, &str); 3] = [
    ('\u{feff}', "‹BOM›", "a byte order mark"),
    ('\r', "␍", "a carriage return"),
    (' ', "␠", "a space at the end of the line"),
];

/// `words` in lines no wider than `width`, each behind `indent` spaces.
pub(super) fn wrapped(indent: usize, width: usize, words: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in words.split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            text.push('\n');
            column = 0;
        }
        if column == 0 {
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
    text
}

/// An example with every character to be seen.
pub(super) fn visible(example: &str) -> String {
    let mut text = String::new();
    for line in example.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let shown = line.trim_end_matches(' ');
        text.push_str(shown);
        text.push_str(&HIDDEN[2].1.repeat(line.len() - shown.len()));
        text.push_str(end);
    }
    text.replace(HIDDEN[0].0, HIDDEN[0].1).replace(HIDDEN[1].0, HIDDEN[1].1)
}

/// What the signs mean that [`visible`] has put into one of the examples.
pub(super) fn legend(examples: [&str; 2]) -> Option<String> {
    let shown = examples.map(visible);
    let signs = HIDDEN.iter().filter(|(_, sign, _)| shown.iter().any(|text| text.contains(sign)));
    let said: Vec<_> = signs.map(|(_, sign, name)| format!("{sign} stands for {name}")).collect();
    (!said.is_empty()).then(|| said.join(", ") + ".")
}
