//! Which brace closes which, in one line at a time and in one pass.

const NONE: usize = usize::MAX;

/// The braces of the line that was looked at last.
#[derive(Default)]
pub(super) struct Braces {
    line: std::ops::Range<usize>,
    /// For each byte of the line: where the brace that opens there is closed.
    partner: Vec<usize>,
    /// Where the line has a `}`.
    closing: Vec<usize>,
    open: Vec<usize>,
}

impl Braces {
    /// What closes the reference whose `{` is at `open`. A brace inside of it counts, whether or not a
    /// `$` stands before it, but never the byte right behind a `{`. Where they don't come out even, it
    /// is the last one. `start` is where what the reference says begins, `end` where the text ends.
    pub(super) fn close(
        &mut self,
        text: &str,
        open: usize,
        start: usize,
        end: usize,
    ) -> Option<usize> {
        if !self.line.contains(&open) {
            self.look_at(text, open);
        }
        let before_end = self.closing.partition_point(|at| *at < end);
        let last = *self.closing.get(before_end.checked_sub(1)?)?;
        if last < start {
            return None;
        }
        match self.partner.get(open - self.line.start) {
            Some(close) if *close < end => Some(*close),
            _ => Some(last),
        }
    }

    /// Looks at what is left of a line, from a reference's `{` on.
    fn look_at(&mut self, text: &str, from: usize) {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        self.line = from..from + length;
        self.closing.clear();
        self.open.clear();
        self.partner.clear();
        self.partner.resize(length, NONE);
        let mut behind_open = false;
        for (offset, byte) in rest[..length].iter().enumerate() {
            let counts = !std::mem::take(&mut behind_open);
            match byte {
                b'{' if counts => {
                    self.open.push(offset);
                    behind_open = true;
                }
                b'}' => {
                    self.closing.push(from + offset);
                    if counts && let Some(open) = self.open.pop() {
                        self.partner[open] = from + offset;
                    }
                }
                _ => {}
            }
        }
    }
}
