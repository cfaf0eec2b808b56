//! A notice in words: a title of one line, and a text with the facts, a line each.

mod deployment;

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};

use super::backup::{Failed, Late, Recovered, ToldBackup};
use super::notice::{Failing, KeepsChanging, News, Notice, StatusChange};
use crate::health::OverallStatus;

impl Notice {
    /// What there is to know at a glance.
    #[must_use]
    pub fn title(&self) -> String {
        let name = &self.service_name;
        match &self.news {
            News::StatusChanged(change) => match change.unwell_seconds {
                Some(seconds) => format!("{name} is healthy again after {}", span(seconds)),
                None => format!(
                    "{name} is {}{}",
                    change.overall_status.as_str(),
                    causes(&change.failing)
                ),
            },
            News::StatusKeepsChanging(_) => format!("{name} keeps changing its status"),
            News::DeploymentConcluded(event) => {
                format!("{name}: {}", deployment::outcome(event))
            }
            News::BackupFailed(failed) => {
                let database = &failed.backup.database_name;
                format!("{name}: the backup of {database} failed{}", times(failed))
            }
            News::BackupRecovered(recovered) => {
                let database = &recovered.backup.database_name;
                format!("{name}: there is a verified backup of {database} again")
            }
            News::BackupLate(late) => format!("{name}: {}", lateness(late)),
            News::Test {} => format!("{name}: this is a test of the notifications"),
        }
    }

    /// The facts, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        let mut facts = Facts::default();
        match &self.news {
            News::StatusChanged(change) => facts.of_change(change),
            News::StatusKeepsChanging(state) => facts.of_restlessness(state),
            News::DeploymentConcluded(event) => facts.of_deployment(event, &self.service_name),
            News::BackupFailed(failed) => facts.of_failure(failed),
            News::BackupRecovered(recovered) => facts.of_recovery(recovered),
            News::BackupLate(late) => facts.of_lateness(late),
            News::Test {} => facts.say("Nothing has happened", "it was asked for"),
        }
        facts.say_some("Version", self.version.as_deref());
        facts.say("Told at", &time(self.at));
        facts.0
    }
}

#[derive(Default)]
struct Facts(String);

impl Facts {
    fn say(&mut self, name: &str, value: &str) {
        let newline = if self.0.is_empty() { "" } else { "\n" };
        let _ = write!(self.0, "{newline}{name}: {value}");
    }

    fn say_some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.say(name, value);
        }
    }

    fn of_change(&mut self, change: &StatusChange) {
        let from = change.from.map_or("changing", OverallStatus::as_str);
        self.say("Status", &format!("{from} → {}", change.overall_status.as_str()));
        self.say("Since", &time(change.since));
        self.of_failing(&change.failing);
        if change.stale {
            self.say("Stale", "the health checks themselves stand still");
        }
    }

    fn of_restlessness(&mut self, state: &KeepsChanging) {
        self.say("Status", &format!("{} at this moment", state.overall_status.as_str()));
        self.say("Changing since", &time(state.since));
        self.of_failing(&state.failing);
        self.say("Next", "you are told again when it has settled");
    }

    fn of_failing(&mut self, failing: &[Failing]) {
        for check in failing {
            let code = check.error_code.as_deref().unwrap_or("recovering");
            self.say("Failing", &format!("{} ({code}) since {}", check.check, time(check.since)));
        }
    }

    fn of_backup(&mut self, backup: &ToldBackup) {
        self.say("Backup", &backup.backup_id);
        self.say("Type", backup.backup_type.as_str());
        self.say("Database", &backup.database_name);
    }

    fn of_failure(&mut self, failed: &Failed) {
        self.of_backup(&failed.backup);
        self.say_some("Reason", failed.error_code.as_deref());
        self.say("Failing since", &time(failed.failing_since));
        self.of_newest(failed.newest_verified_at);
        self.say("Next", "it is tried again; you are told when it succeeds, or in a day");
    }

    fn of_recovery(&mut self, recovered: &Recovered) {
        self.of_backup(&recovered.backup);
        self.say("Proof", "verified");
        let restore = recovered.restore_ms.map(|ms| span(ms.div_ceil(1000)));
        self.say_some("Restored in", restore.as_deref());
        self.say_some("After the one before it", recovered.without_seconds.map(span).as_deref());
        if recovered.failures > 0 {
            self.say("Failed before it", &recovered.failures.to_string());
        }
    }

    fn of_lateness(&mut self, late: &Late) {
        self.of_newest(late.newest_verified_at);
        self.say_some("Its age", late.age_seconds.map(span).as_deref());
        self.say("Greatest age", &span(late.max_age_seconds));
        self.say_some("backup_index.json", late.error_code.as_deref());
        self.say("Next", "look at the service backup and its log");
    }

    fn of_newest(&mut self, newest_verified_at: Option<DateTime<Utc>>) {
        let newest = newest_verified_at.map_or_else(|| "none".to_owned(), time);
        self.say("Newest verified backup", &newest);
    }
}

fn times(failed: &Failed) -> String {
    if failed.failures > 1 { format!(", {} in a row", failed.failures) } else { String::new() }
}

fn lateness(late: &Late) -> String {
    match (&late.error_code, late.age_seconds) {
        (Some(_), _) => "the index of the backups can't be read".to_owned(),
        (None, Some(age)) => format!("no verified backup for {}", span(age)),
        (None, None) => "there is no verified backup".to_owned(),
    }
}

fn causes(failing: &[Failing]) -> String {
    let names: Vec<_> = failing.iter().map(|failing| failing.check.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn span(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests;
