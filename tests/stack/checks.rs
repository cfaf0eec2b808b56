//! Several things that must hold of one stack, each told apart.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::stack::Stack;

/// What has been checked so far.
pub(crate) struct Checks<'a> {
    stack: &'a Stack,
    failed: Vec<&'static str>,
}

impl<'a> Checks<'a> {
    pub(crate) fn new(stack: &'a Stack) -> Self {
        Self { stack, failed: Vec::new() }
    }

    /// Checks one thing. `name` says what must hold.
    pub(crate) fn hold(&mut self, name: &'static str, check: impl FnOnce()) {
        let start = Instant::now();
        let held = catch_unwind(AssertUnwindSafe(check)).is_ok();
        let mark = if held { '✓' } else { '✗' };
        println!("  {mark} {name} ({:.1} s)", start.elapsed().as_secs_f32());
        if !held {
            self.failed.push(name);
        }
    }

    /// Checks one thing without which nothing after it makes sense.
    ///
    /// # Panics
    /// When it does not hold, with the state of the stack.
    pub(crate) fn require(&mut self, name: &'static str, check: impl FnOnce()) {
        self.hold(name, check);
        if self.failed.last() == Some(&name) {
            self.finish_with_state();
        }
    }

    /// # Panics
    /// When something did not hold.
    pub(crate) fn finish(self) {
        if !self.failed.is_empty() {
            self.finish_with_state();
        }
    }

    fn finish_with_state(&self) -> ! {
        println!("{}", self.stack.state());
        panic!("{} did not hold: {}", self.failed.len(), self.failed.join("; "));
    }
}
