//! The two forms of a log line.

use std::error::Error;
use std::fmt::{self, Debug, Write};

use chrono::SecondsFormat;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::{Format, level};
use crate::clock::{Clock, SystemClock};

const MESSAGE: &str = "message";

/// Writes events as lines.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) format: Format,
    pub(super) service_name: &'static str,
}

impl<S, N> FormatEvent<S, N> for Lines
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
        let mut fields = Fields::default();
        event.record(&mut fields);
        writer.write_str(&self.line(level::name(*metadata.level()), metadata.target(), fields))
    }
}

impl Lines {
    /// The line that tells that `count` lines were lost because nobody read them.
    pub(super) fn lost(self, count: u64) -> String {
        let fields = vec![(MESSAGE, "log lines were lost".into()), ("count", count.into())];
        self.line("WARNING", module_path!(), Fields(fields))
    }

    fn line(self, level: &str, target: &str, fields: Fields) -> String {
        let timestamp = SystemClock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
        match self.format {
            Format::Json => fields.json(&[
                ("timestamp", &timestamp),
                ("level", level),
                ("target", target),
                ("service_name", self.service_name),
            ]),
            Format::Text => fields.text(&timestamp, level),
        }
    }
}

/// The fields of an event, the message among them.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// One object. A field that bears the name of one of `own` gets another.
    fn json(self, own: &[(&str, &str)]) -> String {
        let mut line = String::from("{");
        for (key, value) in own {
            let _ = write!(line, "{}:{},", Value::from(*key), Value::from(*value));
        }
        for (key, value) in self.0 {
            let prefix = if own.iter().any(|(taken, _)| *taken == key) { "field_" } else { "" };
            let _ = write!(line, "{}:{value},", Value::from(format!("{prefix}{key}")));
        }
        line.truncate(line.trim_end_matches(',').len());
        line + "}\n"
    }

    fn text(self, timestamp: &str, level: &str) -> String {
        let (mut message, mut rest) = (String::new(), String::new());
        for (key, value) in self.0 {
            let value = value.as_str().map_or_else(|| value.to_string(), one_line);
            if key == MESSAGE {
                message = value;
            } else {
                let _ = write!(rest, " {key}={value}");
            }
        }
        format!("{timestamp} {level:7} {message}{rest}\n")
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), value.into()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.into()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.0.push((field.name(), chain(value).into()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}").into()));
    }
}

/// An error and what caused it, in one line. None of ours holds a driver's message.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

fn one_line(text: &str) -> String {
    let mut line = String::new();
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
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
            .event_format(Lines { format: Format::Json, service_name: "sidecar" })
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
            .event_format(Lines { format: Format::Text, service_name: "sidecar" })
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(code = "redis_loading", latency_us = 5, "one\ntwo");
        });
        assert!(
            kept.text().ends_with(" INFO    one\\ntwo code=redis_loading latency_us=5\n"),
            "{}",
            kept.text()
        );
    }
}
