//! What is logged in this process, kept for the thread that logs it.

use std::cell::RefCell;
use std::fmt::{Debug, Write};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static LINES: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps every event with all its fields, at every level. What the program installs later is ignored.
pub(crate) fn keep() {
    let _ = tracing::subscriber::set_global_default(Keeper);
}

/// What this thread has logged since it last asked.
pub(crate) fn taken() -> String {
    LINES.take()
}

struct Keeper;

struct Line;

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        LINES.with_borrow_mut(|lines| write!(lines, "{field}={value:?} ").unwrap_or_default());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut next = Some(value);
        while let Some(error) = next {
            LINES.with_borrow_mut(|lines| {
                write!(lines, "{field}={error} {error:?} ").unwrap_or_default();
            });
            next = error.source();
        }
    }
}

impl Subscriber for Keeper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line);
        LINES.with_borrow_mut(|lines| lines.push('\n'));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
