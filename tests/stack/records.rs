//! What the stack has written on the host: the three records of the data model.

use std::fs;

use serde_json::Value;

use crate::stack::Stack;

/// The lines of `deployments.log`, oldest first.
pub(crate) fn event_lines(stack: &Stack) -> Vec<Value> {
    let path = stack.layout.records("LOG_DIR").join("deployments.log");
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// The last line of each event, in the order in which the events began.
pub(crate) fn events(stack: &Stack) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    for line in event_lines(stack) {
        match events.iter_mut().find(|event| event["event_id"] == line["event_id"]) {
            Some(event) => *event = line,
            None => events.push(line),
        }
    }
    events
}

/// The artifacts of `artifacts.json`.
pub(crate) fn artifacts(stack: &Stack) -> Vec<Value> {
    entries(stack, "STATE_DIR", "artifacts.json", "artifacts")
}

/// The backups of `backup_index.json`.
pub(crate) fn backups(stack: &Stack) -> Vec<Value> {
    entries(stack, "BACKUP_DIR", "backup_index.json", "backups")
}

fn entries(stack: &Stack, folder: &str, file: &str, key: &str) -> Vec<Value> {
    let Ok(text) = fs::read_to_string(stack.layout.records(folder).join(file)) else {
        return Vec::new();
    };
    let document: Value = serde_json::from_str(&text).expect("the record is JSON");
    document[key].as_array().cloned().unwrap_or_default()
}
