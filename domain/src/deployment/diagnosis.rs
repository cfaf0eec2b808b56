//! What an instance that failed had said, kept with the event because its container is removed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The last words of an instance. They have gone through [`crate::redaction`] before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The service.
    pub service_name: String,
    /// The container, which is gone by now.
    pub container_id: String,
    /// Its last log lines, oldest first.
    pub log_lines: Vec<String>,
    /// Its last health checks, oldest first.
    pub health_log: Vec<HealthOutput>,
}

/// One health check as the engine ran it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthOutput {
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Its exit code; 0 is good.
    pub exit_code: i64,
    /// What it printed.
    pub output: String,
}

impl Diagnosis {
    /// The most log lines that are kept.
    pub const MOST_LINES: usize = 50;
    /// The most health checks that are kept: as many as the engine keeps.
    pub const MOST_CHECKS: usize = 5;
    /// The most characters of a line that are kept.
    pub const MOST_CHARACTERS: usize = 240;

    /// Cuts what is more, or longer, than is kept.
    pub fn bound(&mut self) {
        let excess = self.log_lines.len().saturating_sub(Self::MOST_LINES);
        self.log_lines.drain(..excess);
        let excess = self.health_log.len().saturating_sub(Self::MOST_CHECKS);
        self.health_log.drain(..excess);
        let outputs = self.health_log.iter_mut().map(|check| &mut check.output);
        let names = [&mut self.service_name, &mut self.container_id];
        for text in self.log_lines.iter_mut().chain(outputs).chain(names) {
            if let Some((end, _)) = text.char_indices().nth(Self::MOST_CHARACTERS) {
                text.truncate(end);
                text.push('…');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_each_of_a_bounded_length() {
        let long = "é".repeat(Diagnosis::MOST_CHARACTERS + 1);
        let mut lines: Vec<String> = (0..Diagnosis::MOST_LINES).map(|n| n.to_string()).collect();
        lines.push(long.clone());
        let check = HealthOutput { ended_at: None, exit_code: 1, output: long };
        let mut diagnosis = Diagnosis {
            log_lines: lines,
            health_log: vec![check; Diagnosis::MOST_CHECKS + 1],
            ..Diagnosis::default()
        };
        diagnosis.bound();
        assert_eq!(diagnosis.log_lines.len(), Diagnosis::MOST_LINES);
        assert_eq!(diagnosis.log_lines[0], "1");
        let cut = "é".repeat(Diagnosis::MOST_CHARACTERS) + "…";
        assert_eq!(diagnosis.log_lines.last(), Some(&cut));
        assert_eq!(diagnosis.health_log.len(), Diagnosis::MOST_CHECKS);
        assert_eq!(diagnosis.health_log[0].output, cut);
        let bounded = diagnosis.clone();
        diagnosis.bound();
        assert_eq!(diagnosis, bounded, "a second time changes nothing");
    }
}
