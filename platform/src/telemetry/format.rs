//! The two forms of a log line.

use std::error::Error;
use std::fmt::{self, Debug, Write};

use chrono::SecondsFormat;
use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::{Format, level};
use crate::clock::{Clock, SystemClock};

const OWN_KEYS: [&str; 4] = ["timestamp", "level", "target", "service_name"];

pub(super) struct JsonLine {
    pub(super) service_name: &'static str,
}

pub(super) struct TextLine;

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let level = level::name(*metadata.level());
        let mut line = JsonFields::new(level, metadata.target(), self.service_name);
        event.record(&mut line);
        writer.write_str(&line.end())
    }
}

impl<S, N> FormatEvent<S, N> for TextLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = level::name(*event.metadata().level());
        let mut fields = TextFields::default();
        event.record(&mut fields);
        writeln!(writer, "{} {level:7} {}{}", timestamp(), fields.message, fields.rest)
    }
}

/// The line that tells that `count` lines were lost because nobody read them.
pub(super) fn lost(format: Format, service_name: &str, count: u64) -> String {
    let message = "log lines were lost";
    match format {
        Format::Json => {
            let mut line = JsonFields::new("WARNING", module_path!(), service_name);
            line.put("message", message);
            line.put("count", &count);
            line.end()
        }
        Format::Text => format!("{} WARNING {message} count={count}\n", timestamp()),
    }
}

fn timestamp() -> String {
    SystemClock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An error and what caused it, in one line. None of ours holds a driver's message.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

struct JsonFields(String);

impl JsonFields {
    fn new(level: &str, target: &str, service_name: &str) -> Self {
        let mut line = Self(String::from("{"));
        line.put("timestamp", &timestamp());
        line.put("level", level);
        line.put("target", target);
        line.put("service_name", service_name);
        line
    }

    fn end(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }

    fn put<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        let Ok(value) = serde_json::to_string(value) else { return };
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let _ = write!(self.0, "{}:{value}", serde_json::Value::from(key));
    }

    fn put_field<T: Serialize + ?Sized>(&mut self, field: &Field, value: &T) {
        match field.name() {
            taken if OWN_KEYS.contains(&taken) => self.put(&format!("field_{taken}"), value),
            name => self.put(name, value),
        }
    }
}

impl Visit for JsonFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put_field(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_field(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_field(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put_field(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put_field(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put_field(field, &chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put_field(field, &format!("{value:?}"));
    }
}

#[derive(Default)]
struct TextFields {
    message: String,
    rest: String,
}

impl TextFields {
    fn put(&mut self, field: &Field, value: &str) {
        let text = if field.name() == "message" {
            &mut self.message
        } else {
            let _ = write!(self.rest, " {}=", field.name());
            &mut self.rest
        };
        for character in value.chars() {
            if character.is_control() {
                text.extend(character.escape_default());
            } else {
                text.push(character);
            }
        }
    }
}

impl Visit for TextFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, &chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn a_json_line_is_flat_and_uses_the_data_models_level_names() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(JsonLine { service_name: "sidecar" })
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let error = io::Error::other("no space");
            let error: &(dyn Error + 'static) = &error;
            tracing::warn!(error, level = "x", latency_us = 5, "a \"quoted\"\nmessage");
        });
        let line: serde_json::Value = serde_json::from_str(&kept.text()).unwrap();
        assert_eq!(line["level"], "WARNING");
        assert_eq!(line["service_name"], "sidecar");
        assert_eq!(line["message"], "a \"quoted\"\nmessage");
        assert_eq!(line["error"], "no space");
        assert_eq!(line["latency_us"], 5);
        assert_eq!(line["field_level"], "x");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
        assert_eq!(kept.text().lines().count(), 1);
    }

    #[test]
    fn a_text_line_is_one_line() {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(TextLine)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(code = "redis_loading", "one\ntwo");
        });
        assert!(
            kept.text().ends_with(" INFO    one\\ntwo code=redis_loading\n"),
            "{}",
            kept.text()
        );
    }
}
